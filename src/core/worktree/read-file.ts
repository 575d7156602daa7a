/** Reads one file of the working tree, or any other, whole: for comparing it with another version. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { nodeDisk, readFully } from '../store/disk.js';

/** A file as it is on disk. */
export interface WorkingFile {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array | undefined; // undefined when it is larger than the limit
}

/**
 * Returns the file at an absolute path, undefined when nothing readable or no regular file stands there.
 * @param isFollowed whether a link may be followed: for a path that a user names, not for one of a working tree
 */
export function readFileAt(
  path: string,
  limitBytes: number,
  isFollowed: boolean,
): WorkingFile | undefined {
  const noFollow = isFollowed ? 0 : constants.O_NOFOLLOW;
  const flags = constants.O_RDONLY | noFollow | constants.O_NONBLOCK;
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
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
