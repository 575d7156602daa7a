/**
 * What the number of entries per vnode decides: bytes that a commit of one changed file rewrites in a large flat directory,
 * the size of the directory's own node, and the time to build, to open one path and to walk. The figures of
 * docs/decisions/0001-entries-per-vnode.md come from here.
 */
import { vnodeCount } from '../../src/core/format/buckets.js';
import { EntryPeek } from '../../src/core/format/entry-peek.js';
import { encodeFileInto, FileColumns } from '../../src/core/format/file-payload.js';
import { hashInto } from '../../src/core/format/hashing.js';
import { MsgpackWriter } from '../../src/core/format/msgpack.js';
import { encodeDir, encodeVNode } from '../../src/core/format/node-codec.js';
import {
  assembleNode,
  ChildList,
  findChild,
  type NodeView,
  parseNode,
  peekChild,
} from '../../src/core/format/node-file.js';
import { type Hash, hashFromBytes } from '../../src/core/model/hash.js';
import { type NodeBlobs, nodeTypes } from '../../src/core/model/node.js';
import type { RepoPath } from '../../src/core/model/path.js';
import { BucketFinder, groupByBucket } from '../../src/core/tree/bucket.js';
import { dirIdInto } from '../../src/core/tree/ids.js';
import { vnodeIdInto } from '../../src/core/tree/node-rules.js';

const directory = 'images' as RepoPath;

/** One row of the comparison. */
export interface VNodeSizeRow {
  readonly fileCount: number;
  readonly entriesPerVNode: number;
  readonly vnodeCount: number;
  readonly rewrittenBytes: number; // blobs of one vnode and of the directory, mean over vnodes
  readonly dirBytes: number; // the directory's own two blobs
  readonly buildMs: number; // bucket, sort, encode and hash everything
  readonly updateMs: number; // encode and hash one vnode and the directory
  readonly openUs: number; // bucket, then binary search, of one path with all blobs at hand
  readonly walkMs: number; // peek at every entry
}

/** Measures directories of `fileCount` files; times are the best of five. */
export function measureVNodeSizes(
  fileCount: number,
  sizes: readonly number[] = [500, 1000, 2000, 10_000],
): VNodeSizeRow[] {
  const files = makeFiles(fileCount);
  return sizes.map((entriesPerVNode) => measure(files, entriesPerVNode));
}

interface Files {
  readonly names: readonly Buffer[];
  readonly hashes: Uint8Array;
}

interface Built {
  readonly vnodes: readonly NodeView[];
  readonly dir: NodeBlobs;
}

function makeFiles(fileCount: number): Files {
  const names = Array.from({ length: fileCount }, (_, index) =>
    Buffer.from(`img_${String(index).padStart(8, '0')}.jpg`),
  );
  const hashes = new Uint8Array(fileCount * 16);
  names.forEach((name, index) => {
    hashInto(name, hashes, index * 16);
  });
  return { names, hashes };
}

function measure(files: Files, entriesPerVNode: number): VNodeSizeRow {
  const fileCount = files.names.length;
  const count = vnodeCount(fileCount, entriesPerVNode);
  const build = best(() => buildDirectory(files, count));
  const { vnodes, dir } = build.result;
  const finder = new BucketFinder(directory, count);
  const peek = new EntryPeek();
  const vnodeBytes = vnodes.reduce((sum, view) => sum + view.node.length + view.children.length, 0);
  const dirBytes = dir.node.length + dir.children.length;
  const open = best(() => {
    for (let index = 0; index < fileCount; index += 97) {
      const name = files.names[index] ?? Buffer.alloc(0);
      const view = vnodes[finder.find(name, 0, name.length)];
      if (view === undefined || findChild(view, name, peek) < 0) throw new Error('not found');
    }
  });
  const walk = best(() => {
    for (const view of vnodes) {
      for (let index = 0; index < view.childCount; index++) peekChild(view, index, peek);
    }
  });
  const first = groupByBucket(bucketsOf(files, count), count);
  const update = best(() => {
    const ids = new Uint8Array(count * 16);
    const view = buildVNode(files, first.order.subarray(0, first.starts[1]), ids, 0);
    return [view, buildDir(ids, vnodes)];
  });
  return {
    fileCount,
    entriesPerVNode,
    vnodeCount: count,
    rewrittenBytes: Math.round(vnodeBytes / count) + dirBytes,
    dirBytes,
    buildMs: build.ms,
    updateMs: update.ms,
    openUs: (open.ms * 1000) / Math.ceil(fileCount / 97),
    walkMs: walk.ms,
  };
}

const writer = new MsgpackWriter(2 ** 22);
const list = new ChildList();
const row = new FileColumns();
row.dataType = 'image';
row.mimeType = 'image/jpeg';
row.metadata = Uint8Array.of(0x91, 0x93, 0xcd, 2, 128, 0xcd, 1, 224, 0xc0);
row.metadataEnd = row.metadata.length;
row.metadataHashOffset = 0;

function bucketsOf(files: Files, count: number): Uint32Array {
  const finder = new BucketFinder(directory, count);
  return Uint32Array.from(files.names, (name) => finder.find(name, 0, name.length));
}

function buildDirectory(files: Files, count: number): Built {
  const groups = groupByBucket(bucketsOf(files, count), count);
  const ids = new Uint8Array(count * 16);
  const vnodes = Array.from({ length: count }, (_, bucket) =>
    buildVNode(
      files,
      groups.order.subarray(groups.starts[bucket], groups.starts[bucket + 1]),
      ids,
      bucket * 16,
    ),
  );
  return { vnodes, dir: buildDir(ids, vnodes) };
}

function buildVNode(files: Files, order: Uint32Array, ids: Uint8Array, idOffset: number): NodeView {
  writer.reset();
  list.reset();
  row.hash = row.combinedHash = row.metadataHash = row.lastCommitId = files.hashes;
  for (const index of order) {
    const start = writer.length;
    row.name = files.names[index] ?? row.name;
    row.nameEnd = row.name.length;
    row.hashOffset = row.combinedHashOffset = index * 16;
    row.sizeBytes = 100_000 + index;
    row.modifiedSeconds = 1_795_245_354;
    row.modifiedNanoseconds = 770_352_893;
    encodeFileInto(writer, row);
    list.add(nodeTypes.file, files.hashes, index * 16, writer.length - start);
  }
  const payload = encodeVNode({ hash: '1' as Hash, entryCount: order.length });
  const node = assembleNode(nodeTypes.vnode, new Uint8Array(16), payload, list);
  const view = parseNode({ node, children: writer.copy() });
  vnodeIdInto(directory, view, ids, idOffset);
  return view;
}

function buildDir(ids: Uint8Array, vnodes: readonly NodeView[]): NodeBlobs {
  const id = new Uint8Array(16);
  dirIdInto(directory, ids, id, 0);
  list.reset();
  const payloads = vnodes.map((view, index) => {
    const payload = encodeVNode({
      hash: hashFromBytes(ids, index * 16),
      entryCount: view.childCount,
    });
    list.add(nodeTypes.vnode, ids, index * 16, payload.length);
    return payload;
  });
  const counts = new Map([['image', 1]]);
  const payload = encodeDir({
    hash: hashFromBytes(id),
    name: directory,
    entryCount: 1,
    sizeBytes: 1,
    lastCommitId: '1' as Hash,
    dataTypeCounts: counts,
    dataTypeSizes: counts,
  });
  return {
    node: assembleNode(nodeTypes.dir, new Uint8Array(16), payload, list),
    children: Buffer.concat(payloads),
  };
}

function best<T>(run: () => T): { readonly ms: number; readonly result: T } {
  let ms = Number.POSITIVE_INFINITY;
  let result = run();
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    result = run();
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, result };
}
