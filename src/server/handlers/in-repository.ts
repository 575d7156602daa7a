/** What handlers of repository routes share: opening the repository, commits named in requests, answers made while sent. */
import type { CommitId } from '../../core/model/hash.js';
import { parseHash } from '../../core/model/hash.js';
import type { CommitNode } from '../../core/model/node.js';
import { isCommitStored } from '../../core/ops/missing.js';
import { branchNameProblem, branchRef } from '../../core/store/ref-names.js';
import type { CommitTree } from '../../core/tree/read.js';
import { missingRevision } from '../../core/wire/messages/failures.js';
import { type Exchange, FailureError, type Reply, stream } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';

type InRepository = Pick<Exchange, 'server'> & {
  readonly parameters: { readonly namespace: string; readonly repository: string };
};

/** The type of answers in frames. */
export const frameType = { 'content-type': 'application/octet-stream' } as const;

/** Runs `work` on the repository that a request names. @throws FailureError (404) when there is none */
export function withRepository<Result>(
  { server, parameters }: InRepository,
  work: (repository: ServedRepository) => Promise<Result> | Result,
): Promise<Result> {
  return server.repositories.use(parameters, work);
}

/** Answers with a body that reads the repository while it is sent; the repository stays open until its end. */
export async function streamFrom(
  { server, parameters }: InRepository,
  prepare: (repository: ServedRepository) => Promise<PreparedBody> | PreparedBody,
): Promise<Reply> {
  const lease = await server.repositories.lease(parameters);
  try {
    const { body, headers } = await prepare(lease.repository);
    return stream(releasing(body, lease.release), headers);
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** A body that is about to be sent. */
export interface PreparedBody {
  readonly body: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the commit of an id as it stands in a request. @throws FailureError (404) when it is not stored */
export function requireCommit({ stores }: ServedRepository, text: string): CommitTree {
  const id = /^[0-9a-fA-F]{1,32}$/.test(text) ? (parseHash(text) as CommitId) : undefined;
  const tree = id === undefined || !isCommitStored(stores, id) ? undefined : stores.commitTree(id);
  if (tree === undefined) throw new FailureError(missingRevision(text));
  return tree;
}

/** Returns the commit of a branch or an id. @throws FailureError (404) when there is neither */
export function requireRevision(repository: ServedRepository, text: string): CommitTree {
  const id = readBranch(repository, text);
  if (id === undefined) return requireCommit(repository, text);
  const tree = repository.stores.commitTree(id);
  if (tree === undefined) throw new FailureError(missingRevision(text));
  return tree;
}

/** Returns the commit of a branch, undefined when there is none, or cannot be one of this name. */
export function readBranch({ stores }: ServedRepository, name: string): CommitId | undefined {
  return branchNameProblem(name) === undefined ? stores.refs.read(branchRef(name)) : undefined;
}

/** Returns the ids of commits. */
export function idsOf(commits: readonly CommitNode[]): CommitId[] {
  return commits.map(({ id }) => id);
}

async function* releasing(
  body: AsyncIterable<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    release();
  }
}
