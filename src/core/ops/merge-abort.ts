/**
 * Taking an unfinished merge back: what it wrote, and what settling its conflicts wrote, becomes again what HEAD has. Local
 * changes elsewhere stay, staged ones too. The merge is planned once more to know which paths are its own.
 */
import { stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
import { isWithin, joinPath, parentPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { type CommitTree, lookupPath } from '../tree/read.js';
import type { OperationContext } from './context.js';
import type { PathChange } from './disk-states.js';
import { findLocalChanges } from './local-changes.js';
import { findBaseTree, MergePlan } from './merge-plan.js';
import { type MergeState, readMergeState, writeMergeState } from './merge-state.js';
import { applyTargets, PathTargets } from './path-targets.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/**
 * Takes an unfinished merge back.
 * @throws NotFoundError when no merge is unfinished; ConflictError when the user changed what the merge brought
 */
export async function abortMerge(
  repository: OpenRepository,
  context: OperationContext,
): Promise<void> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  const state = readMergeState(repository);
  if (state === undefined) throw new NotFoundError('No merge in progress to abort.');
  await abortMergeLocked(repository, state, context);
}

/** `abortMerge` for a verb that holds the worktree lock already. */
export async function abortMergeLocked(
  repository: OpenRepository,
  state: MergeState,
  context: OperationContext,
): Promise<void> {
  ensureFileIndexCurrent(repository);
  const ours = repository.headTree();
  const theirs = repository.commitTree(state.commitId);
  if (ours === undefined || theirs === undefined) {
    throw new NotFoundError(`Commit not found: ${state.commitId}`);
  }
  const base = findBaseTree(repository, ours, theirs)?.rootId;
  const roots = { base, ours: ours.rootId, theirs: theirs.rootId };
  const abort = new Abort(repository, ours, new MergePlan(repository, roots, ''));
  await abort.requireUntouched(state, context);
  const { environment, fileIndex } = repository;
  environment.transaction(() => writeMergeState(repository, { ...state, isPartial: true }));
  await applyTargets(repository, abort.targets, context, () => {
    fileIndex.setRoot(undefined);
    writeMergeState(repository, undefined);
  });
  ensureFileIndexCurrent(repository);
}

/** What becomes of the paths of one merge when it is taken back. */
class Abort {
  readonly targets = new PathTargets();
  readonly #repository: OpenRepository;
  readonly #ours: CommitTree;
  readonly #changes: PathChange[];

  constructor(repository: OpenRepository, ours: CommitTree, plan: MergePlan) {
    this.#repository = repository;
    this.#ours = ours;
    this.#changes = plan.changes().map(({ path, left, right }) => {
      return { path, left: right, right: left };
    });
    for (const { path, left } of this.#changes) this.#bringBack(path, left?.kind === 'file');
    this.#takeConflicts(plan.conflictPaths);
  }

  /** @throws ConflictError naming files that the user changed since the merge brought them */
  async requireUntouched(state: MergeState, context: OperationContext): Promise<void> {
    const { blocked } = await findLocalChanges(this.#repository, this.#changes, context, {
      isResumed: state.isPartial === true,
      staged: 'left',
    });
    if (blocked.length === 0) return;
    throw new ConflictError(`These files were changed since the merge: ${blocked.join(', ')}.`, {
      hint: 'Move them away, then run oxen merge --abort again. Nothing was changed.',
    });
  }

  /** Paths in conflict, and what was staged to settle them, become what HEAD has. */
  #takeConflicts(paths: readonly RepoPath[]): void {
    for (const path of paths) if (this.#headAt(path)?.kind === 'file') this.#bringBack(path, true);
    const { staging } = this.#repository;
    for (const directory of staging.directories(rootPath)) {
      for (const run of staging.readDirectory(directory)) {
        run.names.all.forEach((name, row) => {
          const path = joinPath(directory, name);
          if (!paths.some((conflicting) => isWithin(path, conflicting))) return;
          const { status, kind, hash } = run.rowAt(row);
          const isAdded = status === stagedStatuses.added && kind === stagedKinds.file;
          if (isAdded) this.#expect(path, hashFromBytes(hash));
          this.#bringBack(path, isAdded);
        });
      }
    }
  }

  /** A file that was added to settle a conflict goes only while it is as it was added. */
  #expect(path: RepoPath, hash: Hash): void {
    const right = this.#headAt(path);
    if (right !== undefined) return;
    this.#changes.push({ path, left: { kind: 'file', hash }, right });
  }

  #bringBack(path: RepoPath, isFile: boolean): void {
    const entry = this.#headAt(path);
    if (entry !== undefined) this.targets.put(path, entry);
    if (isFile) this.targets.remove(path, 'file');
    if (entry?.kind === 'dir') return;
    for (let above = path; above !== rootPath; above = parentPath(above)) {
      if (this.#headAt(above)?.kind === 'dir') break;
      this.targets.remove(above, 'dir');
    }
  }

  #headAt(path: RepoPath) {
    return lookupPath(this.#repository.nodes, this.#ours.rootId, path);
  }
}
