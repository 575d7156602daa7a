/** Files that come with a request and are committed at once: those of a new repository, and those of the interface of 2022. */
import { ignoreEvents } from '../../core/model/events.js';
import type { CommitNode } from '../../core/model/node.js';
import { commitFiles, type FileToCommit } from '../../core/ops/commit-files.js';
import type { NewFile } from '../../core/wire/messages/repositories.js';
import { parseRequestPath } from '../../core/wire/parameters.js';
import type { ServerContext } from '../context.js';
import type { RepositoryName } from '../repositories.js';

/** The author of a commit. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Commits the files of a new repository and returns the commit, undefined when there are none. @throws InvalidInputError for a bad path */
export async function commitFirstFiles(
  server: ServerContext,
  name: RepositoryName,
  files: readonly NewFile[],
): Promise<CommitNode | undefined> {
  const first = files[0];
  if (first === undefined) return undefined;
  const author = { name: first.author, email: first.email };
  return commitInto(server, name, toFiles(files), author, 'Initial commit');
}

/** Returns the files of a request with their paths checked. @throws InvalidInputError for a bad path */
export function toFiles(files: readonly NewFile[]): FileToCommit[] {
  return files.map(({ path, contents }) => ({
    path: parseRequestPath(path),
    content: Buffer.from(contents),
  }));
}

/** Commits files into a repository. */
export function commitInto(
  { repositories, jobs, clock }: ServerContext,
  name: RepositoryName,
  files: readonly FileToCommit[],
  identity: Author,
  message: string,
): Promise<CommitNode> {
  const context = { jobs, clock, events: ignoreEvents };
  return repositories.use(name, ({ stores, writer }) =>
    commitFiles(stores, writer, { files, message, identity }, context),
  );
}
