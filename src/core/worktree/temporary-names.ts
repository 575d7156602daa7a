/**
 * Names of files of the working tree that are being written. They stand in the directory where the file will be: beside it,
 * so that the rename stays in one directory and file systems place the file where they would have placed it anyway.
 */
import { isMainThread, threadId } from 'node:worker_threads';

const pattern = /^\.oxen-tmp-\d+-\d+-\d+$/;
const ownPrefix = `.oxen-tmp-${process.pid}-${isMainThread ? 0 : threadId}-`;

/** Whether `name` is the name of a file that is being written, or that an interrupted run left. Such files are never data. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.oxen-tmp-') && pattern.test(name);
}

/** Returns the `count`-th name of this thread. */
export function temporaryName(count: number): string {
  return ownPrefix + count;
}
