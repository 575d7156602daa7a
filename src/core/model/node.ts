/**
 * The nodes of the Merkle tree as values: what a commit, a directory, a bucket of a directory (vnode) and a
 * file say about themselves. Their bytes are `format/node-codec`; their ids are `tree/build`.
 */
import type { CommitId, Hash } from './hash.js';

/** Node type numbers of stored nodes and lookup tables (merkle-format.md, section 3). */
export const nodeTypes = { commit: 0, dir: 1, vnode: 2, file: 3, fileChunk: 4 } as const;

/** The number of a node type. */
export type NodeType = (typeof nodeTypes)[keyof typeof nodeTypes];

/** Kinds of entry in the input of a vnode id (design.md, section 3); only 0 and 1 are written today. */
export const entryKinds = { dir: 0, file: 1, executable: 2, symlink: 3 } as const;

/** The data types of Oxen in the order of their number in packed rows. */
export const dataTypes = ['dir', 'text', 'image', 'video', 'audio', 'tabular', 'binary'] as const;

/** What kind of data a file holds. */
export type DataType = (typeof dataTypes)[number];

/** One column of a table. */
export interface TabularField {
  readonly name: string;
  readonly dtype: string; // the text form of the polars type, for example `i64`
}

/** What is known about a file's content beyond its bytes. */
export type FileMetadata =
  | { readonly kind: 'text'; readonly lineCount: number; readonly charCount: number }
  | { readonly kind: 'image'; readonly width: number; readonly height: number }
  | {
      readonly kind: 'video';
      readonly seconds: number;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly kind: 'audio';
      readonly seconds: number;
      readonly channelCount: number;
      readonly sampleRate: number;
    }
  | {
      readonly kind: 'tabular';
      readonly width: number;
      readonly height: number;
      readonly schemaHash: string; // text form, unpadded hex
      readonly fields: readonly TabularField[];
    };

/** A point in time as Oxen's commits store it. */
export interface Timestamp {
  readonly seconds: number; // whole seconds since 1970-01-01 UTC, may be negative
  readonly nanoseconds: number; // 0 to 999,999,999
}

/** A commit. */
export interface CommitNode {
  readonly id: CommitId;
  readonly parentIds: readonly CommitId[]; // the branch committed on first
  readonly message: string;
  readonly author: string;
  readonly email: string;
  readonly timestamp: Timestamp;
}

/** A directory. */
export interface DirNode {
  readonly hash: Hash;
  readonly name: string; // last path component, empty for the root
  readonly entryCount: number; // direct children
  readonly sizeBytes: number; // of all files at or below it
  readonly lastCommitId: Hash;
  readonly dataTypeCounts: ReadonlyMap<string, number>; // files at or below it, by data type
  readonly dataTypeSizes: ReadonlyMap<string, number>; // bytes at or below it, by data type
}

/** A bucket of a directory. */
export interface VNode {
  readonly hash: Hash;
  readonly entryCount: number;
}

/** A file. */
export interface FileNode {
  readonly name: string; // last path component
  readonly hash: Hash; // of the content
  readonly metadataHash: Hash | undefined;
  readonly combinedHash: Hash;
  readonly sizeBytes: number;
  readonly lastCommitId: Hash;
  readonly modified: Timestamp;
  readonly dataType: string;
  readonly metadata: Uint8Array; // msgpack bytes as they stand in the payload; a single c0 when there is none
  readonly mimeType: string;
  readonly extension: string;
}

/** The two blobs under which a node is stored and sent (merkle-format.md, section 4). */
export interface NodeBlobs {
  readonly node: Uint8Array;
  readonly children: Uint8Array;
}
