/** The files that a new repository may be made with, as the first commit of `main`. */
import type { CommitNode } from '../../core/model/node.js';
import { notImplemented } from '../../core/wire/messages/failures.js';
import type { NewFile } from '../../core/wire/messages/repositories.js';
import type { ServerContext } from '../context.js';
import { FailureError } from '../exchange.js';
import type { RepositoryName } from '../repositories.js';

/** Commits `files` and returns the commit, undefined when there are none. */
export async function commitFirstFiles(
  _server: ServerContext,
  _name: RepositoryName,
  files: readonly NewFile[],
): Promise<CommitNode | undefined> {
  if (files.length === 0) return undefined;
  throw new FailureError(notImplemented('Files cannot be committed with a new repository yet.'));
}
