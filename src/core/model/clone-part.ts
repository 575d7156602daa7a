/** The part of every tree whose files a partial clone keeps. Its trees are whole: only contents and files on disk are left out. */
import { isWithin, parentPath, pathDepth, type RepoPath, rootPath } from './path.js';

/** Directories, and how far down below each. */
export interface ClonePart {
  readonly subtrees: readonly RepoPath[]; // none: the root
  readonly depth: number | undefined; // levels of directories whose entries belong to it: 1 = those of the subtrees alone; undefined: all
}

/** Says whether the entry at `path` belongs to the part. */
export function isInPart({ subtrees, depth }: ClonePart, path: RepoPath): boolean {
  const directory = parentPath(path);
  return (subtrees.length === 0 ? [rootPath] : subtrees).some((top) => {
    if (isWithin(top, path)) return true;
    if (!isWithin(directory, top)) return false;
    return depth === undefined || pathDepth(directory) - pathDepth(top) < depth;
  });
}
