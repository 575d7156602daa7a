/** Settling conflicts of an unfinished merge: by adding or removing the paths, or by choosing a side. */

import type { ChosenSide } from '../merge/resolution.js';
import { resolveFor } from '../merge/resolution.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { isWithin, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { type CommitTree, lookupPath } from '../tree/read.js';
import { walkTree } from '../tree/walk.js';
import type { OperationContext } from './context.js';
import type { PathChange } from './disk-states.js';
import { findLocalChanges } from './local-changes.js';
import { readMergeState, requireWholeMerge, writeMergeState } from './merge-state.js';
import { applyTargets, PathTargets } from './path-targets.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** Marks conflicts at or below the paths as resolved; inside a transaction. */
export function resolveConflicts(repository: OpenRepository, paths: readonly RepoPath[]): void {
  const state = readMergeState(repository);
  if (state === undefined) return;
  const conflicts = state.conflicts.filter(
    ({ path }) => !paths.some((done) => isWithin(path, done)),
  );
  if (conflicts.length !== state.conflicts.length)
    writeMergeState(repository, { ...state, conflicts });
}

/**
 * Settles conflicts for one side: what it has stands in the working tree and is staged, what it does not have goes.
 * @throws NotFoundError when a path is not in conflict
 * @throws ConflictError when a directory must give way that holds local changes; nothing was changed then
 */
export async function takeSide(
  repository: OpenRepository,
  side: ChosenSide,
  paths: readonly RepoPath[],
  context: OperationContext,
): Promise<void> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const state = readMergeState(repository);
  requireWholeMerge(state);
  const conflicts = paths.map((path) => {
    const found = state?.conflicts.find((conflict) => conflict.path === path);
    if (found !== undefined) return found.conflict;
    throw new NotFoundError(`Could not find merge conflict for path: "${path}"`, { path });
  });
  const ours = repository.headTree();
  const theirs = state === undefined ? undefined : repository.commitTree(state.commitId);
  if (ours === undefined || theirs === undefined) throw new NotFoundError('HEAD not found.');
  const settlement = new Settlement(repository, ours, side === 'ours' ? ours : theirs);
  for (const conflict of conflicts) {
    const { standing, gone } = resolveFor(conflict, side);
    if (gone !== undefined) settlement.take(gone, undefined);
    if (standing !== undefined) settlement.take(standing.path, conflict[side]?.path);
  }
  await settlement.requireUntouched(paths, context);
  await applyTargets(repository, settlement.targets, context, () =>
    resolveConflicts(repository, paths),
  );
}

/** What settling some conflicts does. */
class Settlement {
  readonly targets = new PathTargets();
  readonly #repository: OpenRepository;
  readonly #ours: CommitTree;
  readonly #side: CommitTree;
  readonly #changes: PathChange[] = [];

  /** @param side the tree of the side that was chosen */
  constructor(repository: OpenRepository, ours: CommitTree, side: CommitTree) {
    this.#repository = repository;
    this.#ours = ours;
    this.#side = side;
  }

  /** At `path` is to stand what the chosen side has at `source`, with all it holds; nothing when there is no source. */
  take(path: RepoPath, source: RepoPath | undefined): void {
    const { nodes } = this.#repository;
    const ours = lookupPath(nodes, this.#ours.rootId, path);
    const wanted = source === undefined ? undefined : lookupPath(nodes, this.#side.rootId, source);
    if (ours?.kind === 'dir' && wanted?.kind === 'dir' && ours.hash === wanted.hash) return;
    if (wanted?.kind === 'file') this.targets.put(path, wanted);
    else if (wanted !== undefined) this.targets.putTree(this.#repository, path, wanted);
    if (ours === undefined) this.targets.remove(path, 'file');
    else this.targets.remove(path, ours.kind);
    if (ours?.kind !== 'dir') return;
    for (const { path: below, entry } of walkTree(nodes, ours.hash, path)) {
      this.targets.remove(below, entry.kind);
      const right = this.targets.files.get(below);
      this.#changes.push({ path: below, left: entry, right });
    }
    this.#changes.push({ path, left: ours, right: wanted });
  }

  /** @throws ConflictError naming local changes in directories that have to give way */
  async requireUntouched(paths: readonly RepoPath[], context: OperationContext): Promise<void> {
    const { blocked } = await findLocalChanges(this.#repository, this.#changes, context);
    if (blocked.length === 0) return;
    throw new ConflictError(
      `Settling ${paths.join(', ')} would overwrite local changes: ${blocked.join(', ')}.`,
      { hint: 'Move them away first. Nothing was changed.' },
    );
  }
}
