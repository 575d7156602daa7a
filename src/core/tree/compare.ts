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
  if (left?.kind === right?.kind && left?.hash === right?.hash) return;
  if (left?.kind !== 'dir' || right?.kind !== 'dir') yield { path, left, right };
  const leftDir = left?.kind === 'dir' ? left.hash : undefined;
  const rightDir = right?.kind === 'dir' ? right.hash : undefined;
  yield* compareTrees(source, leftDir, rightDir, path);
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
