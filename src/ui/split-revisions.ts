/** Words that may be revisions or paths: `oxen log main images`. What stands behind `--` is a path; before it a revision goes first. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidInputError, NotFoundError, OxenError } from '../core/model/errors.js';

/** Who knows revisions. */
export interface RevisionSource {
  /** @throws NotFoundError when there is no such revision */
  resolve(revision: string): unknown;
}

/** The words by what they are. */
export interface SplitWords {
  readonly revisions: readonly string[];
  readonly paths: readonly string[];
}

/**
 * Returns which of the words are revisions: the first ones, up to the first that is none but names something on disk.
 * @param words all of them, with those behind `--` at the end
 * @param most revisions that make sense
 * @throws NotFoundError for a word that is neither; InvalidInputError for one revision too many
 */
export function splitRevisions(
  words: readonly string[],
  afterDashes: readonly string[],
  most: number,
  source: RevisionSource,
  cwd: string,
): SplitWords {
  const before = words.slice(0, words.length - afterDashes.length);
  const first = before.findIndex((word) => problemOf(word, source) !== undefined);
  const count = first < 0 ? before.length : first;
  const paths = before.slice(count);
  // Without `--` a word that is neither a revision nor on disk is a mistyped revision, and said to be so.
  for (const path of paths) {
    const problem = problemOf(path, source);
    if (afterDashes.length > 0 || (!existsSync(resolve(cwd, path)) && problem !== undefined)) {
      throw neitherError(path, problem);
    }
  }
  const revisions = before.slice(0, count);
  if (revisions.length <= most) return { revisions, paths: [...paths, ...afterDashes] };
  throw new InvalidInputError(`'${revisions[most]}' is one revision too many.`, {
    hint: 'If it is a path, put -- before it.',
  });
}

/** Returns what is wrong with a word as a revision or a range, undefined when nothing is. */
export function problemOf(word: string, source: RevisionSource): OxenError | undefined {
  const dots = word.indexOf('..');
  const ends = dots < 0 ? [word] : [word.slice(0, dots), word.slice(dots + 2)];
  try {
    for (const end of ends) if (end !== '') source.resolve(end);
    return undefined;
  } catch (error) {
    if (error instanceof OxenError) return error;
    throw error;
  }
}

/** What to say about a word before `--` that is neither a revision nor on disk. */
function neitherError(word: string, problem: OxenError | undefined): OxenError {
  if (problem === undefined) return new InvalidInputError(`'${word}' stands behind a path.`);
  const looksLikePath = /[./]/.test(word) && !word.includes('..');
  if (!looksLikePath || !(problem instanceof NotFoundError)) return problem;
  return new NotFoundError(`'${word}' is neither a revision nor a path here.`, {
    path: word,
    hint: 'If the path is gone by now, put -- before it.',
  });
}
