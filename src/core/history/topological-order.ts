/** The order in which a history is drawn: children before parents whatever the clocks say, each line of work in one piece. */
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';

/**
 * Returns `commits` with every commit before its parents. Behind a merge comes what was merged, then the branch it was merged into.
 * @param commits all of a history or a part of it, youngest first
 */
export function topologicalOrder(commits: readonly CommitNode[]): CommitNode[] {
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const waitingChildren = new Map<CommitId, number>();
  for (const { parentIds } of commits) {
    for (const id of parentIds) waitingChildren.set(id, (waitingChildren.get(id) ?? 0) + 1);
  }
  const ready = commits.filter(({ id }) => !waitingChildren.has(id)).reverse();
  const ordered: CommitNode[] = [];
  for (let commit = ready.pop(); commit !== undefined; commit = ready.pop()) {
    ordered.push(commit);
    for (const id of commit.parentIds) {
      const left = (waitingChildren.get(id) ?? 0) - 1;
      waitingChildren.set(id, left);
      const parent = byId.get(id);
      if (left === 0 && parent !== undefined) ready.push(parent);
    }
  }
  return ordered;
}
