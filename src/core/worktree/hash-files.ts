/**
 * Hashes files of the working tree without storing them, to find out whether files with new stat values have new
 * content.
 */
import { FileIndexRunBuilder } from '../format/file-index-run.js';
import { getKernel, StreamingHash } from '../format/hashing.js';
import { hashBytesLength } from '../model/hash.js';
import type { HashFilesInput, HashFilesOutput, PathProblem } from '../model/jobs.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import { FileReader, type ReadOptions } from './file-reader.js';
import { absolutePath } from './scan.js';

const blockBytes = 256 * 1024;

/** The job `hashFiles`: returns rows with hashes and fresh stat values, and a problem for each file that has no row. */
export function hashFiles(input: HashFilesInput, options: ReadOptions = {}): HashFilesOutput {
  const names = input.names === '' ? [] : input.names.split('\0');
  const index = new FileIndexRunBuilder(names.length);
  const problems: PathProblem[] = [];
  const trouble = describeDirectoryState(new DirectoryGuard(input.root).stateOf(input.directory));
  if (trouble !== undefined) {
    return { index: index.finish(), problems: names.map((name) => ({ name, ...trouble })) };
  }
  const prefix = `${absolutePath(input.root, input.directory)}/`;
  const reader = new FileReader(options);
  const hash = new Uint8Array(hashBytesLength);
  for (const name of names) {
    if (hashFile(reader, prefix + name, hash)) index.append(name, reader, hash, reader.flags());
    else problems.push({ name, ...reader.problem });
  }
  return { index: index.finish(), problems };
}

/** Writes the hash of the file at `path` into `out`; returns false, with the problem in `reader`, when it cannot be had. */
function hashFile(reader: FileReader, path: string, out: Uint8Array): boolean {
  const { memory, arenaStart, arenaBytes, digestStart, hashAt } = getKernel();
  try {
    if (!reader.open(path)) return false;
    const outcome = reader.read(arenaStart, arenaBytes);
    if (outcome === 'problem') return false;
    if (outcome === 'large') return hashLargeFile(reader, out);
    hashAt(arenaStart, reader.size, digestStart);
    out.set(memory.subarray(digestStart, digestStart + hashBytesLength));
    return true;
  } finally {
    reader.close();
  }
}

function hashLargeFile(reader: FileReader, out: Uint8Array): boolean {
  const { arenaStart } = getKernel();
  return reader.readSettled(() => {
    const hash = new StreamingHash();
    let position = 0;
    let count: number;
    do {
      count = reader.readBlock(arenaStart, position, blockBytes);
      hash.updateAt(arenaStart, count);
      position += count;
      // A file that grows while it is read must not keep the job for ever.
    } while (count === blockBytes && position <= reader.size);
    hash.digestInto(out, 0);
    return position;
  });
}
