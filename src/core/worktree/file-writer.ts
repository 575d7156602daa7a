/**
 * Writes files of the working tree so that no half-written or unchecked content ever has the name of a file: it is
 * written under a temporary name beside it and renamed when it is whole.
 * Nothing is synced: a working tree can be made again. Permissions are 0666 without the umask.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { claimBeside } from './temporary-names.js';

const newFileFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

const newFileMode = 0o666;

/** Puts bytes into a file that is being written. */
export type PutBytes = (bytes: Uint8Array) => void;

/**
 * Gives the file at `path` the bytes that `fill` puts, and returns its stat values. When `fill` or a write throws, what
 * was at `path` stays as it was. A link at `path` is replaced, not followed. The caller has noted the directory
 * (`noteWriting`), for the case that the process dies on the way.
 * @param replace whether something may be there already
 * @throws what `fill` throws; the system's error, EISDIR for a directory, EEXIST when something is there that may not
 */
export function putFile(path: string, replace: boolean, fill: (put: PutBytes) => void): Stats {
  const temporaryPath = claimBeside(path, (beside) => {
    createFile(beside, fill);
    return beside;
  });
  try {
    if (!replace) refuseExisting(path);
    renameSync(temporaryPath, path);
    // The rename has changed the ctime.
    return lstatSync(path);
  } catch (error) {
    removeQuietly(temporaryPath);
    throw error;
  }
}

/**
 * Creates a file, which must not exist, with the bytes that `fill` puts, and returns its stat values. When `fill` or a write
 * throws there is no such file.
 * @throws what `fill` throws; the system's error
 */
export function createFile(path: string, fill: (put: PutBytes) => void): Stats {
  const descriptor = openSync(path, newFileFlags, newFileMode);
  try {
    fill((bytes) => writeAll(descriptor, bytes));
    return fstatSync(descriptor);
  } catch (error) {
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** @throws an error with the code EEXIST when something is at `path` */
export function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw Object.assign(new Error(`'${path}' exists`), { code: 'EEXIST' });
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done);
}

/** Removes the file at `path` if it can, on the way out of an error. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The error that led here says more than that the file is gone or stays.
  }
}
