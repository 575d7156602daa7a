/**
 * Questions about the commit graph: who descends from whom, and where two histories meet. Commits are visited
 * youngest first; clocks may be wrong, so the walks never stop on a date alone.
 */
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { CommitQueue } from './commit-queue.js';

/** Gives commits by id. */
export interface CommitSource {
  /**
   * Returns the commit, or undefined when it is not here (the end of a shallow clone).
   * @throws IntegrityError when it is here and damaged
   */
  commit(id: CommitId): CommitNode | undefined;
}

/** Says whether `ancestor` is `descendant` itself or can be reached from it through parents. */
export function isAncestor(
  source: CommitSource,
  ancestor: CommitId,
  descendant: CommitId,
): boolean {
  for (const { id } of walkCommits(source, [descendant])) {
    if (id === ancestor) return true;
  }
  return false;
}

/** Yields every commit reachable from `heads`, each once, no commit before one of its visited children where clocks agree. */
export function* walkCommits(
  source: CommitSource,
  heads: Iterable<CommitId>,
  isHidden: (id: CommitId) => boolean = () => false,
): Generator<CommitNode> {
  const queue = new CommitQueue();
  const seen = new Set<CommitId>();
  const push = (id: CommitId) => {
    if (seen.has(id) || isHidden(id)) return;
    seen.add(id);
    const commit = source.commit(id);
    if (commit !== undefined) queue.push(commit);
  };
  for (const head of heads) push(head);
  for (let commit = queue.pop(); commit !== undefined; commit = queue.pop()) {
    yield commit;
    for (const parent of commit.parentIds) push(parent);
  }
}

/** Returns the ids of everything reachable from `heads`, the heads included. */
export function reachableCommits(source: CommitSource, heads: Iterable<CommitId>): Set<CommitId> {
  const reached = new Set<CommitId>();
  const pending = [...heads];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (reached.has(id)) continue;
    const commit = source.commit(id);
    if (commit === undefined) continue;
    reached.add(id);
    pending.push(...commit.parentIds);
  }
  return reached;
}

const fromLeft = 1;
const fromRight = 2;
const fromBoth = 3;
const stale = 4;

/**
 * Returns the best common ancestors of two commits: those that are no ancestor of another common ancestor. None
 * for unrelated histories, more than one after criss-cross merges. Both sides are painted downwards, youngest
 * commit first; what both colours reach is common, and its ancestors are stale.
 */
export function findMergeBases(
  source: CommitSource,
  left: CommitId,
  right: CommitId,
): readonly CommitId[] {
  if (left === right) return [left];
  const candidates = paintDown(source, left, right);
  if (candidates.length <= 1) return candidates;
  return candidates.filter(
    (candidate) =>
      !candidates.some((other) => other !== candidate && isAncestor(source, candidate, other)),
  );
}

function paintDown(source: CommitSource, left: CommitId, right: CommitId): CommitId[] {
  const colours = new Map<CommitId, number>();
  const queue = new CommitQueue();
  const live = new Set<CommitId>(); // queued and not stale: while there is one, a better base may still turn up
  const paint = (id: CommitId, colour: number) => {
    const before = colours.get(id) ?? 0;
    const after = before | colour;
    if (after === before) return;
    const commit = source.commit(id);
    if (commit === undefined) return;
    colours.set(id, after);
    queue.push(commit);
    if ((after & stale) === 0) live.add(id);
    else live.delete(id);
  };
  paint(left, fromLeft);
  paint(right, fromRight);
  const common = new Set<CommitId>();
  while (live.size > 0) {
    const commit = queue.pop();
    if (commit === undefined) break;
    live.delete(commit.id);
    const colour = colours.get(commit.id) ?? 0;
    const isCommon = (colour & fromBoth) === fromBoth;
    if (isCommon && (colour & stale) === 0) common.add(commit.id);
    for (const parent of commit.parentIds) paint(parent, isCommon ? colour | stale : colour);
  }
  return [...common].filter((id) => ((colours.get(id) ?? 0) & stale) === 0);
}
