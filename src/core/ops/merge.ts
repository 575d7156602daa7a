/**
 * The verb `merge`: brings the commits of another branch into the checked-out one. When only one side has new commits the
 * branch just moves on. Else the trees are merged by path, texts by line; what both sides changed differently is left
 * to the user: the clean part is staged, conflicts are recorded and survive restarts, and no commit is made before they are resolved.
 */
import { isAncestor } from '../history/ancestry.js';
import { describeConflict } from '../merge/resolution.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { baseName, parentPath } from '../model/path.js';
import type { UnresolvedConflict } from '../model/status.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import { AddRun } from './add-run.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { readCheckoutState, requireNoCheckout } from './checkout-state.js';
import { commitLocked, type Identity } from './commit.js';
import type { OperationContext } from './context.js';
import { abortMergeLocked } from './merge-abort.js';
import { findBaseTree, type MergedFile, MergePlan } from './merge-plan.js';
import { readMergeState, requireNoMerge, writeMergeState } from './merge-state.js';
import { applyTargets } from './path-targets.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** What a merge came to. */
export type MergeResult =
  | { readonly kind: 'up-to-date' }
  | { readonly kind: 'fast-forward'; readonly commitId: CommitId }
  | { readonly kind: 'merged'; readonly commit: CommitNode }
  | { readonly kind: 'conflicts'; readonly conflicts: readonly UnresolvedConflict[] };

/** Settings of `merge`. */
export interface MergeSettings {
  readonly message: string; // of a merge commit
  readonly theirsLabel: string; // what conflict markers call the other side
  readonly allowUnrelated?: boolean; // histories without a common commit
}

/**
 * Merges a commit into the checked-out branch.
 * @throws ConflictError when a merge is unfinished, something is staged, local changes are in the way, or the histories
 * are unrelated; nothing was changed then
 */
export async function merge(
  repository: OpenRepository,
  theirs: CommitId,
  identity: Identity,
  settings: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  return await mergeLocked(repository, theirs, identity, settings, context);
}

/** `merge` for a verb that holds the worktree lock already. */
export async function mergeLocked(
  repository: OpenRepository,
  theirs: CommitId,
  identity: Identity,
  settings: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  ensureFileIndexCurrent(repository);
  const theirTree = repository.commitTree(theirs);
  if (theirTree === undefined) throw new NotFoundError(`Commit not found: ${theirs}`);
  await clearInterrupted(repository, theirs, context);
  requireNoMerge(repository);
  const ourTree = repository.headTree();
  if (ourTree !== undefined && isAncestor(repository, theirs, ourTree.commit.id)) {
    // A merge that only moved on may have been stopped before its checkout was over.
    if (readCheckoutState(repository)?.to === ourTree.commit.id) {
      await checkoutLocked(repository, ourTree.commit.id, repository.head(), context);
    }
    return { kind: 'up-to-date' };
  }
  if (ourTree === undefined || isAncestor(repository, ourTree.commit.id, theirs)) {
    return fastForward(repository, ourTree?.commit.id, theirs, settings, context);
  }
  requireNoCheckout(repository);
  if (!repository.staging.isEmpty()) {
    throw new ConflictError('Something is staged.', {
      hint: 'Commit it first, or take it back: oxen restore --staged .',
    });
  }
  const base = findBaseTree(repository, ourTree, theirTree)?.rootId;
  if (base === undefined && settings.allowUnrelated !== true) {
    throw new ConflictError('The two histories have no commit in common.', {
      hint: 'If they should become one all the same: oxen merge --allow-unrelated',
    });
  }
  const roots = { base, ours: ourTree.rootId, theirs: theirTree.rootId };
  const plan = new MergePlan(repository, roots, settings.theirsLabel);
  return carryOut(repository, plan, theirs, identity, settings, context);
}

/** A merge of the same commit that was interrupted while it wrote files is taken back, to be done anew. */
async function clearInterrupted(
  repository: OpenRepository,
  theirs: CommitId,
  context: OperationContext,
): Promise<void> {
  const state = readMergeState(repository);
  if (state?.isPartial === true && state.commitId === theirs) {
    await abortMergeLocked(repository, state, context);
  }
}

async function fastForward(
  repository: OpenRepository,
  from: CommitId | undefined,
  to: CommitId,
  { theirsLabel }: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  const head = repository.head();
  const next = head.kind === 'branch' ? head : ({ kind: 'detached', commitId: to } as const);
  const last = () =>
    head.kind === 'detached'
      ? []
      : [moveReference(repository, { name: branchRef(head.branch), expected: from, next: to })];
  const log = { verb: 'merge', summary: theirsLabel };
  await checkoutLocked(repository, to, next, context, { last, log });
  return { kind: 'fast-forward', commitId: to };
}

/** Does what a plan says, and commits when nothing is left to the user. */
async function carryOut(
  repository: OpenRepository,
  plan: MergePlan,
  theirs: CommitId,
  identity: Identity,
  { message, theirsLabel }: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  await requireFreePaths(plan, context);
  const { root, environment } = repository;
  const recorded = plan.conflicts.map((conflict) => ({
    path: conflict.path,
    kind: describeConflict(conflict),
    conflict,
  }));
  const conflicts = recorded.map(({ path, kind }) => ({ path, kind }));
  const state = { commitId: theirs, message, conflicts: recorded };
  environment.transaction(() => writeMergeState(repository, { ...state, isPartial: true }));
  await applyTargets(repository, plan.targets, context);
  const { writeContents } = await import('../worktree/write-content.js');
  writeContents(root, plan.marked);
  await writeMerged(repository, plan.merged, context, () => writeMergeState(repository, state));
  if (conflicts.length > 0) return { kind: 'conflicts', conflicts };
  const commit = await commitLocked(repository, message, identity, context, {
    allowEmpty: true,
    log: { verb: 'merge', summary: theirsLabel, files: 'written' },
  });
  return { kind: 'merged', commit };
}

/** @throws ConflictError naming paths whose local changes the merge would overwrite */
async function requireFreePaths(plan: MergePlan, context: OperationContext): Promise<void> {
  const { blocked } = await plan.findLocalChanges(context);
  if (blocked.length === 0) return;
  const list = blocked
    .slice(0, 20)
    .map((path) => `\n  ${path}`)
    .join('');
  throw new ConflictError(
    `Local changes to these files would be overwritten by the merge:${list}`,
    { hint: 'Commit or restore them first. Nothing was changed.' },
  );
}

/** Writes contents that exist nowhere yet and stages them from the working tree; `last` runs in the transaction that does. */
async function writeMerged(
  repository: OpenRepository,
  files: readonly MergedFile[],
  context: OperationContext,
  last: () => void,
): Promise<void> {
  if (files.length === 0) {
    repository.environment.transaction(last);
    return;
  }
  const { writeContents } = await import('../worktree/write-content.js');
  writeContents(repository.root, files);
  const run = await AddRun.open(repository, context);
  try {
    for (const { path } of files) await run.addFiles(parentPath(path), [baseName(path)]);
    await run.finish(last);
  } finally {
    await run.close();
  }
}
