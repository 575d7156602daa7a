/** Tells `oxen diff one.csv other.csv` from revisions and paths: two words that each name a file are two files. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { problemOf, type RevisionSource } from './split-revisions.js';

/** Who knows revisions, and files of them. */
export interface StoredFileSource extends RevisionSource {
  /** Says whether a text is `REVISION:PATH` of a file. */
  namesStoredFile(text: string): boolean;
}

/**
 * Returns the words as two files, undefined when they are something else. A word that is a revision is no file.
 * @param source the repository; undefined where there is none
 */
export function filePair(
  words: readonly string[],
  source: StoredFileSource | undefined,
  cwd: string,
): readonly [string, string] | undefined {
  const [left, right, ...more] = words;
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const isFile = (word: string): boolean => {
    if (source?.namesStoredFile(word) === true) return true;
    if (source !== undefined && problemOf(word, source) === undefined) return false;
    return statSync(resolve(cwd, word), { throwIfNoEntry: false })?.isFile() === true;
  };
  return isFile(left) && isFile(right) ? [left, right] : undefined;
}
