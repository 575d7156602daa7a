/**
 * The verb `checkout`: makes the working tree that of another commit. All that could go wrong is looked for first: local
 * changes in the way, content that is not here, names that the file system cannot tell apart. Then the intent is recorded,
 * files are removed and written, the file index follows, and HEAD is written last, so that running it again finishes it.
 */
import { ConflictError, NotFoundError, OperationError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import type { PathProblem } from '../model/jobs.js';
import { type RepoPath, rootPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { Head } from '../store/head.js';
import { acquireLock } from '../store/locks.js';
import { compareDirectories, isDifference, type TreeDifference } from '../tree/compare.js';
import { type CommitTree, lookupPath } from '../tree/read.js';
import { findCollisions, probeNameTraits } from '../worktree/collisions.js';
import { createDirectories } from '../worktree/create-directories.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { clearTemporaryFiles } from '../worktree/writing-note.js';
import { CheckoutPlan } from './checkout-plan.js';
import { recordPlan, removeRows } from './checkout-record.js';
import { type CheckoutState, readCheckoutState, writeCheckoutState } from './checkout-state.js';
import { type OperationContext, pause } from './context.js';
import type { DirectoryChanges } from './disk-states.js';
import { judgeChanges } from './local-changes.js';
import { releasePagesAfter } from './mapped-pages.js';
import {
  locateContents,
  throwWriteProblems,
  type WrittenDirectory,
  writeFiles,
} from './materialise-run.js';
import { requireNoMerge, writeMergeState } from './merge-state.js';
import { logOperation, type MovedRef, type Operation } from './operation-log.js';
import { heldPaths } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { namesByDirectory } from './write-list.js';

/** Settings of `checkout`. */
export interface CheckoutOptions {
  readonly force?: boolean; // overwrite local changes in the way, drop what is staged and an unfinished merge
  readonly from?: CommitId; // what the working tree holds, when it is what a stash keeps instead of the commit it was made from
  readonly last?: () => readonly MovedRef[]; // done in the transaction that records the new state: branches that move along
  readonly log?: CheckoutLog; // how the operation log calls it; absent: it is not logged
}

/** How the operation log calls what a checkout is a part of. */
export type CheckoutLog = Pick<Operation, 'verb' | 'summary' | 'undoes'>;

/** What a checkout did. */
export interface CheckoutResult {
  readonly commitId: CommitId;
  readonly previousBranch: string | undefined; // undefined: HEAD was detached
  readonly writtenCount: number; // files
  readonly removedCount: number; // files
}

/**
 * Checks out a commit and puts HEAD where `toHead` says.
 * @throws ConflictError naming the paths when local changes would be lost, or a merge is unfinished; nothing was touched then
 * @throws IntegrityError when content is missing or damaged; OperationError when the disk is full
 */
export async function checkout(
  repository: OpenRepository,
  to: CommitId,
  toHead: Head,
  context: OperationContext,
  options: CheckoutOptions = {},
): Promise<CheckoutResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  return await checkoutLocked(repository, to, toHead, context, options);
}

/** `checkout` for a verb that holds the worktree lock already. */
export async function checkoutLocked(
  repository: OpenRepository,
  to: CommitId,
  toHead: Head,
  context: OperationContext,
  options: CheckoutOptions = {},
): Promise<CheckoutResult> {
  const unfinished = readCheckoutState(repository);
  if (unfinished !== undefined && unfinished.to !== to && unfinished.from !== to) {
    throw new ConflictError('An earlier checkout was interrupted.', {
      hint: 'Run the command that was interrupted again, or go back: oxen checkout --abort',
    });
  }
  if (options.force !== true) requireNoMerge(repository);
  ensureFileIndexCurrent(repository);
  const now = options.from ?? repository.checkedOutCommit();
  const from = unfinished === undefined ? now : otherSide(unfinished, to);
  const base = unfinished === undefined ? options.from && to : unfinished.base;
  const fromHead = unfinished?.fromHead ?? repository.head();
  const state = { from, to, fromHead, toHead, ...(base && { base }) };
  const run = new CheckoutRun(repository, state, context);
  return run.run(options, unfinished !== undefined);
}

/**
 * Takes an interrupted checkout back.
 * @throws NotFoundError when none was interrupted
 */
export async function abortCheckout(
  repository: OpenRepository,
  context: OperationContext,
): Promise<CheckoutResult> {
  const unfinished = readCheckoutState(repository);
  if (unfinished?.from === undefined) throw new NotFoundError('No interrupted checkout to abort.');
  return checkout(repository, unfinished.from, unfinished.fromHead, context);
}

function otherSide(state: CheckoutState, to: CommitId): CommitId | undefined {
  return state.to === to ? state.from : state.to;
}

/** Differences of trees that are read between two looks at the signal. */
const differencesPerSlice = 4096;

class CheckoutRun {
  readonly #repository: OpenRepository;
  readonly #state: CheckoutState;
  readonly #context: OperationContext;
  readonly #target: CommitTree;
  readonly #fromRoot: Hash | undefined;
  readonly #holds: (path: RepoPath) => boolean;

  constructor(repository: OpenRepository, state: CheckoutState, context: OperationContext) {
    const target = repository.commitTree(state.to);
    if (target === undefined) throw commitNotFound(repository, state.to);
    this.#repository = repository;
    this.#state = state;
    this.#context = context;
    this.#target = target;
    this.#fromRoot = state.from && repository.commitTree(state.from)?.rootId;
    this.#holds = heldPaths(repository);
  }

  async run(options: CheckoutOptions, isResumed: boolean): Promise<CheckoutResult> {
    const repository = this.#repository;
    const plan = await this.#plan(options.force === true, isResumed);
    releasePagesAfter(repository, plan.changeCount);
    const located = locateContents(repository, plan.writes);
    this.#requireTellableNames(plan);
    this.#recordIntent();
    clearTemporaryFiles(repository.root);
    this.#clearPaths(plan);
    const { written, problems } = await writeFiles(repository, located, this.#context, true);
    throwWriteProblems(problems);
    this.#finish(plan, written, options);
    const { to: commitId, fromHead } = this.#state;
    const previousBranch = fromHead.kind === 'branch' ? fromHead.branch : undefined;
    const { writes, removedCount } = plan;
    return { commitId, previousBranch, writtenCount: writes.fileCount, removedCount };
  }

  /** @throws ConflictError when local changes would be lost */
  async #plan(force: boolean, isResumed: boolean): Promise<CheckoutPlan> {
    const repository = this.#repository;
    const plan = new CheckoutPlan(repository.nodes, this.#target.rootId);
    const blocked = new Set<RepoPath>();
    const leaves = (path: RepoPath): boolean => this.#leaves(path);
    const options = { isResumed };
    const judged = judgeChanges(repository, this.#changes(), leaves, this.#context, options);
    for await (const directory of judged) {
      for (const path of directory.blocked) blocked.add(path);
      plan.take(directory);
    }
    if (blocked.size > 0 && !force) throw localChangesError(sortBytewise([...blocked]));
    return plan;
  }

  /** Where both sides are one commit no file is touched and moving HEAD is one step: there is nothing to finish. */
  #recordIntent(): void {
    if (this.#state.from === this.#state.to) return;
    this.#repository.environment.transaction(() =>
      writeCheckoutState(this.#repository, this.#state),
    );
  }

  /** Yields what differs between the two trees and belongs into the working tree, directory by directory. */
  async *#changes(): AsyncGenerator<DirectoryChanges<TreeDifference>> {
    const { nodes } = this.#repository;
    let seen = 0;
    const all = compareDirectories(nodes, this.#fromRoot, this.#target.rootId, rootPath);
    for (const { directory, differences } of all) {
      seen += differences.length;
      if (seen >= differencesPerSlice) {
        await pause(this.#context);
        seen = 0;
      }
      const changes = differences.filter(({ path }) => this.#holds(path));
      if (changes.length > 0) yield { directory, changes };
    }
  }

  /** Says whether what the left tree has at a path is removed or replaced. */
  #leaves(path: RepoPath): boolean {
    const { nodes } = this.#repository;
    if (this.#fromRoot === undefined || !this.#holds(path)) return false;
    const left = lookupPath(nodes, this.#fromRoot, path);
    return left !== undefined && isDifference(left, lookupPath(nodes, this.#target.rootId, path));
  }

  /** Removes what goes, and makes directories that stay empty. */
  #clearPaths(plan: CheckoutPlan): void {
    const { root } = this.#repository;
    for (const { directory, names } of plan.removals) {
      const { problems } = removeFiles({ root, directory, names });
      throwPathProblem('remove', directory, problems);
    }
    throwPathProblem('remove', '', removeEmptyDirectories(root, plan.goneDirectories).problems);
    throwPathProblem('create', '', createDirectories(root, plan.emptyDirectories));
  }

  /** Records what is in the working tree now, then puts HEAD there and forgets that a checkout is under way. */
  #finish(
    plan: CheckoutPlan,
    written: readonly WrittenDirectory[],
    { force = false, last = () => [], log }: CheckoutOptions,
  ): void {
    const repository = this.#repository;
    const { fileIndex, staging, environment } = repository;
    const { to, base = to } = this.#state;
    environment.transaction(() => {
      recordPlan(repository, plan, written);
      if (force) {
        staging.clear();
        writeMergeState(repository, undefined);
      } else removeRows(staging, plan.staged); // they say what is checked out now anyway
      // Rows that are not those of HEAD now, of paths that were staged or that a stash keeps, are reconciled by the next verb.
      fileIndex.setRoot(force || base !== to ? undefined : this.#target.rootId);
      repository.setCheckedOutCommit(base);
      const refs = last();
      if (log !== undefined) this.#log(refs, log);
    });
    repository.writeHead(this.#state.toHead);
    environment.transaction(() => writeCheckoutState(repository, undefined));
  }

  #log(refs: readonly MovedRef[], log: CheckoutLog): void {
    const { fromHead: before, toHead: after } = this.#state;
    const isMoved = JSON.stringify(before) !== JSON.stringify(after);
    const head = isMoved ? { head: { before, after } } : {};
    const operation = { ...log, refs, ...head, files: 'written' } as const;
    logOperation(this.#repository, operation, this.#context.clock);
  }

  #requireTellableNames(plan: CheckoutPlan): void {
    const traits = probeNameTraits(this.#repository.controlDirectory);
    const collisions = findCollisions(namesByDirectory(plan.writes.batches()), traits);
    if (collisions.length === 0) return;
    const list = collisions.map((paths) => paths.join(' and ')).join('; ');
    throw new ConflictError(`This file system cannot tell these names apart: ${list}.`, {
      hint: 'Nothing was changed. Rename one of each in another clone.',
    });
  }
}

function commitNotFound(repository: OpenRepository, id: CommitId): NotFoundError {
  const hint = { hint: 'The history of this clone ends before it. Clone the whole one.' };
  return new NotFoundError(`Commit not found: ${id}`, repository.isShallow(id) ? hint : {});
}

function throwPathProblem(
  action: string,
  directory: string,
  problems: readonly PathProblem[],
): void {
  const [first] = problems;
  if (first === undefined) return;
  const path = directory === '' ? first.name : `${directory}/${first.name}`;
  throw new OperationError(`Cannot ${action} ${path}: ${first.message}.`, {
    path,
    hint: 'Fix the cause and run the command again, or go back: oxen checkout --abort',
  });
}

const shownPaths = 20;

function localChangesError(paths: readonly string[]): ConflictError {
  const more = paths.length > shownPaths ? `\n  ... and ${paths.length - shownPaths} others` : '';
  const list = paths
    .slice(0, shownPaths)
    .map((path) => `\n  ${path}`)
    .join('');
  return new ConflictError(
    `Local changes to these files would be overwritten by checkout:${list}${more}`,
    { hint: 'Commit or restore them first, or overwrite them with --force. Nothing was changed.' },
  );
}
