/** The database file is mapped: pages that were read count as memory of the process until they are given back. */
import type { OpenRepository } from '../repository.js';

/** Looking for so many files touches so much of the file that opening it again, some ms, pays. */
const filesOfManyPages = 50_000;

/** Gives the pages back after that many files were looked for. Not inside a transaction or an iteration over the database. */
export function releasePagesAfter({ environment }: OpenRepository, fileCount: number): void {
  if (fileCount > filesOfManyPages) environment.releasePages();
}
