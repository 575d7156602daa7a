/**
 * Walks the pages of a data file that others may be writing to: a walk that fails proves nothing when a transaction was
 * committed meanwhile, because freed pages are used again.
 */
import { IntegrityError } from '../model/errors.js';
import { inspectLmdbFile, isShort, type LmdbFileState } from './lmdb-file.js';
import { walkLmdbFile } from './lmdb-walk.js';

const attempts = 10;

/**
 * Checks the page trees of the data file at `path`, again when it was changed meanwhile. A file that changes all the time is in
 * use by someone who can read it, and passes.
 * @param onlyShort true: a file that is as long as its header says passes
 * @throws IntegrityError naming the first page that is damaged or lies beyond the end of the file
 */
export function checkLmdbPages(path: string, first: LmdbFileState, onlyShort: boolean): void {
  let state = first;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (onlyShort && !isShort(state)) return;
    try {
      walkLmdbFile(path, state);
      return;
    } catch (error) {
      const now = error instanceof IntegrityError ? inspectLmdbFile(path) : undefined;
      if (now === undefined || isSame(now, state)) throw error;
      state = now;
    }
  }
}

function isSame(left: LmdbFileState, right: LmdbFileState): boolean {
  return left.transactionId === right.transactionId && left.fileSize === right.fileSize;
}
