/** Estimates how much work a job is, so that small work can stay on the calling thread. */
import type { JobName, JobTable } from '../core/jobs.js';
import { type DirectoryChange, isSmallDirectory, type PackSlot } from '../core/model/jobs.js';

/**
 * Returns a rough weight of a job: about one for each file that it reads or writes, less for looking only. Large
 * files weigh enough to be worth a thread.
 */
export function weighJob<Name extends JobName>(name: Name, input: JobTable[Name]['input']): number {
  const weigh: (input: JobTable[Name]['input']) => number = weights[name];
  return weigh(input);
}

const largeFileWeight = 1000;

/** Bytes that are hashed and written in about 50 microseconds. */
const bytesOfWeight = 50_000;

/** Bytes of a transaction, some dozen rows, that are written in about 50 microseconds. */
const carriedBytesOfWeight = 1_000;

const weights: { readonly [Name in JobName]: (input: JobTable[Name]['input']) => number } = {
  scan: (input) => input.directories.length,
  ingest: ({ items }) => items.reduce((sum, { names }) => sum + countNames(names) * 2, 0),
  ingestLarge: () => largeFileWeight,
  compareDirs: (input) =>
    input.directories.reduce((sum, { runs }) => sum + 2 + runs.length * 50, 0),
  hashFiles: (inputs) => inputs.reduce((sum, { names }) => sum + countNames(names), 0),
  materialise: (inputs) => inputs.reduce((sum, { names }) => sum + countNames(names) * 2, 0),
  buildDirs: (input) => weighDirectories(input.directories),
  encodeDirs: (input) => weighDirectories(input.directories.map(({ change }) => change)) * 2,
  copyRecords: ({ slot, storedLengths }) => weighCopy(slot, storedLengths),
  verifyPack: (input) => input.offsets.length,
  storeContents: ({ bytes, lengths }) => lengths.length + bytes.length / bytesOfWeight,
  storeChunks: ({ bytes }) => bytes.length / bytesOfWeight,
  storeRecords: ({ sizeBytes, recordCount }) => recordCount / 4 + sizeBytes / bytesOfWeight,
  carryOut: ({ writes }) => writes.length / carriedBytesOfWeight,
  hashPieces: ({ packIds }) => packIds.length * 5,
};

const shortJobs: ReadonlySet<JobName> = new Set<JobName>([
  'scan',
  'ingest',
  'compareDirs',
  'buildDirs',
  'encodeDirs',
]);
const shortWriteBytes = 16 << 20;

/** Says whether a job takes some ten milliseconds, so that the calling thread may do it and still look after the others. */
export function isShort<Name extends JobName>(name: Name, input: JobTable[Name]['input']): boolean {
  if (name !== 'materialise') return shortJobs.has(name);
  const inputs = input as JobTable['materialise']['input'];
  const bytes = inputs.flatMap(({ pieces }) => [...pieces.rawLengths]);
  return bytes.reduce((sum, length) => sum + length, 0) <= shortWriteBytes;
}

/** Says whether a job costs more to send to a thread than to do: its directories are small, and each has a dozen of arrays. */
export function isCheaperHere<Name extends JobName>(
  name: Name,
  input: JobTable[Name]['input'],
): boolean {
  if (name === 'buildDirs') {
    return (input as JobTable['buildDirs']['input']).directories.every(isSmallDirectory);
  }
  if (name !== 'encodeDirs') return false;
  const { directories } = input as JobTable['encodeDirs']['input'];
  return directories.every(({ change }) => isSmallDirectory(change));
}

/** A row of a staged run weighs about a twentieth of reading a file; a row takes about 150 bytes. */
function weighDirectories(directories: readonly DirectoryChange[]): number {
  let bytes = 0;
  for (const { staged } of directories) for (const run of staged) bytes += run.length;
  return directories.length + bytes / 3000;
}

/** A record weighs half a file; a MiB about as much as ten, a hundred when it is compressed. */
function weighCopy({ compressFrom }: PackSlot, storedLengths: Uint32Array): number {
  const bytes = storedLengths.reduce((sum, length) => sum + length, 0);
  return storedLengths.length / 2 + (bytes / 2 ** 20) * (compressFrom === undefined ? 10 : 100);
}

function countNames(names: string): number {
  let count = 1;
  for (let at = names.indexOf('\0'); at >= 0; at = names.indexOf('\0', at + 1)) count++;
  return count;
}
