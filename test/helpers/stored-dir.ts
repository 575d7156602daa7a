/** Makes the stored nodes of a directory from a plain list of entries, with hints that a test may choose. */
import { bucketOf, vnodeCount } from '../../src/core/format/buckets.js';
import { encodeDir, encodeFile, encodeVNode } from '../../src/core/format/node-codec.js';
import {
  assembleNode,
  ChildList,
  type NodeView,
  parseNode,
} from '../../src/core/format/node-file.js';
import { type Hash, hashToBytes, zeroHash } from '../../src/core/model/hash.js';
import { nodeTypes } from '../../src/core/model/node.js';
import { compareBytewise, joinPath, type RepoPath } from '../../src/core/model/path.js';
import { oracleHash } from './node-vectors.js';

/** An entry as a test describes it. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'dir';
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly userMetadata?: string; // set on the schema of a table
}

/** What writers may choose freely. */
export interface Hints {
  readonly lastCommitId: Hash;
  readonly seconds: number;
  readonly type: string;
  readonly parentId: Hash;
  readonly counter: number;
}

export const plainHints: Hints = {
  lastCommitId: zeroHash,
  seconds: 1,
  type: 'text',
  parentId: zeroHash,
  counter: 1,
};

/** Nil, or the metadata of a table without columns whose schema carries `text`. */
export function metadataBytes(text: string | undefined): Uint8Array {
  if (text === undefined) return Uint8Array.of(0xc0);
  const label = Buffer.from(text);
  const head = [0x91, 0x93, 0, 0, 0x93, 0xa0, 0x90, 0xd9, label.length];
  return Buffer.concat([Uint8Array.from(head), label]);
}

function payloadOf(entry: Entry, hints: Hints): Uint8Array {
  if (entry.kind === 'dir') return dirPayload(entry.name, entry.hash, hints);
  return encodeFile({
    name: entry.name,
    hash: entry.hash,
    metadataHash: hints.counter % 2 === 0 ? entry.hash : undefined,
    combinedHash: hints.lastCommitId,
    sizeBytes: entry.sizeBytes,
    lastCommitId: hints.lastCommitId,
    modified: { seconds: hints.seconds, nanoseconds: 0 },
    dataType: hints.type,
    metadata: metadataBytes(entry.userMetadata),
    mimeType: hints.type,
    extension: '',
  });
}

function dirPayload(name: string, hash: Hash, hints: Hints): Uint8Array {
  return encodeDir({
    hash,
    name,
    entryCount: hints.counter,
    sizeBytes: hints.counter,
    lastCommitId: hints.lastCommitId,
    dataTypeCounts: new Map([[hints.type, hints.counter]]),
    dataTypeSizes: new Map(),
  });
}

/** Returns a vnode stored under `id` with these entries in this order. */
export function storedVNode(id: Hash, entries: readonly Entry[], hints = plainHints): NodeView {
  const list = new ChildList();
  const payloads = entries.map((entry) => payloadOf(entry, hints));
  entries.forEach((entry, index) => {
    list.add(nodeTypes[entry.kind], hashToBytes(entry.hash), 0, payloads[index]?.length ?? 0);
  });
  const payload = encodeVNode({ hash: id, entryCount: hints.counter });
  const node = assembleNode(nodeTypes.vnode, hashToBytes(hints.parentId), payload, list);
  return parseNode({ node, children: Buffer.concat(payloads) });
}

/** Returns a directory stored under `id` with these vnodes. */
export function storedDirNode(
  name: string,
  id: Hash,
  vnodeIds: readonly Hash[],
  hints = plainHints,
): NodeView {
  const list = new ChildList();
  const payloads = vnodeIds.map((hash) => encodeVNode({ hash, entryCount: hints.counter }));
  vnodeIds.forEach((hash, index) => {
    list.add(nodeTypes.vnode, hashToBytes(hash), 0, payloads[index]?.length ?? 0);
  });
  const payload = dirPayload(name, id, hints);
  const node = assembleNode(nodeTypes.dir, hashToBytes(hints.parentId), payload, list);
  return parseNode({ node, children: Buffer.concat(payloads) });
}

/** A stored directory with its vnodes, and its id by the naive rule. */
export interface StoredDir {
  readonly id: Hash;
  readonly dir: NodeView;
  readonly vnodes: readonly NodeView[];
}

/** Returns the directory that our rule makes of these entries, by a plain implementation that shares no code. */
export function naiveDir(
  directory: RepoPath,
  entries: readonly Entry[],
  hints = plainHints,
): StoredDir {
  const count = vnodeCount(entries.length);
  const buckets = Array.from({ length: count }, (): Entry[] => []);
  for (const entry of entries) {
    const pathHash = hashToBytes(oracleHash(Buffer.from(joinPath(directory, entry.name))));
    buckets[bucketOf(pathHash, 0, count)]?.push(entry);
  }
  for (const bucket of buckets) bucket.sort((a, b) => compareBytewise(a.name, b.name));
  const vnodeIds = buckets.map((bucket) => naiveVNodeId(directory, bucket));
  const id = oracleHash(
    Buffer.concat([Buffer.from(`dir${directory}\0`), ...vnodeIds.map((hash) => hashToBytes(hash))]),
  );
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  return {
    id,
    dir: storedDirNode(name, id, vnodeIds, hints),
    vnodes: buckets.map((bucket, index) => storedVNode(vnodeIds[index] ?? zeroHash, bucket, hints)),
  };
}

/** Returns the id of a vnode with these entries by the text of docs/design.md, concatenated naively. */
export function naiveVNodeId(directory: RepoPath, entries: readonly Entry[]): Hash {
  const parts: Uint8Array[] = [Buffer.from(`vnode${directory}\0`)];
  for (const entry of entries) {
    parts.push(Uint8Array.of(entry.kind === 'dir' ? 0 : 1), Buffer.from(`${entry.name}\0`));
    parts.push(hashToBytes(entry.hash));
    if (entry.kind === 'dir') continue;
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(entry.sizeBytes));
    parts.push(size, naiveUserMetadataHash(entry.userMetadata));
  }
  return oracleHash(Buffer.concat(parts));
}

function naiveUserMetadataHash(text: string | undefined): Uint8Array {
  if (text === undefined) return new Uint8Array(16);
  const label = Buffer.from(text);
  return hashToBytes(oracleHash(Buffer.concat([Uint8Array.of(0, 0xd9, label.length), label])));
}
