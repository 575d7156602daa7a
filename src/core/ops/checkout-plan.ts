/** What a checkout does to the working tree, computed from the differences of two trees. */
import type { Hash } from '../model/hash.js';
import { baseName, compareBytewise, parentPath, type RepoPath, rootPath } from '../model/path.js';
import type { TreeDifference } from '../tree/compare.js';
import { lookupPath, type NodeSource, subdirectoryNodeOf } from '../tree/read.js';
import type { DirectoryToWrite, FileToWrite } from './materialise-run.js';

/** Everything that is to be done. */
export interface CheckoutPlan {
  readonly writes: readonly DirectoryToWrite[];
  readonly removals: ReadonlyMap<RepoPath, readonly string[]>; // names of files, by directory
  readonly replaced: readonly RepoPath[]; // files of which the user has made the directory that is wanted
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
  const removals = new Map<RepoPath, string[]>();
  const replaced: RepoPath[] = [];
  const goneDirectories: RepoPath[] = [];
  for (const { path, left, right } of differences) {
    if (left === undefined || left.kind === right?.kind) continue;
    if (left.kind === 'dir') goneDirectories.push(path);
    else if (right?.kind === 'dir' && done.has(path)) replaced.push(path);
    else append(removals, path, baseName(path));
  }
  return { removals, replaced, goneDirectories, ...planWrites(differences, done) };
}

/** Returns directories that stay and lose all they held: nothing but their own node tells that they are tracked. */
export function emptiedDirectories(
  source: NodeSource,
  targetRoot: Hash,
  differences: readonly TreeDifference[],
): RepoPath[] {
  const parents = new Set<RepoPath>();
  for (const { path, right } of differences) if (right === undefined) parents.add(parentPath(path));
  parents.delete(rootPath);
  return [...parents].filter((path) => {
    const entry = lookupPath(source, targetRoot, path);
    return entry?.kind === 'dir' && subdirectoryNodeOf(entry).entryCount === 0;
  });
}

/** What is to be made: files that are not on disk yet as wanted, and directories that hold nothing. */
function planWrites(differences: readonly TreeDifference[], done: ReadonlySet<RepoPath>) {
  const writes = new Map<RepoPath, FileToWrite[]>();
  const emptyDirectories: RepoPath[] = [];
  const untouched: TreeDifference[] = [];
  for (const difference of differences) {
    const { path, right } = difference;
    if (right === undefined) continue;
    if (right.kind === 'dir') {
      if (subdirectoryNodeOf(right).entryCount === 0) emptyDirectories.push(path);
    } else if (done.has(path)) untouched.push(difference);
    else append(writes, path, { name: right.name, hash: right.hash, sizeBytes: right.sizeBytes });
  }
  return { writes: inOrder(writes), emptyDirectories, untouched };
}

function inOrder(writes: ReadonlyMap<RepoPath, FileToWrite[]>): DirectoryToWrite[] {
  return [...writes].map(([directory, files]) => ({
    directory,
    files: files.sort((a, b) => compareBytewise(a.name, b.name)),
  }));
}

function append<Item>(groups: Map<RepoPath, Item[]>, path: RepoPath, item: Item): void {
  const directory = parentPath(path);
  const group = groups.get(directory);
  if (group === undefined) groups.set(directory, [item]);
  else group.push(item);
}
