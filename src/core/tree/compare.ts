/**
 * Compares two stored trees. Directories and vnodes with equal ids hold the same content and are not read. Files are the
 * same when their contents are; metadata, times and the commit that brought them are no difference.
 */
import { childHashAt, type NodeView } from '../format/node-file.js';
import type { Hash } from '../model/hash.js';
import { compareBytewise, joinPath, type RepoPath } from '../model/path.js';
import { requireReal } from './nesting.js';
import {
  type NodeSource,
  readDirectory,
  requireNode,
  type TreeEntry,
  vnodeEntries,
} from './read.js';

/** A path that is not the same on both sides; a side is absent where nothing is. Never two equal files. */
export interface TreeDifference {
  readonly path: RepoPath;
  readonly left: TreeEntry | undefined;
  readonly right: TreeEntry | undefined;
}

/** What differs among the entries of one directory, ascending by path; never empty. */
export interface DirectoryDifferences {
  readonly directory: RepoPath;
  readonly differences: readonly TreeDifference[];
}

/**
 * Yields the differences between two directories at the same path, either of which may be absent, ascending by path within
 * each directory. A directory that only one side has is yielded before its contents; one that both sides have is
 * not yielded, only what differs inside. A file that became a directory is yielded as one difference, then the contents.
 * @throws IntegrityError when a node is missing or damaged
 */
export function* compareTrees(
  source: NodeSource,
  left: Hash | undefined,
  right: Hash | undefined,
  path: RepoPath,
): Generator<TreeDifference> {
  if (left === right) return;
  requireReal(path);
  for (const [leftEntry, rightEntry] of pairDirectories(source, left, right)) {
    const name = (leftEntry ?? rightEntry)?.name ?? '';
    yield* compareEntries(source, joinPath(path, name), leftEntry, rightEntry);
  }
}

function* compareEntries(
  source: NodeSource,
  path: RepoPath,
  left: TreeEntry | undefined,
  right: TreeEntry | undefined,
): Generator<TreeDifference> {
  if (isDifference(left, right)) yield { path, left, right };
  yield* compareTrees(source, directoryId(left), directoryId(right), path);
}

/**
 * Yields what `compareTrees` yields, directory by directory: what differs among a directory's own entries, then its subdirectories.
 * Of one directory at a time, and those above it, anything is kept.
 * @throws IntegrityError when a node is missing or damaged
 */
export function* compareDirectories(
  source: NodeSource,
  left: Hash | undefined,
  right: Hash | undefined,
  directory: RepoPath,
): Generator<DirectoryDifferences> {
  if (left === right) return;
  requireReal(directory);
  const { differences, below } = compareOwnEntries(source, left, right, directory);
  if (differences.length > 0) yield { directory, differences };
  for (const { path, leftId, rightId } of below) {
    yield* compareDirectories(source, leftId, rightId, path);
  }
}

function compareOwnEntries(
  source: NodeSource,
  left: Hash | undefined,
  right: Hash | undefined,
  directory: RepoPath,
) {
  const differences: TreeDifference[] = [];
  const below: { path: RepoPath; leftId: Hash | undefined; rightId: Hash | undefined }[] = [];
  for (const [leftEntry, rightEntry] of pairDirectories(source, left, right)) {
    const path = joinPath(directory, (leftEntry ?? rightEntry)?.name ?? '');
    if (isDifference(leftEntry, rightEntry)) {
      differences.push({ path, left: leftEntry, right: rightEntry });
    }
    const leftId = directoryId(leftEntry);
    const rightId = directoryId(rightEntry);
    if (leftId !== rightId) below.push({ path, leftId, rightId });
  }
  return { differences, below };
}

/** Says whether what the two sides have at one path is a difference of its own; of two directories only what they hold is. */
export function isDifference(left: TreeEntry | undefined, right: TreeEntry | undefined): boolean {
  if (left?.kind !== right?.kind) return true;
  return left?.kind === 'file' && left.hash !== right?.hash;
}

function directoryId(entry: TreeEntry | undefined): Hash | undefined {
  return entry?.kind === 'dir' ? entry.hash : undefined;
}

type Pair = readonly [TreeEntry | undefined, TreeEntry | undefined];

function pairDirectories(
  source: NodeSource,
  left: Hash | undefined,
  right: Hash | undefined,
): Pair[] {
  if (left === undefined || right === undefined) {
    const entries = readDirectory(source, (left ?? right) as Hash);
    return entries.map((entry) => (left === undefined ? [undefined, entry] : [entry, undefined]));
  }
  const leftDir = requireNode(source, left, 'dir');
  const rightDir = requireNode(source, right, 'dir');
  // With the same number of vnodes a name lies in the same bucket on both sides.
  if (leftDir.childCount === rightDir.childCount) return pairBuckets(source, leftDir, rightDir);
  return pairEntries(readDirectory(source, left), readDirectory(source, right));
}

function pairBuckets(source: NodeSource, left: NodeView, right: NodeView): Pair[] {
  const pairs: Pair[] = [];
  for (let bucket = 0; bucket < left.childCount; bucket++) {
    const leftId = childHashAt(left, bucket);
    const rightId = childHashAt(right, bucket);
    if (leftId === rightId) continue;
    const leftEntries = vnodeEntries(requireNode(source, leftId, 'vnode'));
    const rightEntries = vnodeEntries(requireNode(source, rightId, 'vnode'));
    for (const pair of pairEntries(leftEntries, rightEntries)) pairs.push(pair);
  }
  if (left.childCount > 1) pairs.sort((a, b) => compareBytewise(nameOf(a), nameOf(b)));
  return pairs;
}

/** Joins two lists that ascend by name. */
function pairEntries(left: readonly TreeEntry[], right: readonly TreeEntry[]): Pair[] {
  const pairs: Pair[] = [];
  let next = 0;
  for (const entry of left) {
    for (; next < right.length; next++) {
      const other = right[next];
      if (other === undefined || compareBytewise(other.name, entry.name) >= 0) break;
      pairs.push([undefined, other]);
    }
    const same = right[next]?.name === entry.name ? right[next++] : undefined;
    if (same?.hash !== entry.hash || same.kind !== entry.kind) pairs.push([entry, same]);
  }
  for (; next < right.length; next++) pairs.push([undefined, right[next]]);
  return pairs;
}

function nameOf([left, right]: Pair): string {
  return (left ?? right)?.name ?? '';
}
