/**
 * Writes files that come from a server into a directory of the user, which need not be a repository. A file has its name only when
 * it is whole; until then it is a file `.oxen-<process>-<number>.part` beside it. Links below the directory are not followed.
 */
import { constants, copyFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError, wrapSystemError } from '../model/errors.js';
import { parentPath, type RepoPath } from '../model/path.js';
import { createDirectories } from './create-directories.js';

/** Says whether there is a directory at `path`. */
export function isDirectoryAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Files below one directory, which is made when it does not exist. */
export class ReceivedFiles {
  readonly #root: string;
  #partCount = 0;

  /** @param root absolute path of the directory */
  constructor(root: string) {
    this.#root = root;
    try {
      mkdirSync(root, { recursive: true });
    } catch (error) {
      throw wrapSystemError(error, `Cannot create ${root}`, root);
    }
  }

  /** Makes directories, with those above them. @throws OperationError when something else is in the way */
  makeDirectories(paths: readonly RepoPath[]): void {
    const [problem] = createDirectories(this.#root, paths);
    if (problem === undefined) return;
    const { name, message } = problem;
    throw new OperationError(`Cannot create ${name}: ${message}.`, { path: name });
  }

  /** Gives the file at `path` these bytes once all have come. @throws what `pieces` throws, and OperationError; then it is as it was */
  async write(path: RepoPath, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const part = this.#partOf(path);
    try {
      const file = await open(part, 'wx');
      try {
        for await (const piece of pieces) await file.writeFile(piece);
      } finally {
        await file.close();
      }
      renameSync(part, join(this.#root, path));
    } catch (error) {
      rmSync(part, { force: true });
      throw wrapSystemError(error, `Cannot write ${path}`, path);
    }
  }

  /** Makes the file at `to` a copy of the one at `from`. @throws OperationError */
  copy(from: RepoPath, to: RepoPath): void {
    const part = this.#partOf(to);
    try {
      copyFileSync(join(this.#root, from), part, constants.COPYFILE_FICLONE);
      renameSync(part, join(this.#root, to));
    } catch (error) {
      rmSync(part, { force: true });
      throw wrapSystemError(error, `Cannot write ${to}`, to);
    }
  }

  #partOf(path: RepoPath): string {
    this.makeDirectories([parentPath(path)]);
    return join(this.#root, parentPath(path), `.oxen-${process.pid}-${this.#partCount++}.part`);
  }
}
