/** What a checkout does to the working tree, computed from the differences of two trees. */
import { baseName, compareBytewise, parentPath, type RepoPath } from '../model/path.js';
import type { TreeDifference } from '../tree/compare.js';
import { subdirectoryNodeOf } from '../tree/read.js';
import type { DirectoryToWrite, FileToWrite } from './materialise-run.js';

/** Everything that is to be done. */
export interface CheckoutPlan {
  readonly writes: readonly DirectoryToWrite[];
  readonly removals: ReadonlyMap<RepoPath, readonly string[]>; // names of files, by directory
  readonly emptyDirectories: readonly RepoPath[]; // to be made
  readonly goneDirectories: readonly RepoPath[]; // to be removed where nothing is left in them
  readonly untouched: readonly TreeDifference[]; // files on disk already as wanted
}

/**
 * Returns the plan for `differences` (left: as it is, right: as it will be).
 * @param done paths that are on disk already as they will be
 */
export function planCheckout(
  differences: readonly TreeDifference[],
  done: ReadonlySet<RepoPath>,
): CheckoutPlan {
  const writes = new Map<RepoPath, FileToWrite[]>();
  const removals = new Map<RepoPath, string[]>();
  const emptyDirectories: RepoPath[] = [];
  const goneDirectories: RepoPath[] = [];
  const untouched: TreeDifference[] = [];
  for (const difference of differences) {
    const { path, left, right } = difference;
    if (left?.kind === 'dir' && right?.kind !== 'dir') goneDirectories.push(path);
    if (left?.kind === 'file' && right?.kind !== 'file') append(removals, path, baseName(path));
    if (right?.kind === 'dir') {
      if (subdirectoryNodeOf(right).entryCount === 0) emptyDirectories.push(path);
    } else if (right?.kind === 'file') {
      if (done.has(path)) untouched.push(difference);
      else {
        const { name, hash, sizeBytes } = right;
        append(writes, path, { name, hash, sizeBytes });
      }
    }
  }
  return {
    writes: [...writes].map(([directory, files]) => ({
      directory,
      files: files.sort((a, b) => compareBytewise(a.name, b.name)),
    })),
    removals,
    emptyDirectories,
    goneDirectories,
    untouched,
  };
}

function append<Item>(groups: Map<RepoPath, Item[]>, path: RepoPath, item: Item): void {
  const directory = parentPath(path);
  const group = groups.get(directory);
  if (group === undefined) groups.set(directory, [item]);
  else group.push(item);
}
