/**
 * The recorded trees of test/compat/vectors as values: for each stored node of the original the value of the node and
 * of its children, rebuilt from file facts, next to the recorded blobs. Vnode and dir ids are taken from the record.
 */
import { readFileSync } from 'node:fs';
import { xxh3 } from '@node-rs/xxhash';
import { bucketOf, vnodeCount } from '../../src/core/format/buckets.js';
import { MsgpackWriter } from '../../src/core/format/msgpack.js';
import { type CommitId, type Hash, hashToBytes, parseHash } from '../../src/core/model/hash.js';
import type { CommitNode, DirNode, FileNode, VNode } from '../../src/core/model/node.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../../src/core/model/path.js';

export interface RecordedFile {
  readonly path: RepoPath;
  readonly mtime_seconds: number;
  readonly mtime_nanoseconds: number;
  readonly num_bytes: number;
  readonly hash: string;
  readonly metadata_hash: string | null;
  readonly combined_hash: string;
  readonly mime_type: string;
  readonly data_type: string;
  readonly extension: string;
  readonly metadata_json: string | null;
  readonly content?: string;
  readonly content_b64?: string;
}

export interface RecordedNode {
  readonly kind: 'commit' | 'dir' | 'vnode';
  readonly hash: string;
  readonly parent_id: string;
  readonly path?: RepoPath;
  readonly dir?: RepoPath;
  readonly bucket?: number;
  readonly num_entries?: number;
  readonly num_bytes?: number;
  readonly data_type_counts?: Record<string, number>;
  readonly data_type_sizes?: Record<string, number>;
  readonly node_b64: string;
  readonly children_b64: string;
}

export interface RecordedCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly email: string;
  readonly message: string;
  readonly timestamp: readonly number[];
  readonly unix_seconds: number;
  readonly changed_files: readonly RecordedFile[];
  readonly removed_files: readonly RepoPath[];
  readonly removed_dirs: readonly RepoPath[];
  readonly staged_dirs: readonly RepoPath[];
  readonly nodes_written: readonly RecordedNode[];
}

export interface RecordedCase {
  readonly vnode_size: number;
  readonly commits: readonly RecordedCommit[];
}

/** A value with the tag that says how it is encoded. */
export type NodeValue =
  | { readonly kind: 'commit'; readonly value: CommitNode }
  | { readonly kind: 'dir'; readonly value: DirNode }
  | { readonly kind: 'vnode'; readonly value: VNode }
  | { readonly kind: 'file'; readonly value: FileNode };

/** A stored node: its value, its children in order, and the blobs that the original stored. */
export interface StoredVector {
  readonly title: string;
  readonly id: Hash;
  readonly parentId: Hash;
  readonly node: NodeValue;
  readonly children: readonly NodeValue[];
  readonly blobs: { readonly node: Uint8Array; readonly children: Uint8Array };
}

export const recordedCases = ['flat1', 'mixed', 'history', 'vnodes4', 'filetypes'] as const;

/** Reads one file of the vectors. */
export function loadVectors<T>(name: string): T {
  const url = new URL(`../compat/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

/** XXH3-128 by a library that is not ours. */
export function oracleHash(bytes: Uint8Array): Hash {
  return parseHash(xxh3.xxh128(bytes).toString(16));
}

/** Metadata as msgpack, from the JSON text that the original hashes. */
export function packMetadata(file: RecordedFile): Uint8Array {
  const writer = new MsgpackWriter();
  if (file.metadata_json === null) {
    writer.nil();
    return writer.copy();
  }
  const metadata = JSON.parse(file.metadata_json);
  writer.array(1);
  if (metadata.text !== undefined)
    writeIntegers(writer, metadata.text.num_lines, metadata.text.num_chars);
  else if (metadata.image !== undefined) {
    writer.array(3);
    writer.integer(metadata.image.width);
    writer.integer(metadata.image.height);
    writer.nil();
  } else if (metadata.audio !== undefined) {
    writer.array(3);
    writer.double(metadata.audio.num_seconds);
    writer.integer(metadata.audio.num_channels);
    writer.integer(metadata.audio.sample_rate);
  } else writeTable(writer, metadata.tabular);
  return writer.copy();
}

/** Returns every stored node of a recorded case with its values. */
export function storedVectors(name: string): StoredVector[] {
  const recorded = loadVectors<RecordedCase>(name);
  const tree = new Map<RepoPath, Map<RepoPath, FileNode | undefined>>();
  const dirs = new Map<RepoPath, DirNode>();
  return recorded.commits.flatMap((commit, index) => {
    applyChanges(tree, dirs, commit);
    return commit.nodes_written.map((node) =>
      storedVector(`${name} commit ${index} ${node.kind} ${node.path ?? node.dir ?? ''}`, {
        ...{ recorded, commit, node, tree, dirs },
      }),
    );
  });
}

interface Moment {
  readonly recorded: RecordedCase;
  readonly commit: RecordedCommit;
  readonly node: RecordedNode;
  readonly tree: Map<RepoPath, Map<RepoPath, FileNode | undefined>>;
  readonly dirs: Map<RepoPath, DirNode>;
}

function storedVector(title: string, moment: Moment): StoredVector {
  const { node } = moment;
  return {
    title,
    id: parseHash(node.hash),
    parentId: parseHash(node.parent_id),
    node: nodeValueOf(moment),
    children: childrenOf(moment),
    blobs: {
      node: Buffer.from(node.node_b64, 'base64'),
      children: Buffer.from(node.children_b64, 'base64'),
    },
  };
}

function nodeValueOf({ commit, node, dirs }: Moment): NodeValue {
  if (node.kind === 'vnode') return { kind: 'vnode', value: vnodeOf(node) };
  if (node.kind === 'dir') return { kind: 'dir', value: present(dirs.get(present(node.path))) };
  return {
    kind: 'commit',
    value: {
      id: parseHash(commit.id) as CommitId,
      parentIds: commit.parents.map((parent) => parseHash(parent) as CommitId),
      message: commit.message,
      author: commit.author,
      email: commit.email,
      timestamp: { seconds: commit.unix_seconds, nanoseconds: commit.timestamp[5] ?? 0 },
    },
  };
}

function childrenOf({ recorded, commit, node, tree, dirs }: Moment): NodeValue[] {
  if (node.kind === 'commit') return [{ kind: 'dir', value: present(dirs.get('' as RepoPath)) }];
  if (node.kind === 'dir') {
    return commit.nodes_written
      .filter((other) => other.kind === 'vnode' && other.dir === node.path)
      .sort((a, b) => present(a.bucket) - present(b.bucket))
      .map((other) => ({ kind: 'vnode', value: vnodeOf(other) }));
  }
  const entries = present(tree.get(present(node.dir)));
  const bucketCount = vnodeCount(entries.size, recorded.vnode_size);
  const paths = [...entries.keys()].filter(
    (path) => bucketOf(hashToBytes(oracleHash(Buffer.from(path))), 0, bucketCount) === node.bucket,
  );
  return sortBytewise(paths).map((path) => {
    const file = entries.get(path);
    return file === undefined
      ? { kind: 'dir', value: present(dirs.get(path)) }
      : { kind: 'file', value: file };
  });
}

/** Brings the tree of the previous commit to the state after `commit`. */
function applyChanges(tree: Moment['tree'], dirs: Moment['dirs'], commit: RecordedCommit): void {
  for (const path of [...commit.removed_files, ...commit.removed_dirs]) {
    tree.get(parentPath(path))?.delete(path);
  }
  for (const path of commit.removed_dirs) {
    dirs.delete(path);
    tree.delete(path);
  }
  for (const path of commit.staged_dirs) {
    if (!tree.has(path)) tree.set(path, new Map());
  }
  for (const path of commit.staged_dirs) {
    if (path !== '') tree.get(parentPath(path))?.set(path, undefined);
  }
  for (const file of commit.changed_files) {
    tree.get(parentPath(file.path))?.set(file.path, fileOf(file, commit));
  }
  for (const node of commit.nodes_written) {
    if (node.kind === 'dir') dirs.set(present(node.path), dirOf(node, commit));
  }
}

function fileOf(file: RecordedFile, commit: RecordedCommit): FileNode {
  return {
    name: baseName(file.path),
    hash: parseHash(file.hash),
    metadataHash: file.metadata_hash === null ? undefined : parseHash(file.metadata_hash),
    combinedHash: parseHash(file.combined_hash),
    sizeBytes: contentOf(file).length,
    lastCommitId: parseHash(commit.id),
    modified: { seconds: file.mtime_seconds, nanoseconds: file.mtime_nanoseconds },
    dataType: file.data_type,
    metadata: packMetadata(file),
    mimeType: file.mime_type,
    extension: file.extension,
  };
}

/** Returns the bytes of a recorded file. */
export function contentOf(file: RecordedFile): Uint8Array {
  return file.content !== undefined
    ? Buffer.from(file.content)
    : Buffer.from(file.content_b64 ?? '', 'base64');
}

function dirOf(node: RecordedNode, commit: RecordedCommit): DirNode {
  return {
    hash: parseHash(node.hash),
    name: baseName(present(node.path)),
    entryCount: present(node.num_entries),
    sizeBytes: present(node.num_bytes),
    lastCommitId: parseHash(commit.id),
    dataTypeCounts: new Map(Object.entries(present(node.data_type_counts))),
    dataTypeSizes: new Map(Object.entries(present(node.data_type_sizes))),
  };
}

function vnodeOf(node: RecordedNode): VNode {
  return { hash: parseHash(node.hash), entryCount: present(node.num_entries) };
}

function writeIntegers(writer: MsgpackWriter, ...values: number[]): void {
  writer.array(values.length);
  for (const value of values) writer.integer(value);
}

interface RecordedTable {
  readonly width: number;
  readonly height: number;
  readonly schema: { readonly hash: string; readonly fields: { name: string; dtype: string }[] };
}

function writeTable(writer: MsgpackWriter, table: RecordedTable): void {
  writer.array(3);
  writer.integer(table.width);
  writer.integer(table.height);
  writer.array(3);
  writer.text(table.schema.hash);
  writer.array(table.schema.fields.length);
  for (const field of table.schema.fields) {
    writer.array(4);
    writer.text(field.name);
    writer.text(field.dtype);
    writer.nil();
    writer.nil();
  }
  writer.nil();
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the vectors lack a value');
  return value;
}
