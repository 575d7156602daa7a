/**
 * A run of the staging area: staged entries of one directory. A row carries what `commit` needs to write the
 * file's node without reading its content again.
 *
 * After the header of `column-run` (magic `OXSR`): sizes, mtime seconds (8 bytes a row), hashes, metadata hashes
 * (16), mtime nanoseconds (4), name offsets and metadata offsets (4 a row and one more each), mime indexes (2),
 * statuses, kinds, data types, metadata hash present (1), names, metadata bytes (up to their last offset), and in
 * the rest the mime types joined by NUL.
 */
import { hashBytesLength } from '../model/hash.js';
import {
  allocateRun,
  ColumnCursor,
  GrowingBytes,
  maxRunRows,
  openRun,
  type RunKind,
  runHeaderLength,
  sealRun,
} from './column-run.js';
import { NameColumn, NameColumnBuilder } from './name-column.js';
import type { RunCodec } from './splice-runs.js';

/** What is staged about an entry. */
export const stagedStatuses = { added: 0, modified: 1, removed: 2 } as const;

/** The number of a staged status. */
export type StagedStatus = (typeof stagedStatuses)[keyof typeof stagedStatuses];

/** What a staged entry is. A directory entry says that the directory itself appears (possibly empty) or disappears. */
export const stagedKinds = { dir: 0, file: 1 } as const;

/** The number of a staged kind. */
export type StagedKind = (typeof stagedKinds)[keyof typeof stagedKinds];

/** One staged entry. */
export interface StagedRow {
  readonly status: StagedStatus;
  readonly kind: StagedKind;
  readonly hash: Uint8Array; // of the content, 16 bytes; zeros for a directory
  readonly sizeBytes: number;
  readonly mtimeSeconds: number; // whole seconds, may be negative
  readonly mtimeNanoseconds: number;
  readonly dataType: number; // index into `dataTypes` of model/node
  readonly mimeType: string;
  readonly metadataHash: Uint8Array | undefined; // 16 bytes
  readonly metadata: Uint8Array; // msgpack bytes; empty when there are none
}

const kind: RunKind = { label: 'staged run', magic: 0x5253584f, version: 1 };
const bytesPerRow = 2 * 8 + 2 * hashBytesLength + 3 * 4 + 2 + 4;
const noHash = new Uint8Array(hashBytesLength);
const fixedBytes = runHeaderLength + 2 * 4;

/** A run of the staging area, for reading. The columns are views of `bytes`. */
export class StagedRun {
  readonly bytes: Uint8Array;
  readonly count: number; // rows
  readonly sizes: Float64Array; // bytes of each file
  readonly mtimeSeconds: Float64Array;
  readonly mtimeNanoseconds: Uint32Array;
  readonly hashes: Uint8Array; // 16 little-endian bytes a row
  readonly metadataHashes: Uint8Array; // 16 bytes a row, zeros where there is none
  readonly hasMetadataHash: Uint8Array; // 0 or 1
  readonly statuses: Uint8Array; // `stagedStatuses`
  readonly kinds: Uint8Array; // `stagedKinds`
  readonly dataTypes: Uint8Array; // index into `dataTypes` of model/node
  readonly mimeIndexes: Uint16Array; // into `mimeTypes`
  readonly mimeTypes: readonly string[];
  readonly names: NameColumn;
  readonly #metadataOffsets: Uint32Array;
  readonly #metadata: Uint8Array;

  /**
   * Opens a run in place; copies it only when it is not aligned.
   * @throws IntegrityError when the bytes are not an undamaged staged run
   */
  constructor(stored: Uint8Array) {
    const frame = openRun(kind, stored);
    const { bytes, count } = frame;
    const cursor = new ColumnCursor(kind, frame);
    this.bytes = bytes;
    this.count = count;
    this.sizes = cursor.float64(count);
    this.mtimeSeconds = cursor.float64(count);
    this.hashes = cursor.uint8(count * hashBytesLength);
    this.metadataHashes = cursor.uint8(count * hashBytesLength);
    this.mtimeNanoseconds = cursor.uint32(count);
    const nameOffsets = cursor.uint32(count + 1);
    this.#metadataOffsets = cursor.uint32(count + 1);
    this.mimeIndexes = cursor.uint16(count);
    this.statuses = cursor.uint8(count);
    this.kinds = cursor.uint8(count);
    this.dataTypes = cursor.uint8(count);
    this.hasMetadataHash = cursor.uint8(count);
    this.names = new NameColumn(nameOffsets, cursor.uint8(frame.namesLength));
    const metadataLength = this.#metadataOffsets[count] ?? 0;
    this.#metadata = cursor.uint8(metadataLength);
    const used = fixedBytes + count * bytesPerRow + frame.namesLength + metadataLength;
    const mimeLength = Math.max(0, bytes.length - used);
    this.mimeTypes = Buffer.from(cursor.uint8(mimeLength)).toString().split('\0');
  }

  /** Returns the name of row `index`. */
  nameAt(index: number): string {
    return this.names.at(index);
  }

  /** Returns the row of `name`, or `~row` of where it would stand when it is not there. */
  findName(name: string): number {
    return this.names.find(name);
  }

  /** Returns a view of the 16 hash bytes of row `index`. */
  hashAt(index: number): Uint8Array {
    return this.hashes.subarray(index * hashBytesLength, (index + 1) * hashBytesLength);
  }

  /** Returns a view of the 16 metadata hash bytes of row `index`, or undefined when it has none. */
  metadataHashAt(index: number): Uint8Array | undefined {
    if (this.hasMetadataHash[index] !== 1) return undefined;
    return this.metadataHashes.subarray(index * hashBytesLength, (index + 1) * hashBytesLength);
  }

  /** Returns a view of the msgpack bytes of the metadata of row `index`; empty when there are none. */
  metadataAt(index: number): Uint8Array {
    return this.#metadata.subarray(
      this.#metadataOffsets[index] ?? 0,
      this.#metadataOffsets[index + 1] ?? 0,
    );
  }

  /** Returns the mime type of row `index`. */
  mimeTypeAt(index: number): string {
    return this.mimeTypes[this.mimeIndexes[index] ?? 0] ?? '';
  }

  /** Returns row `index` as a record; its bytes are views. */
  rowAt(index: number): StagedRow {
    return {
      status: (this.statuses[index] ?? 0) as StagedStatus,
      kind: (this.kinds[index] ?? 0) as StagedKind,
      hash: this.hashAt(index),
      sizeBytes: this.sizes[index] ?? 0,
      mtimeSeconds: this.mtimeSeconds[index] ?? 0,
      mtimeNanoseconds: this.mtimeNanoseconds[index] ?? 0,
      dataType: this.dataTypes[index] ?? 0,
      mimeType: this.mimeTypeAt(index),
      metadataHash: this.metadataHashAt(index),
      metadata: this.metadataAt(index),
    };
  }
}

/** Collects staged entries in ascending order of their names and makes a run of them. */
export class StagedRunBuilder {
  readonly #names: NameColumnBuilder;
  readonly #rows: StagedRow[] = [];
  readonly #mimeIndexes = new Map<string, number>();
  readonly #hashes: GrowingBytes;
  readonly #metadataHashes: GrowingBytes;
  readonly #metadata = new GrowingBytes(1024);
  readonly #metadataOffsets: number[] = [];

  /** @param expected number of rows; more are fine */
  constructor(expected: number = maxRunRows) {
    this.#names = new NameColumnBuilder(expected);
    this.#hashes = new GrowingBytes(expected * hashBytesLength);
    this.#metadataHashes = new GrowingBytes(expected * hashBytesLength);
  }

  /** Number of rows appended so far. */
  get count(): number {
    return this.#names.count;
  }

  /**
   * Appends an entry; its bytes are copied.
   * @throws RangeError when the name does not come after the previous one bytewise
   */
  append(name: string, row: StagedRow): void {
    this.#names.append(name);
    this.#rows.push(row);
    this.#hashes.append(row.hash);
    this.#metadataHashes.append(row.metadataHash ?? noHash);
    this.#metadataOffsets.push(this.#metadata.length);
    this.#metadata.append(row.metadata);
    if (!this.#mimeIndexes.has(row.mimeType)) {
      this.#mimeIndexes.set(row.mimeType, this.#mimeIndexes.size);
    }
  }

  /** Appends row `index` of another run. */
  appendFrom(run: StagedRun, index: number): void {
    this.append(run.nameAt(index), run.rowAt(index));
  }

  /** Returns the bytes of the run, in an `ArrayBuffer` of their own. */
  finish(): Uint8Array {
    const count = this.#rows.length;
    const mimeTypes = Buffer.from([...this.#mimeIndexes.keys()].join('\0'));
    const namesLength = this.#names.byteLength;
    const length =
      fixedBytes + count * bytesPerRow + namesLength + this.#metadata.length + mimeTypes.length;
    const bytes = allocateRun(kind, count, namesLength, length);
    this.#fill(new ColumnCursor(kind, { bytes, count, namesLength }), mimeTypes);
    return sealRun(bytes);
  }

  #fill(cursor: ColumnCursor, mimeTypes: Uint8Array): void {
    const rows = this.#rows;
    const count = rows.length;
    cursor.float64(count).set(rows.map((row) => row.sizeBytes));
    cursor.float64(count).set(rows.map((row) => row.mtimeSeconds));
    cursor.uint8(count * hashBytesLength).set(this.#hashes.bytes);
    cursor.uint8(count * hashBytesLength).set(this.#metadataHashes.bytes);
    cursor.uint32(count).set(rows.map((row) => row.mtimeNanoseconds));
    const nameOffsets = cursor.uint32(count + 1);
    cursor.uint32(count + 1).set([...this.#metadataOffsets, this.#metadata.length]);
    cursor.uint16(count).set(rows.map((row) => this.#mimeIndexes.get(row.mimeType) ?? 0));
    cursor.uint8(count).set(rows.map((row) => row.status));
    cursor.uint8(count).set(rows.map((row) => row.kind));
    cursor.uint8(count).set(rows.map((row) => row.dataType));
    cursor.uint8(count).set(rows.map((row) => (row.metadataHash === undefined ? 0 : 1)));
    this.#names.writeTo(nameOffsets, cursor.uint8(this.#names.byteLength));
    cursor.uint8(this.#metadata.length).set(this.#metadata.bytes);
    cursor.uint8(mimeTypes.length).set(mimeTypes);
  }
}

/** Reads and writes runs of the staging area. */
export const stagedRunCodec: RunCodec<StagedRun> = {
  open: (bytes) => new StagedRun(bytes),
  build: (expected) => new StagedRunBuilder(expected),
};
