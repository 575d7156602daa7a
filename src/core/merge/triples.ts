/**
 * Reads one directory in three trees side by side. With equal numbers of vnodes a name lies in the same bucket everywhere,
 * so buckets are read one at a time and those that cannot matter are not read at all.
 */
import { childHashAt } from '../format/node-file.js';
import type { Hash } from '../model/hash.js';
import { compareBytewise } from '../model/path.js';
import {
  type NodeSource,
  readDirectory,
  requireNode,
  type TreeEntry,
  vnodeEntries,
} from '../tree/read.js';
import { isSameFile } from './file-rule.js';

/** The ids of one directory in the three trees. */
export interface DirectoryIds {
  readonly base: Hash | undefined;
  readonly ours: Hash | undefined;
  readonly theirs: Hash | undefined;
}

/** One name of a directory in the three trees. */
export interface Triple {
  readonly name: string;
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

/** Which of three nodes or entries are the same; two that are absent are the same. */
export interface Sameness {
  readonly baseOurs: boolean;
  readonly baseTheirs: boolean;
  readonly oursTheirs: boolean;
}

/**
 * Returns the names of a directory, ascending bytewise, without those that `skips` passes over.
 * Memory follows the names returned, and the entries of one bucket; of the directory when it grew by a bucket.
 * @param skips is asked for vnodes and for entries; what it passes over is not read
 * @throws IntegrityError when a node is missing or damaged
 */
export function readTriples(
  source: NodeSource,
  ids: DirectoryIds,
  skips: (sameness: Sameness) => boolean,
): Triple[] {
  const triples: Triple[] = [];
  const buckets = commonBuckets(source, ids);
  if (buckets === undefined) {
    joinByName(
      readAll(source, ids.base),
      readAll(source, ids.ours),
      readAll(source, ids.theirs),
      (triple) => skips(compareEntries(triple)) || triples.push(triple),
    );
    return triples;
  }
  for (const { base, ours, theirs } of buckets) {
    const sameness = {
      baseOurs: base === ours,
      baseTheirs: base === theirs,
      oursTheirs: ours === theirs,
    };
    if (skips(sameness)) continue;
    joinByName(
      readBucket(source, base),
      readBucket(source, ours),
      readBucket(source, theirs),
      (triple) => skips(compareEntries(triple)) || triples.push(triple),
    );
  }
  if (buckets.length > 1) triples.sort((left, right) => compareBytewise(left.name, right.name));
  return triples;
}

function compareEntries({ base, ours, theirs }: Triple): Sameness {
  return {
    baseOurs: isSameEntry(base, ours),
    baseTheirs: isSameEntry(base, theirs),
    oursTheirs: isSameEntry(ours, theirs),
  };
}

function isSameEntry(left: TreeEntry | undefined, right: TreeEntry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.kind !== right.kind) return false;
  return left.kind === 'dir' ? left.hash === right.hash : isSameFile(left, right);
}

/** Returns the vnode ids bucket by bucket, or undefined when the directories have different numbers of them. */
function commonBuckets(source: NodeSource, ids: DirectoryIds): DirectoryIds[] | undefined {
  const [base, ours, theirs] = [ids.base, ids.ours, ids.theirs].map((id) =>
    id === undefined ? undefined : requireNode(source, id, 'dir'),
  );
  const counts = [base, ours, theirs].flatMap((dir) => (dir === undefined ? [] : dir.childCount));
  const count = counts[0] ?? 0;
  if (counts.some((other) => other !== count)) return undefined;
  return Array.from({ length: count }, (_, bucket) => ({
    base: base && childHashAt(base, bucket),
    ours: ours && childHashAt(ours, bucket),
    theirs: theirs && childHashAt(theirs, bucket),
  }));
}

function readAll(source: NodeSource, dirId: Hash | undefined): readonly TreeEntry[] {
  return dirId === undefined ? [] : readDirectory(source, dirId);
}

function readBucket(source: NodeSource, vnodeId: Hash | undefined): readonly TreeEntry[] {
  return vnodeId === undefined ? [] : vnodeEntries(requireNode(source, vnodeId, 'vnode'));
}

/** Joins three lists that ascend by name. */
function joinByName(
  base: readonly TreeEntry[],
  ours: readonly TreeEntry[],
  theirs: readonly TreeEntry[],
  visit: (triple: Triple) => void,
): void {
  let baseNext = 0;
  let oursNext = 0;
  let theirsNext = 0;
  for (;;) {
    const name = lowest(
      lowest(base[baseNext]?.name, ours[oursNext]?.name),
      theirs[theirsNext]?.name,
    );
    if (name === undefined) return;
    visit({
      name,
      base: base[baseNext]?.name === name ? base[baseNext++] : undefined,
      ours: ours[oursNext]?.name === name ? ours[oursNext++] : undefined,
      theirs: theirs[theirsNext]?.name === name ? theirs[theirsNext++] : undefined,
    });
  }
}

function lowest(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareBytewise(left, right) <= 0 ? left : right;
}
