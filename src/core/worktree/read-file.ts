/** Reads one file of the working tree whole: for comparing it with a stored version. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { RepoPath } from '../model/path.js';
import { nodeDisk, readFully } from '../store/disk.js';
import { absolutePath } from './scan.js';

/** A file as it is on disk. */
export interface WorkingFile {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array | undefined; // undefined when it is larger than the limit
}

/** Returns the file at `path`, undefined when nothing readable or no regular file stands there; links are not followed. */
export function readWorkingFile(
  root: string,
  path: RepoPath,
  limitBytes: number,
): WorkingFile | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let descriptor: number;
  try {
    descriptor = openSync(absolutePath(root, path), flags);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return undefined;
    if (stats.size > limitBytes) return { sizeBytes: stats.size, bytes: undefined };
    const bytes = Buffer.allocUnsafe(stats.size);
    const count = readFully(nodeDisk, descriptor, bytes, 0);
    return { sizeBytes: count, bytes: bytes.subarray(0, count) };
  } finally {
    closeSync(descriptor);
  }
}
