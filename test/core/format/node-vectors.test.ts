import { expect, test } from 'vitest';
import { bucketOf, vnodeCount } from '../../../src/core/format/buckets.js';
import { EntryPeek, metadataEndOf, peekedName } from '../../../src/core/format/entry-peek.js';
import { encodeFileInto, FileColumns } from '../../../src/core/format/file-payload.js';
import { MsgpackWriter } from '../../../src/core/format/msgpack.js';
import { checkNode } from '../../../src/core/format/node-check.js';
import {
  decodeCommit,
  decodeDir,
  decodeFile,
  decodeVNode,
  encodeCommit,
  encodeDir,
  encodeFile,
  encodeVNode,
} from '../../../src/core/format/node-codec.js';
import {
  assembleNode,
  ChildList,
  childPayloadAt,
  childTypeAt,
  findChild,
  type NodeView,
  parentIdOf,
  payloadOf,
  peekChild,
} from '../../../src/core/format/node-file.js';
import { hashFromBigEndian, hashToBytes } from '../../../src/core/model/hash.js';
import { type FileNode, nodeTypes } from '../../../src/core/model/node.js';
import {
  loadVectors,
  type NodeValue,
  oracleHash,
  recordedCases,
  type StoredVector,
  storedVectors,
} from '../../helpers/node-vectors.js';

const vectors = recordedCases.flatMap(storedVectors);

function encode(node: NodeValue): Uint8Array {
  if (node.kind === 'commit') return encodeCommit(node.value);
  if (node.kind === 'dir') return encodeDir(node.value);
  return node.kind === 'vnode' ? encodeVNode(node.value) : encodeFile(node.value);
}

function decode(kind: NodeValue['kind'], payload: Uint8Array): unknown {
  if (kind === 'commit') return decodeCommit(payload);
  if (kind === 'dir') return decodeDir(payload);
  return kind === 'vnode' ? decodeVNode(payload) : plainFile(decodeFile(payload));
}

/** Buffers and arrays of the same bytes are not equal for `toEqual`. */
function plainFile(file: FileNode): unknown {
  return { ...file, metadata: [...file.metadata] };
}

function nodeValueOf(node: NodeValue): unknown {
  return node.kind === 'file' ? plainFile(node.value) : node.value;
}

function childHash(node: NodeValue): Uint8Array {
  return hashToBytes(node.kind === 'commit' ? node.value.id : node.value.hash);
}

function assemble(vector: StoredVector): { node: string; children: string } {
  const list = new ChildList();
  const payloads = vector.children.map((child) => encode(child));
  vector.children.forEach((child, index) => {
    list.add(nodeTypes[child.kind], childHash(child), 0, payloads[index]?.length ?? 0);
  });
  const type = nodeTypes[vector.node.kind];
  const node = assembleNode(type, hashToBytes(vector.parentId), encode(vector.node), list);
  return {
    node: Buffer.from(node).toString('base64'),
    children: Buffer.concat(payloads).toString('base64'),
  };
}

test('the vectors hold the hundred nodes of the five cases', () => {
  expect(vectors.length).toBe(100);
});

test.each(vectors)('writes the blobs of the original from values: $title', (vector) => {
  expect(assemble(vector)).toEqual({
    node: Buffer.from(vector.blobs.node).toString('base64'),
    children: Buffer.from(vector.blobs.children).toString('base64'),
  });
});

test.each(vectors)('reads the blobs of the original back into values: $title', (vector) => {
  const view = checkNode(vector.id, vector.blobs);
  expect(parentIdOf(view)).toBe(vector.parentId);
  expect(decode(vector.node.kind, payloadOf(view))).toEqual(nodeValueOf(vector.node));
  expect(view.childCount).toBe(vector.children.length);
  vector.children.forEach((child, index) => {
    const payload = childPayloadAt(view, index);
    expect(decode(child.kind, payload)).toEqual(nodeValueOf(child));
    expect(childTypeAt(view, index)).toBe(nodeTypes[child.kind]);
  });
});

const entries = vectors
  .filter((vector) => vector.node.kind === 'vnode')
  .map((vector) => ({ vector, view: checkNode(vector.id, vector.blobs) }));

function eachEntry(check: (view: NodeView, index: number, child: NodeValue) => void): void {
  for (const { vector, view } of entries) {
    vector.children.forEach((child, index) => {
      check(view, index, child);
    });
  }
}

test('peeks at every entry of every vnode without decoding it', () => {
  const peek = new EntryPeek();
  eachEntry((view, index, child) => {
    if (child.kind !== 'file' && child.kind !== 'dir') throw new Error('not an entry');
    peekChild(view, index, peek);
    const bytes = view.children;
    expect(peekedName(bytes, peek)).toBe(child.value.name);
    expect(hashFromBigEndian(bytes, peek.hashOffset)).toBe(child.value.hash);
    expect(hashFromBigEndian(bytes, peek.lastCommitIdOffset)).toBe(child.value.lastCommitId);
    expect(peek.sizeBytes).toBe(child.value.sizeBytes);
    if (child.kind === 'dir') return expect(peek.entryCount).toBe(child.value.entryCount);
    expect(peek.modifiedSeconds).toBe(child.value.modified.seconds);
    expect(peek.modifiedNanoseconds).toBe(child.value.modified.nanoseconds);
    const metadata = bytes.subarray(peek.metadataStart, metadataEndOf(bytes, peek));
    expect([...metadata]).toEqual([...child.value.metadata]);
  });
});

test('finds every entry of every vnode by its name', () => {
  const peek = new EntryPeek();
  eachEntry((view, index, child) => {
    if (child.kind !== 'file' && child.kind !== 'dir') throw new Error('not an entry');
    expect(findChild(view, Buffer.from(child.value.name), peek)).toBe(index);
    expect(findChild(view, Buffer.from(`${child.value.name}\x01`), peek)).toBe(-1);
  });
});

test('writes every file payload from columns as the original wrote it', () => {
  const writer = new MsgpackWriter(16);
  const columns = new FileColumns();
  eachEntry((view, index, child) => {
    if (child.kind !== 'file') return;
    const { value } = child;
    columns.name = Buffer.from(`skipped${value.name}skipped`);
    columns.nameStart = 7;
    columns.nameEnd = columns.name.length - 7;
    columns.hash = hashToBytes(value.hash);
    columns.metadataHashOffset = value.metadataHash === undefined ? -1 : 0;
    columns.metadataHash = hashToBytes(value.metadataHash ?? value.hash);
    columns.combinedHash = Buffer.concat([Buffer.alloc(5), hashToBytes(value.combinedHash)]);
    columns.combinedHashOffset = 5;
    columns.lastCommitId = hashToBytes(value.lastCommitId);
    columns.sizeBytes = value.sizeBytes;
    columns.modifiedSeconds = value.modified.seconds;
    columns.modifiedNanoseconds = value.modified.nanoseconds;
    columns.dataType = value.dataType;
    columns.mimeType = value.mimeType;
    columns.metadata = value.metadata;
    columns.metadataEnd = value.metadata.length;
    const start = writer.length;
    const lastCommitAt = encodeFileInto(writer, columns);
    expect(Buffer.from(writer.copy(start))).toEqual(Buffer.from(childPayloadAt(view, index)));
    expect(hashFromBigEndian(writer.bytes, lastCommitAt)).toBe(value.lastCommitId);
  });
});

interface UnitVectors {
  readonly num_vnodes: readonly { children: number; vnode_size: number; num_vnodes: number }[];
  readonly bucket: readonly { path: string; num_vnodes: number; bucket: number }[];
}

const unit = loadVectors<UnitVectors>('unit');

test.each(unit.num_vnodes)('counts $num_vnodes vnodes for $children entries', (recorded) => {
  expect(vnodeCount(recorded.children, recorded.vnode_size)).toBe(recorded.num_vnodes);
});

test.each(unit.bucket)('puts $path of $num_vnodes into bucket $bucket', (recorded) => {
  const hash = hashToBytes(oracleHash(Buffer.from(recorded.path)));
  expect(bucketOf(hash, 0, recorded.num_vnodes)).toBe(recorded.bucket);
});

test('spreads the 25,000 files of the big directory like the original', () => {
  interface Vnode {
    readonly kind: string;
    readonly dir?: string;
    readonly bucket?: number;
    readonly num_entries: number;
  }
  const big = loadVectors<{ commits: { nodes_written: Vnode[] }[] }>('big25k').commits[0];
  const counts = [0, 0, 0];
  for (let index = 0; index < 25_000; index++) {
    const path = `big/img_${String(index).padStart(6, '0')}.txt`;
    const bucket = bucketOf(
      hashToBytes(oracleHash(Buffer.from(path))),
      0,
      vnodeCount(25_000, 10_000),
    );
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const recorded = big?.nodes_written.filter((node) => node.kind === 'vnode' && node.dir === 'big');
  expect(counts).toEqual(recorded?.map((node) => node.num_entries));
});
