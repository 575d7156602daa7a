/**
 * The inputs and outputs of the jobs that store what arrives over a connection: contents, parts of large contents, pack records.
 * The same kind of values as in `model/jobs`; buffers of the inputs are handed over to the thread.
 */
import type { NodeColumns, PackSlot, PlaceColumns } from './jobs.js';

/** Stores whole contents, each under the hash it must have. */
export interface StoreContentsInput {
  readonly slot: PackSlot;
  readonly bytes: Uint8Array; // of all bodies, one after the other
  readonly lengths: Uint32Array; // of the bodies
  readonly gzipped: Uint8Array; // 1 where a body is a gzip member
  readonly hashes: Uint8Array; // 16 bytes a content: what it must have
  readonly largestBytes: number; // an inflated content may have
}

/** An item of an input that was refused. */
export interface RefusedItem {
  readonly index: number; // in the input
  readonly message: string; // a full sentence
}

/** What became of whole contents. */
export interface StoreContentsOutput {
  readonly places: PlaceColumns;
  readonly slotEnd: number;
  readonly refused: readonly RefusedItem[];
}

/** Cuts a piece of one large content, and stores those of its chunks that are not known. */
export interface StoreChunksInput {
  readonly slot: PackSlot;
  readonly bytes: Uint8Array; // what the last job left over, and what arrived since
  readonly hashState: Uint8Array | undefined; // of the last job; undefined for the first
  readonly isLast: boolean; // the content ends here: nothing is left over
  readonly recentChunks: Uint8Array; // 16 bytes each: appended already, and not in the database yet
  readonly databasePath: string; // where stored chunks are looked up
}

/** What became of a piece. */
export interface StoreChunksOutput {
  readonly places: PlaceColumns;
  readonly slotEnd: number;
  readonly chunkHashes: Uint8Array; // of all chunks of the piece, in order
  readonly chunkLengths: Uint32Array;
  readonly reusedChunks: Uint8Array; // hashes of those that were found in the database
  readonly rest: Uint8Array; // left over for the next job
  readonly hashState: Uint8Array; // of the content up to the rest
  readonly hash: Uint8Array; // of the content up to the rest, 16 bytes
}

/** Checks pack records, and appends those of contents, chunks and large nodes as they are. */
export interface StoreRecordsInput {
  readonly slot: PackSlot;
  readonly memory: Uint8Array; // at its start headers and bodies, one after the other
  readonly sizeBytes: number; // of these
  readonly recordCount: number;
  readonly kinds: readonly number[]; // record kinds that may come
}

/** What became of records. All were right, or the job has failed. */
export interface StoreRecordsOutput {
  readonly memory: Uint8Array; // of the input, to be used again
  readonly places: PlaceColumns; // of contents, chunks and large nodes
  readonly slotEnd: number;
  readonly nodes: NodeColumns; // small nodes and commits, which do not lie in packs
  readonly manifests: readonly ReceivedManifest[]; // checked for themselves only and not appended: their chunks must be known first
}

/** The list of chunks of a large content, as a sender claims it. */
export interface ReceivedManifest {
  readonly hash: Uint8Array; // of the content, 16 bytes
  readonly sizeBytes: number;
  readonly chunkHashes: Uint8Array;
  readonly chunkLengths: Uint32Array;
}

/** Hashes a content whose pieces are stored. */
export interface HashPiecesInput {
  readonly packDirectory: string; // absolute
  readonly packIds: Uint32Array;
  readonly offsets: Uint32Array;
  readonly storedLengths: Uint32Array;
  readonly hashes: Uint8Array; // of the chunks, 16 bytes each
}

/** The hash of a content. */
export interface HashPiecesOutput {
  readonly hash: Uint8Array; // 16 bytes
  readonly sizeBytes: number;
}

/** Carries out a transaction that was rehearsed on another thread. */
export interface CarryOutInput {
  readonly databasePath: string; // directory of the environment
  readonly basis: number; // the transaction that it was rehearsed after
  readonly writes: Uint8Array; // of a write log
}

/** What became of a transaction. */
export interface CarryOutOutput {
  readonly isDone: boolean; // false: somebody else committed before, nothing was written
}
