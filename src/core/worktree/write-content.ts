/** Writes contents that are not in the store, such as the result of a merge, into the working tree. */
import { OperationError } from '../model/errors.js';
import { parentPath, type RepoPath } from '../model/path.js';
import { createDirectories } from './create-directories.js';
import { putFile } from './file-writer.js';
import { absolutePath } from './scan.js';
import { forgetWriting, noteWriting } from './writing-note.js';

/** A file and its content. */
export interface ContentToWrite {
  readonly path: RepoPath;
  readonly bytes: Uint8Array;
}

/**
 * Gives each file its bytes, atomically; directories above are made. The caller holds the lock of the working tree.
 * @throws OperationError when something else is in the way
 */
export function writeContents(root: string, files: readonly ContentToWrite[]): void {
  if (files.length === 0) return;
  noteWriting(
    root,
    files.map(({ path }) => parentPath(path)),
  );
  for (const { path, bytes } of files) writeContent(root, path, bytes);
  forgetWriting(root);
}

function writeContent(root: string, path: RepoPath, bytes: Uint8Array): void {
  const [problem] = createDirectories(root, [parentPath(path)]);
  if (problem !== undefined) {
    throw new OperationError(`Cannot write ${path}: ${problem.message}.`, { path });
  }
  putFile(absolutePath(root, path), true, (put) => put(bytes));
}
