/**
 * Recognises a new file that an interrupted checkout left half-written: it holds the first bytes of what it should hold, or
 * none. Anything else under its name was put there by someone else and is not ours to overwrite.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { nodeDisk, readFully } from '../store/disk.js';

/**
 * Says whether the file at `path` holds nothing but the start of `content`, or all of it. False for what is missing, is
 * no regular file or cannot be read. Reads no more of the content than the file is long.
 */
export async function isUnfinishedCopy(
  path: string,
  content: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() && (await startsAs(descriptor, stats.size, content));
  } finally {
    closeSync(descriptor);
  }
}

async function startsAs(
  descriptor: number,
  sizeBytes: number,
  content: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  if (sizeBytes === 0) return true;
  let position = 0;
  for await (const piece of content) {
    const wanted = piece.subarray(0, sizeBytes - position);
    const found = Buffer.allocUnsafe(wanted.length);
    const count = readFully(nodeDisk, descriptor, found, position);
    if (count < wanted.length || !found.equals(wanted)) return false;
    position += count;
    if (position === sizeBytes) return true;
  }
  return false;
}
