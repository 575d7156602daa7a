/**
 * Which common ancestor a merge is computed against. After criss-cross merges there are several best ones; the youngest is
 * taken, which holds the most of what both sides have. What stands only in another one is then seen on both sides: as
 * equal, or as a conflict when the sides went on from it differently. One thing is seen wrongly: a side that took such a
 * change back looks as if it never had it, and gets it again. Merging the bases into a virtual one first, as git does,
 * would tell the two apart.
 */
import type { CommitNode } from '../model/node.js';

/** Returns the youngest commit; of several made at the same instant the one with the highest id. Undefined for none. */
export function chooseMergeBase(bases: Iterable<CommitNode>): CommitNode | undefined {
  let best: CommitNode | undefined;
  for (const base of bases) if (best === undefined || isPreferred(base, best)) best = base;
  return best;
}

function isPreferred(left: CommitNode, right: CommitNode): boolean {
  const seconds = left.timestamp.seconds - right.timestamp.seconds;
  if (seconds !== 0) return seconds > 0;
  const nanoseconds = left.timestamp.nanoseconds - right.timestamp.nanoseconds;
  return nanoseconds === 0 ? left.id > right.id : nanoseconds > 0;
}
