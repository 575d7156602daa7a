/**
 * What lets a comparison skip the listing of a directory, as git's untracked cache does. A name that comes, goes or is replaced sets
 * mtime and ctime of its directory, and nobody can set the ctime back. So a directory that held nothing but what is tracked, and
 * has the stat values that it had then, holds the same names still; whether each is still a clean file is looked at as ever.
 */
import { type Stats, statfsSync } from 'node:fs';
import type { FileIndexRun } from '../format/file-index-run.js';
import { HashBuilder } from '../format/hashing.js';
import { hashBytesLength } from '../model/hash.js';
import type { SeenDirectory } from '../model/jobs.js';
import { isRacy } from './racy.js';

/** File systems of Linux that are known to keep the times of directories: ext, XFS, Btrfs, F2FS, ZFS, tmpfs, overlayfs. */
const knownFileSystems = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630,
]);

const builder = new HashBuilder();

/** Says whether the times of directories at `root` can be relied on. */
export function keepsDirectoryTimes(root: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return knownFileSystems.has(statfsSync(root).type >>> 0);
  } catch {
    return false;
  }
}

/**
 * Returns the hash of what is tracked in a directory.
 * @param subdirectories names of its tracked directories, ascending, joined by NUL
 */
export function trackedNamesHash(
  runs: readonly FileIndexRun[],
  subdirectories: string,
): Uint8Array {
  builder.reset();
  for (const run of runs) builder.bytes(run.names.bytes);
  const hash = new Uint8Array(hashBytesLength);
  builder.byte(0).text(subdirectories).digestInto(hash, 0);
  return hash;
}

/** Says whether a directory is as it was when it was seen, and the same names are tracked in it. */
export function isAsSeen(seen: SeenDirectory, stats: Stats, namesHash: Uint8Array): boolean {
  const [mtimeMs, ctimeMs, inode] = seen.stat;
  return (
    stats.mtimeMs === mtimeMs &&
    stats.ctimeMs === ctimeMs &&
    stats.ino === inode &&
    Buffer.compare(seen.namesHash, namesHash) === 0
  );
}

/**
 * Returns what is to be remembered of a directory that holds nothing but what is tracked; undefined when its times prove nothing.
 * @param stats taken before it was listed
 * @param startMs a time before the stat values were taken, in ms since 1970
 */
export function seenDirectory(
  stats: Stats,
  namesHash: Uint8Array,
  startMs: number,
): SeenDirectory | undefined {
  if (isRacy(stats.mtimeMs, stats.ctimeMs, startMs)) return undefined;
  return { stat: Float64Array.of(stats.mtimeMs, stats.ctimeMs, stats.ino), namesHash };
}
