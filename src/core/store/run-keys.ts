/**
 * Keys of runs: area u32 (big endian) ‖ directory ‖ 00 ‖ first name of the run. LMDB keys end at 1,978 bytes, so a directory
 * of more than 1,600 bytes is keyed by its first 1,600 bytes ‖ 00 00 ‖ hash of the directory (16 bytes) ‖ first name, and
 * named in full in front of the run. No name is empty or contains 00, so the two forms cannot be confused.
 */
import { hashInto } from '../format/hashing.js';
import { hashBytesLength } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import { afterPrefix } from './checked-database.js';
import type { KeyRange } from './database-pages.js';

const areaLength = 4;
const longestDirectory = 1600;
const nul = 0;
const slash = 0x2f;

/** Returns what the keys of all runs of a directory start with. */
export function directoryPrefix(area: number, directory: RepoPath): Buffer {
  const path = Buffer.from(directory);
  if (path.length <= longestDirectory) {
    return Buffer.concat([areaPrefix(area), path, Buffer.of(nul)]);
  }
  const hash = new Uint8Array(hashBytesLength);
  hashInto(path, hash, 0);
  const front = path.subarray(0, longestDirectory);
  return Buffer.concat([areaPrefix(area), front, Buffer.of(nul, nul), hash]);
}

/** Returns the key of the run of a directory that starts with `firstName`. */
export function runKey(area: number, directory: RepoPath, firstName: string): Buffer {
  return Buffer.concat([directoryPrefix(area, directory), Buffer.from(firstName)]);
}

/** Returns what all keys of an area start with. */
export function areaPrefix(area: number): Buffer {
  const bytes = Buffer.alloc(areaLength);
  bytes.writeUInt32BE(area);
  return bytes;
}

/** What a key says; a long directory is only known by its front, the value says the rest. */
export interface ParsedRunKey {
  readonly directory: RepoPath;
  readonly isLong: boolean;
  readonly firstName: string;
}

/** Returns what `key` says. */
export function parseRunKey(key: Uint8Array): ParsedRunKey {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  const end = bytes.indexOf(nul, areaLength);
  const isLong = bytes[end + 1] === nul;
  const nameStart = isLong ? end + 2 + hashBytesLength : end + 1;
  return {
    directory: bytes.toString('utf8', areaLength, end) as RepoPath,
    isLong,
    firstName: bytes.toString('utf8', nameStart),
  };
}

/** Returns the key ranges of the runs of `path` and of the directories below it; some runs in them may be of others. */
export function subtreeRanges(area: number, path: RepoPath): KeyRange[] {
  if (path === '') return [rangeOf(areaPrefix(area))];
  const bytes = Buffer.from(path);
  if (bytes.length >= longestDirectory) {
    return [rangeOf(Buffer.concat([areaPrefix(area), bytes.subarray(0, longestDirectory)]))];
  }
  const below = Buffer.concat([areaPrefix(area), bytes, Buffer.of(slash)]);
  return [rangeOf(directoryPrefix(area, path)), rangeOf(below)];
}

function rangeOf(prefix: Uint8Array): KeyRange {
  const end = afterPrefix(prefix);
  return { start: prefix, ...(end === undefined ? {} : { end }) };
}

/** Returns the value of a run: preceded by its directory when the key does not hold all of it. */
export function encodeRunValue(directory: RepoPath, run: Uint8Array): Uint8Array {
  const path = Buffer.from(directory);
  if (path.length <= longestDirectory) return run;
  const length = Buffer.alloc(4);
  length.writeUInt32LE(path.length);
  return Buffer.concat([length, path, run]);
}

/** Returns directory and run of an entry. */
export function decodeRunEntry(
  key: Uint8Array,
  value: Uint8Array,
): { directory: RepoPath; run: Uint8Array } {
  const { directory, isLong } = parseRunKey(key);
  if (!isLong) return { directory, run: value };
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const end = 4 + bytes.readUInt32LE(0);
  return { directory: bytes.toString('utf8', 4, end) as RepoPath, run: value.subarray(end) };
}
