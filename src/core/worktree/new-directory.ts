/**
 * A directory that does not exist yet and is filled under a temporary name: it gets its own name with all its files in
 * one rename, in the place of one for each file.
 */
import { lstatSync, mkdirSync, renameSync, rmdirSync, type Stats } from 'node:fs';
import { systemErrorCode } from '../model/errors.js';
import { createFile, type PutBytes, refuseExisting, removeQuietly } from './file-writer.js';
import { claimBeside } from './temporary-names.js';

/** Makes a directory in steps: `put` its files, then `finish`. */
export class NewDirectory {
  readonly #path: string;
  readonly #temporaryPath: string;

  /**
   * @param path absolute path of the directory; the one above exists, and is noted by the caller (`noteWriting`)
   * @throws the system's error when nothing can be created there
   */
  constructor(path: string) {
    this.#path = path;
    this.#temporaryPath = claimBeside(path, (beside) => {
      mkdirSync(beside);
      return beside;
    });
  }

  /**
   * Creates the file `name` with the bytes that `fill` puts, and returns its stat values.
   * @throws what `fill` throws; the system's error. There is no such file then
   */
  put(name: string, fill: (put: PutBytes) => void): Stats {
    return createFile(`${this.#temporaryPath}/${name}`, fill);
  }

  /**
   * Gives the directory its name. Returns false when one that is not empty is there by now: `move` gives each file its name then.
   * @throws the system's error, ENOTDIR when something else is there
   */
  finish(): boolean {
    try {
      renameSync(this.#temporaryPath, this.#path);
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
  }

  /**
   * Moves the file `name` on its own and returns its stat values.
   * @param replace whether something may be there already
   * @throws the system's error, EISDIR for a directory, EEXIST when something is there that may not
   */
  move(name: string, replace: boolean): Stats {
    const path = `${this.#path}/${name}`;
    if (!replace) refuseExisting(path);
    renameSync(`${this.#temporaryPath}/${name}`, path);
    return lstatSync(path);
  }

  /** Removes what has not got its name: these files, then the directory. */
  discard(names: Iterable<string>): void {
    for (const name of names) removeQuietly(`${this.#temporaryPath}/${name}`);
    try {
      rmdirSync(this.#temporaryPath);
    } catch {
      // It has its name, or the next run clears it.
    }
  }
}
