/**
 * The verb `pull`: fetches a branch and brings the checked-out branch, with the working tree, to where it is. Histories that went
 * apart are merged when it is known who commits; else they end in a conflict, and nothing but the fetched commits is left behind.
 */
import { isAncestor } from '../history/ancestry.js';
import { ConflictError, OperationError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import { notifyAction } from '../remote/repository.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { readCheckoutState } from './checkout-state.js';
import type { Identity } from './commit.js';
import type { OperationContext } from './context.js';
import {
  type FetchOptions,
  type FetchResult,
  fetchBranches,
  requireRemoteBranch,
} from './fetch.js';
import { type MergeResult, mergeLocked } from './merge.js';
import { requireRepository } from './push.js';
import { type RemoteSettings, withRemote } from './remote-access.js';

/** From where to pull. */
export interface PullSource {
  readonly remote: string;
  readonly branch: string; // of the remote
}

/** What a pull did. */
export interface PullResult extends FetchResult {
  readonly branch: string; // the local one
  readonly before: CommitId | undefined;
  readonly commitId: CommitId;
  readonly isUpToDate: boolean; // nothing had to be done to the branch
  readonly merge: MergeResult | undefined; // when the histories had gone apart
}

/** Settings of `pull`. */
export interface PullOptions extends Pick<FetchOptions, 'allContents'> {
  readonly identity?: Identity; // who makes the merge commit; absent: histories that went apart are not merged
}

/**
 * Fetches a branch and moves the checked-out branch there.
 * @throws ConflictError when both have commits that the other lacks, or local changes would be lost
 * @throws OperationError with a detached HEAD; NotFoundError, IntegrityError, RemoteError as `fetch`
 */
export async function pull(
  repository: OpenRepository,
  source: PullSource,
  settings: RemoteSettings,
  context: OperationContext,
  options: PullOptions = {},
): Promise<PullResult> {
  const branch = requireBranch(repository);
  const fetched = await withRemote(repository, source.remote, settings, context, async (remote) => {
    await requireRepository(remote.client);
    await notifyAction(remote.client, 'started', 'pull');
    const wanted = await requireRemoteBranch(remote, source.branch);
    const result = await fetchBranches(repository, remote, [wanted], context, options);
    await notifyAction(remote.client, 'completed', 'pull');
    return { ...result, commitId: wanted.commitId };
  });
  const label = `${source.remote}/${source.branch}`;
  const settled = await advance(repository, { branch, label }, fetched.commitId, context, options);
  return { ...fetched, branch, ...settled };
}

/** Moves the checked-out branch and the working tree forward to a commit that is here with its contents. */
async function advance(
  repository: OpenRepository,
  { branch, label }: { readonly branch: string; readonly label: string },
  commitId: CommitId,
  context: OperationContext,
  { identity }: PullOptions,
): Promise<Pick<PullResult, 'before' | 'commitId' | 'isUpToDate' | 'merge'>> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  const before = repository.refs.read(branchRef(branch));
  const head = { kind: 'branch', branch } as const;
  if (before !== undefined && isAncestor(repository, commitId, before)) {
    // A pull that was cut may have left its checkout to be finished.
    if (readCheckoutState(repository)?.to === before) {
      await checkoutLocked(repository, before, head, context);
    }
    return { before, commitId: before, isUpToDate: true, merge: undefined };
  }
  if (before !== undefined && !isAncestor(repository, before, commitId)) {
    if (identity === undefined) throw divergedError(branch, before, commitId);
    const settings = { message: `Merge commit ${label} into ${branch}`, theirsLabel: label };
    const merge = await mergeLocked(repository, commitId, identity, settings, context);
    const after = repository.refs.read(branchRef(branch)) ?? before;
    return { before, commitId: after, isUpToDate: false, merge };
  }
  const last = () => [
    moveReference(repository, { name: branchRef(branch), expected: before, next: commitId }),
  ];
  const log = { verb: 'pull', summary: label };
  await checkoutLocked(repository, commitId, head, context, { last, log });
  return { before, commitId, isUpToDate: false, merge: undefined };
}

function requireBranch(repository: OpenRepository): string {
  const head = repository.head();
  if (head.kind === 'branch') return head.branch;
  throw new OperationError(
    'Repository is in a detached HEAD state, checkout a valid branch to continue.',
    { hint: 'oxen checkout main' },
  );
}

function divergedError(branch: string, ours: CommitId, theirs: CommitId): ConflictError {
  return new ConflictError(
    `The branch '${branch}' (${ours}) and the remote branch (${theirs}) have both moved on.`,
    { hint: `What was fetched is kept. Merge it: oxen merge ${theirs}` },
  );
}
