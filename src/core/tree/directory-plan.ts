/**
 * Which entries a directory holds after a commit and in which bucket each one lies. Building ids and writing nodes
 * both start from this plan; it is computed twice rather than kept, so that memory does not grow with the commit.
 */
import { vnodeCount } from '../format/buckets.js';
import { EntryPeek, peekEntry, peekedName } from '../format/entry-peek.js';
import { textAt } from '../format/msgpack-reader.js';
import { decodeDir } from '../format/node-codec.js';
import {
  childEnd,
  childStart,
  childTypeAt,
  type NodeView,
  parseNode,
  payloadStart,
} from '../format/node-file.js';
import { StagedRun, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import type { DirectoryChange, SubdirectoryChange } from '../model/jobs.js';
import { nodeTypes } from '../model/node.js';
import { type RepoPath, sortBytewise } from '../model/path.js';
import { BucketFinder } from './bucket.js';
import { countFile, countTotals, dataTypeNumber, emptyTotals, totalsOf } from './totals.js';

/** An entry of a directory and where it comes from. */
export type Entry =
  | {
      readonly kind: 'kept';
      readonly name: string;
      readonly vnode: NodeView;
      readonly child: number;
    }
  | {
      readonly kind: 'staged';
      readonly name: string;
      readonly run: StagedRun;
      readonly row: number;
    }
  | { readonly kind: 'directory'; readonly name: string; readonly change: SubdirectoryChange };

/** What a directory will hold. */
export interface DirectoryPlan {
  readonly bucketCount: number;
  readonly entryCount: number;
  readonly buckets: readonly { readonly bucket: number; readonly entries: readonly Entry[] }[]; // those to be made, ascending
  readonly totals: Float64Array; // as in `BuiltDirectory`
}

/** An entry that appears, changes, or (without `entry`) disappears. */
interface Override {
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** Returns the plan of one directory. @throws IntegrityError when stored nodes or staged runs are damaged */
export function planDirectory(change: DirectoryChange): DirectoryPlan {
  const overrides = listOverrides(change);
  if (change.existing === undefined) return planNew(change.path, overrides);
  if (change.isPartial) return planPartial(change, overrides);
  return planFull(change, overrides);
}

/** A directory without a past: the overrides are its entries, in order already. */
function planNew(path: string, overrides: readonly Override[]): DirectoryPlan {
  const entries = overrides.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  return spread(path, entries, sumTotals(entries));
}

/** Everything is put together again: the number of vnodes changes, or the directory is not by our rule. */
function planFull(change: DirectoryChange, overrides: readonly Override[]): DirectoryPlan {
  const byName = new Map<string, Entry>();
  for (const { blobs } of change.existing?.vnodes ?? []) {
    for (const entry of listKept(parseNode(blobs))) byName.set(entry.name, entry);
  }
  for (const { name, entry } of overrides) {
    if (entry === undefined) byName.delete(name);
    else byName.set(name, entry);
  }
  const entries = inOrder(byName);
  return spread(change.path, entries, sumTotals(entries));
}

/** Only some buckets change, the others keep their nodes; totals follow by difference. */
function planPartial(change: DirectoryChange, overrides: readonly Override[]): DirectoryPlan {
  const dir = parseNode(change.existing?.dir ?? emptyNode);
  const stored = decodeDir(dir.node, payloadStart, dir.payloadEnd);
  const bucketCount = dir.childCount;
  const byBucket = new Map<number, Override[]>();
  const bucketer = new Bucketer(change.path, bucketCount);
  for (const override of overrides) {
    const bucket = bucketer.bucketOf(override.name);
    const list = byBucket.get(bucket);
    if (list === undefined) byBucket.set(bucket, [override]);
    else list.push(override);
  }
  const totals = totalsOf(stored);
  let entryCount = stored.entryCount;
  const buckets = (change.existing?.vnodes ?? []).map(({ bucket, blobs }) => {
    const byName = new Map(listKept(parseNode(blobs)).map((entry) => [entry.name, entry]));
    const before = byName.size;
    for (const { name, entry } of byBucket.get(bucket) ?? []) {
      const old = byName.get(name);
      if (old !== undefined) countEntry(totals, old, -1);
      if (entry === undefined) byName.delete(name);
      else {
        countEntry(totals, entry, 1);
        byName.set(name, entry);
      }
    }
    entryCount += byName.size - before;
    return { bucket, entries: inOrder(byName) };
  });
  return { bucketCount, entryCount, buckets, totals };
}

const emptyNode = { node: new Uint8Array(0), children: new Uint8Array(0) };

/** Returns staged files and changed subdirectories as one list, ascending by name. */
function listOverrides(change: DirectoryChange): Override[] {
  const files: Override[] = [];
  for (const bytes of change.staged) {
    const run = new StagedRun(bytes);
    const names = run.names.all;
    for (let row = 0; row < run.count; row++) {
      if (run.kinds[row] !== stagedKinds.file) continue;
      const name = names[row] ?? '';
      const isRemoved = run.statuses[row] === stagedStatuses.removed;
      files.push({ name, entry: isRemoved ? undefined : { kind: 'staged', name, run, row } });
    }
  }
  if (change.subdirectories.length === 0) return files;
  return mergeOverrides(files, change.subdirectories);
}

/** Joins two lists that ascend by name. */
function mergeOverrides(
  files: readonly Override[],
  subdirectories: readonly SubdirectoryChange[],
): Override[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const change of subdirectories) {
    const { name, isRemoved } = change;
    const entry: Entry | undefined = isRemoved ? undefined : { kind: 'directory', name, change };
    // A name is in both lists when a file took the place of a directory or the other way round: what exists wins.
    if (byName.get(name)?.entry === undefined) byName.set(name, { name, entry });
  }
  return sortBytewise([...byName.keys()]).flatMap((name) => byName.get(name) ?? []);
}

function listKept(vnode: NodeView): Entry[] {
  const peek = new EntryPeek();
  return Array.from({ length: vnode.childCount }, (_, child) => {
    peekEntry(vnode.children, childStart(vnode, child), childEnd(vnode, child), peek);
    return { kind: 'kept', name: peekedName(vnode.children, peek), vnode, child };
  });
}

function inOrder(byName: ReadonlyMap<string, Entry>): Entry[] {
  return sortBytewise([...byName.keys()]).flatMap((name) => byName.get(name) ?? []);
}

/** Spreads entries, ascending by name, over their buckets; each bucket stays in order. */
function spread(path: string, entries: readonly Entry[], totals: Float64Array): DirectoryPlan {
  const bucketCount = vnodeCount(entries.length);
  const entryCount = entries.length;
  if (bucketCount === 1)
    return { bucketCount, entryCount, buckets: [{ bucket: 0, entries }], totals };
  const lists: Entry[][] = Array.from({ length: bucketCount }, () => []);
  const bucketer = new Bucketer(path, bucketCount);
  for (const entry of entries) lists[bucketer.bucketOf(entry.name)]?.push(entry);
  const buckets = lists.map((list, bucket) => ({ bucket, entries: list }));
  return { bucketCount, entryCount, buckets, totals };
}

function sumTotals(entries: readonly Entry[]): Float64Array {
  const totals = emptyTotals();
  for (const entry of entries) countEntry(totals, entry, 1);
  return totals;
}

const keptPeek = new EntryPeek();
const nameScratch = Buffer.alloc(4096); // names are at most 255 bytes, those of foreign trees a little more

function countEntry(totals: Float64Array, entry: Entry, sign: 1 | -1): void {
  if (entry.kind === 'staged') {
    countFile(totals, entry.run.dataTypes[entry.row] ?? 0, entry.run.sizes[entry.row] ?? 0, sign);
  } else if (entry.kind === 'directory') {
    countTotals(totals, entry.change.totals, sign);
  } else {
    countKept(totals, entry.vnode, entry.child, sign);
  }
}

function countKept(totals: Float64Array, vnode: NodeView, child: number, sign: 1 | -1): void {
  const { children } = vnode;
  const start = childStart(vnode, child);
  const end = childEnd(vnode, child);
  if (childTypeAt(vnode, child) === nodeTypes.dir) {
    countTotals(totals, totalsOf(decodeDir(children, start, end)), sign);
    return;
  }
  peekEntry(children, start, end, keptPeek);
  const type = textAt(children, keptPeek.dataTypeStart, keptPeek.dataTypeEnd);
  countFile(totals, dataTypeNumber(type), keptPeek.sizeBytes, sign);
}

/** Finds the bucket of each name of one directory. */
export class Bucketer {
  readonly #finder: BucketFinder | undefined; // none where all names have the same one, as in most directories

  constructor(directory: string, bucketCount: number) {
    if (bucketCount > 1) this.#finder = new BucketFinder(directory as RepoPath, bucketCount);
  }

  /** Returns the bucket of the entry `name`. */
  bucketOf(name: string): number {
    return this.#finder?.find(nameScratch, 0, nameScratch.write(name)) ?? 0;
  }
}
