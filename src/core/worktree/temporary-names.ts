/**
 * Names of files and directories of the working tree that are being written. They stand in the directory where the file will
 * be: beside it, so that the rename stays in one directory and file systems place the file where they would have placed it anyway.
 */
import { isMainThread, threadId } from 'node:worker_threads';
import { systemErrorCode } from '../model/errors.js';

const ownPrefix = `.oxen-tmp-${process.pid}-${isMainThread ? 0 : threadId}-`;

let count = 0;

/**
 * Calls `create` with paths beside `path` that nobody uses, until it does not find something there, and returns what it returns.
 * @throws what `create` throws, but not EEXIST
 */
export function claimBeside<Result>(path: string, create: (beside: string) => Result): Result {
  const above = path.slice(0, path.lastIndexOf('/') + 1);
  for (;;) {
    try {
      return create(above + temporaryName(count++));
    } catch (error) {
      // A dead process of the same number may have left one.
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** Returns the name of that number of this thread. */
export function temporaryName(number: number): string {
  return ownPrefix + number;
}
