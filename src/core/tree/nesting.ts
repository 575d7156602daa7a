/** A bound on how deep directories lie in each other: ids of foreign directories do not cover what they hold, so that one may hold itself. */
import { IntegrityError } from '../model/errors.js';
import { pathDepth, type RepoPath } from '../model/path.js';

/** Deeper ones cannot be made on disk: their paths are longer than Linux takes (4,096 bytes). */
const deepestDirectory = 2048;

/** @throws IntegrityError for a directory that lies deeper than any real one, as in a tree that never ends */
export function requireReal(path: RepoPath): void {
  if (pathDepth(path) <= deepestDirectory) return;
  const start = path.slice(0, 40);
  throw new IntegrityError(`The directories at '${start}...' hold each other without an end.`, {
    hint: 'Whoever made this commit, or sent it, is not to be trusted.',
  });
}
