/** Writes one content that is not in the store, such as the result of a merge, into the working tree. */
import { OperationError } from '../model/errors.js';
import { parentPath, type RepoPath } from '../model/path.js';
import { createDirectories } from './create-directories.js';
import { FileWriter } from './file-writer.js';
import { absolutePath } from './scan.js';

/**
 * Gives the file at `path` these bytes, atomically; directories above it are made.
 * @throws OperationError when something else is in the way
 */
export function writeContent(root: string, path: RepoPath, bytes: Uint8Array): void {
  const [problem] = createDirectories(root, [parentPath(path)]);
  if (problem !== undefined) {
    throw new OperationError(`Cannot write ${path}: ${problem.message}.`, { path });
  }
  new FileWriter(root).put(absolutePath(root, path), true, (put) => put(bytes));
}
