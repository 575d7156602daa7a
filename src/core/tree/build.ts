/**
 * Computes what a commit makes of a directory: vnode ids, directory id, counters (the rule: design.md, "The Merkle
 * tree"). Nothing is read or written here; `encode` writes the nodes once the commit id is known.
 */
import { EntryPeek } from '../format/entry-peek.js';
import { decodeVNode } from '../format/node-codec.js';
import {
  childEnd,
  childHashOffset,
  childStart,
  type NodeView,
  parseNode,
  peekChild,
} from '../format/node-file.js';
import { userMetadataHashInto } from '../format/user-metadata.js';
import { hashBytesLength } from '../model/hash.js';
import type { BuildDirsInput, BuiltDirectory, DirectoryChange } from '../model/jobs.js';
import { nodeTypes } from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import { type DirectoryPlan, type Entry, planDirectory } from './directory-plan.js';
import { dirIdInto, VNodeIdBuilder } from './ids.js';
import { readUserMetadata } from './node-rules.js';

/** Does the job `buildDirs`: builds directories one by one, in the order given. */
export function buildDirectories(input: BuildDirsInput): readonly BuiltDirectory[] {
  return input.directories.map(buildDirectory);
}

const ids = new VNodeIdBuilder();

/** Returns ids and counters of one directory. @throws IntegrityError when stored nodes or staged runs are damaged */
export function buildDirectory(change: DirectoryChange): BuiltDirectory {
  const plan = planDirectory(change);
  const kept = change.isPartial && change.existing ? parseNode(change.existing.dir) : undefined;
  const vnodeHashes = new Uint8Array(plan.bucketCount * hashBytesLength);
  const vnodeEntryCounts = new Uint32Array(plan.bucketCount);
  if (kept !== undefined) copyVNodes(kept, vnodeHashes, vnodeEntryCounts);
  const path = change.path as RepoPath;
  for (const { bucket, entries } of plan.buckets) {
    ids.start(path);
    for (const entry of entries) addEntry(entry);
    ids.finish(vnodeHashes, bucket * hashBytesLength);
    vnodeEntryCounts[bucket] = entries.length;
  }
  const { entryCount, totals } = plan;
  const hash = new Uint8Array(hashBytesLength);
  dirIdInto(path, vnodeHashes, hash, 0);
  return {
    hash,
    vnodeHashes,
    vnodeEntryCounts,
    madeBuckets: madeBuckets(plan),
    entryCount,
    totals,
  };
}

function madeBuckets(plan: DirectoryPlan): Uint32Array {
  return Uint32Array.from(plan.buckets, ({ bucket }) => bucket);
}

function copyVNodes(dir: NodeView, hashes: Uint8Array, entryCounts: Uint32Array): void {
  for (let bucket = 0; bucket < dir.childCount; bucket++) {
    const start = childHashOffset(dir, bucket);
    hashes.set(dir.node.subarray(start, start + hashBytesLength), bucket * hashBytesLength);
    const vnode = decodeVNode(dir.children, childStart(dir, bucket), childEnd(dir, bucket));
    entryCounts[bucket] = vnode.entryCount;
  }
}

const nameScratch = Buffer.alloc(4096); // names are at most 255 bytes, those of foreign trees a little more

function addEntry(entry: Entry): void {
  if (entry.kind === 'kept') {
    addKept(entry.vnode, entry.child);
    return;
  }
  const name = nameScratch.subarray(0, nameScratch.write(entry.name));
  if (entry.kind === 'directory') ids.dir(name, entry.change.hash, 0);
  else {
    const { run, row } = entry;
    const metadata = run.metadataAt(row);
    userMetadataHashInto(metadata, 0, metadata.length, userMetadata, 0);
    const size = run.sizes[row] ?? 0;
    ids.fileWithMetadata(name, run.hashes, row * hashBytesLength, size, userMetadata);
  }
}

const peek = new EntryPeek();
const userMetadata = new Uint8Array(hashBytesLength);

function addKept(vnode: NodeView, child: number): void {
  peekChild(vnode, child, peek);
  const name = vnode.children.subarray(peek.nameStart, peek.nameEnd);
  const hashOffset = childHashOffset(vnode, child);
  if (peek.type === nodeTypes.dir) ids.dir(name, vnode.node, hashOffset);
  else {
    readUserMetadata(vnode, peek, userMetadata);
    ids.fileWithMetadata(name, vnode.node, hashOffset, peek.sizeBytes, userMetadata);
  }
}
