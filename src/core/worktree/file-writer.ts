/**
 * Writes files of the working tree so that no half-written or unchecked content ever has the name of a file: it is
 * written under another name in `.oxen/tmp` and renamed when it is whole.
 * Nothing is synced: a working tree can be made again. Permissions are 0666 without the umask.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { systemErrorCode } from '../model/errors.js';
import { controlDirectoryName } from './scan.js';

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const fileMode = 0o666;

/** Puts bytes into a file that is being written. */
export type PutBytes = (bytes: Uint8Array) => void;

/** Writes files, one after the other, into one working tree. */
export class FileWriter {
  readonly #temporaryDirectory: string;
  #temporaryCount = 0;

  /** @param root absolute path of the working tree */
  constructor(root: string) {
    this.#temporaryDirectory = temporaryDirectoryOf(root);
  }

  /**
   * Gives the file at `path` the bytes that `fill` puts, and returns its stat values. When `fill` or a write throws, what
   * was at `path` stays as it was. A link at `path` is replaced, not followed.
   * @param replace whether something may be there already
   * @throws what `fill` throws; the system's error, EISDIR for a directory, EEXIST when something is there that may not
   */
  put(path: string, replace: boolean, fill: (put: PutBytes) => void): Stats {
    const { descriptor, temporaryPath } = this.#openTemporary();
    try {
      fill((bytes) => writeAll(descriptor, bytes));
      if (!replace) refuseExisting(path);
      moveInto(temporaryPath, path);
      // The rename has changed the ctime.
      return lstatSync(path);
    } catch (error) {
      removeQuietly(temporaryPath);
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  #openTemporary(): { readonly descriptor: number; readonly temporaryPath: string } {
    for (;;) {
      const temporaryPath = `${this.#temporaryDirectory}/${process.pid}-${this.#temporaryCount++}`;
      try {
        return { descriptor: openSync(temporaryPath, newFile, fileMode), temporaryPath };
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === 'ENOENT') mkdirSync(this.#temporaryDirectory, { recursive: true });
        else if (code !== 'EEXIST') throw error;
      }
    }
  }
}

/** Removes what interrupted runs left in `.oxen/tmp`. The caller holds the lock of the working tree. */
export function clearTemporaryFiles(root: string): void {
  rmSync(temporaryDirectoryOf(root), { recursive: true, force: true });
}

function temporaryDirectoryOf(root: string): string {
  return `${root}/${controlDirectoryName}/tmp`;
}

/** Renames also to another file system, which may be mounted inside the tree: through a copy beside the target. */
function moveInto(temporaryPath: string, path: string): void {
  try {
    renameSync(temporaryPath, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EXDEV') throw error;
    const beside = `${path.slice(0, path.lastIndexOf('/'))}/.oxen-${process.pid}.tmp`;
    try {
      copyFileSync(temporaryPath, beside);
      renameSync(beside, path);
    } catch (failure) {
      removeQuietly(beside);
      throw failure;
    }
    removeQuietly(temporaryPath);
  }
}

function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw Object.assign(new Error(`'${path}' exists`), { code: 'EEXIST' });
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The error that led here says more than that the file is gone or stays.
  }
}
