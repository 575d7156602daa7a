/**
 * The part of a history that others do not have: what can be reached from one commit and not from given ones. Both
 * sides are walked youngest first, so that only the difference is read, not the whole history.
 */
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { CommitSource } from './ancestry.js';
import { CommitQueue } from './commit-queue.js';

/**
 * Returns the commits that can be reached from `head` and not from `known`, youngest first. Where clocks are wrong it may
 * return some that can be reached from `known` as well, never fewer.
 */
export function findNewCommits(
  source: CommitSource,
  head: CommitId,
  known: Iterable<CommitId>,
): CommitNode[] {
  const queue = new CommitQueue();
  const isKnown = new Map<CommitId, boolean>();
  const fresh = new Map<CommitId, CommitNode>();
  let openCount = 0; // queued commits that are not known
  const push = (id: CommitId, known: boolean): void => {
    const before = isKnown.get(id);
    if (before === true || before === known) return;
    const commit = source.commit(id);
    if (commit === undefined) return;
    isKnown.set(id, known);
    if (before === undefined) {
      queue.push(commit);
      if (!known) openCount++;
    } else if (fresh.delete(id)) queue.push(commit);
    else openCount--;
  };
  for (const id of known) push(id, true);
  push(head, false);
  for (let commit = queue.pop(); commit !== undefined && openCount > 0; commit = queue.pop()) {
    const known = isKnown.get(commit.id) === true;
    if (!known) {
      openCount--;
      fresh.set(commit.id, commit);
    }
    for (const parent of commit.parentIds) push(parent, known);
  }
  return [...fresh.values()];
}

/** Returns `commits`, which are all of a history or a part of it, with parents before their children. */
export function parentsFirst(commits: readonly CommitNode[]): CommitNode[] {
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const ordered: CommitNode[] = [];
  const done = new Set<CommitId>();
  for (const start of [...commits].reverse()) {
    const pending = [start];
    for (let commit = pending.at(-1); commit !== undefined; commit = pending.at(-1)) {
      const parent = commit.parentIds
        .map((id) => (done.has(id) ? undefined : byId.get(id)))
        .find((candidate) => candidate !== undefined && !pending.includes(candidate));
      if (parent !== undefined) {
        pending.push(parent);
        continue;
      }
      pending.pop();
      if (done.has(commit.id)) continue;
      done.add(commit.id);
      ordered.push(commit);
    }
  }
  return ordered;
}
