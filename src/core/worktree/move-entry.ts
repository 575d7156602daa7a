/** Renames an entry of the working tree, inside it and through real directories only. */
import { renameSync } from 'node:fs';
import { ConflictError, wrapSystemError } from '../model/errors.js';
import { parentPath, type RepoPath } from '../model/path.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import { absolutePath } from './scan.js';

/**
 * Moves the file or directory at `from` to `to`; a file there is replaced.
 * @throws ConflictError when a directory above one of them is missing or a link; OperationError when the system refuses
 */
export function moveEntry(root: string, from: RepoPath, to: RepoPath): void {
  const guard = new DirectoryGuard(root);
  for (const path of [from, to]) {
    const trouble = describeDirectoryState(guard.stateOf(parentPath(path)));
    if (trouble !== undefined) {
      throw new ConflictError(`'${path}' cannot be reached: ${trouble.message}.`, { path });
    }
  }
  try {
    renameSync(absolutePath(root, from), absolutePath(root, to));
  } catch (error) {
    throw wrapSystemError(error, `Cannot move '${from}' to '${to}'`, from);
  }
}
