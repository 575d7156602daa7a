/**
 * What it means to settle a conflict for one side: what stands in the tree afterwards and what goes. A merge that stopped at
 * conflicts holds what ours has of each, and nothing of theirs that stands elsewhere.
 */
import { type RepoPath, sortBytewise } from '../model/path.js';
import type { Conflict, ConflictSide } from './conflict.js';

/** The side that a conflict is settled for. */
export type ChosenSide = 'ours' | 'theirs';

/** What must be so once a conflict is settled. */
export interface Resolution {
  /** Stands at its path, a directory with all it holds, in place of anything else; undefined when the side has nothing. */
  readonly standing: ConflictSide | undefined;
  /** The path where a file of the other side must not be left; undefined for none. */
  readonly gone: RepoPath | undefined;
}

/** Returns what settling a conflict for one side means. */
export function resolveFor(conflict: Conflict, chosen: ChosenSide): Resolution {
  const standing = conflict[chosen];
  if (standing === undefined) return { standing, gone: conflict.path };
  if (conflict.kind !== 'renamed-differently') {
    return { standing: { ...standing, path: conflict.path }, gone: undefined };
  }
  const other = chosen === 'ours' ? conflict.theirs : conflict.ours;
  return { standing, gone: other?.path };
}

/** Returns the paths at which a conflict may have left or may put something; ascending. */
export function pathsOfConflict(conflict: Conflict): readonly RepoPath[] {
  const paths = new Set<RepoPath>();
  for (const side of ['ours', 'theirs'] as const) {
    const { standing, gone } = resolveFor(conflict, side);
    for (const path of [standing?.path, gone]) if (path !== undefined) paths.add(path);
  }
  return sortBytewise([...paths]);
}

/**
 * Says in the words of git what the sides did, for lists: `both modified`, `deleted by us`, ...
 * @returns a sentence part without the path of the conflict
 */
export function describeConflict({ kind, ours, theirs }: Conflict): string {
  switch (kind) {
    case 'both-modified':
      return 'both modified';
    case 'both-added':
      return 'both added';
    case 'modified-deleted':
      return ours === undefined ? 'deleted by us' : 'deleted by them';
    case 'file-directory':
      return ours?.kind === 'file'
        ? 'file in ours, directory in theirs'
        : 'directory in ours, file in theirs';
    case 'renamed-deleted':
      return ours === undefined
        ? 'deleted by us, renamed by them'
        : 'renamed by us, deleted by them';
    case 'renamed-differently':
      return `renamed by us to ${ours?.path ?? ''}, by them to ${theirs?.path ?? ''}`;
    default:
      return kind satisfies never;
  }
}
