/**
 * A run of the file index: tracked files of one directory with the stat values under which their hash was seen.
 * Stat values are kept as the doubles that `lstat` gives and compared for equality, nothing is computed with them.
 *
 * After the header of `column-run` (magic `OXFI`): sizes, mtimeMs, ctimeMs, inodes (8 bytes a row), hashes (16),
 * modes (4), name offsets (4 a row and one more), flags (1), names.
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

/** Flags of a row: why its stat values prove nothing. */
export const fileIndexFlags = {
  racy: 1, // changed too shortly before it was read
  statInvalid: 2, // never seen in the working tree
} as const;

/** The stat values that are compared; `fs.Stats` has this shape. */
export interface FileStat {
  readonly size: number; // bytes
  readonly mtimeMs: number; // with fraction
  readonly ctimeMs: number; // with fraction
  readonly ino: number;
  readonly mode: number;
}

/** Stat values of a row that was never seen in the working tree; goes with `fileIndexFlags.statInvalid`. */
export const unknownStat: FileStat = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 };

const kind: RunKind = { label: 'file index run', magic: 0x4946584f, version: 1 };
const bytesPerRow = 4 * 8 + hashBytesLength + 4 + 4 + 1;

/** A run of the file index, for reading. The columns are views of `bytes`. */
export class FileIndexRun {
  readonly bytes: Uint8Array;
  readonly count: number; // rows
  readonly sizes: Float64Array; // bytes of each file
  readonly mtimes: Float64Array; // mtimeMs
  readonly ctimes: Float64Array; // ctimeMs
  readonly inodes: Float64Array;
  readonly hashes: Uint8Array; // 16 little-endian bytes a row
  readonly modes: Uint32Array;
  readonly flags: Uint8Array; // `fileIndexFlags`
  readonly names: NameColumn;

  /**
   * Opens a run in place; copies it only when it is not aligned.
   * @throws IntegrityError when the bytes are not an undamaged file index run
   */
  constructor(stored: Uint8Array) {
    const frame = openRun(kind, stored);
    const cursor = new ColumnCursor(kind, frame);
    this.bytes = frame.bytes;
    this.count = frame.count;
    this.sizes = cursor.float64(frame.count);
    this.mtimes = cursor.float64(frame.count);
    this.ctimes = cursor.float64(frame.count);
    this.inodes = cursor.float64(frame.count);
    this.hashes = cursor.uint8(frame.count * hashBytesLength);
    this.modes = cursor.uint32(frame.count);
    const offsets = cursor.uint32(frame.count + 1);
    this.flags = cursor.uint8(frame.count);
    this.names = new NameColumn(offsets, cursor.uint8(frame.namesLength));
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

  /** Says whether the stat values of row `index` are these; flags are not looked at. */
  hasStat(index: number, stat: FileStat): boolean {
    return (
      this.sizes[index] === stat.size &&
      this.mtimes[index] === stat.mtimeMs &&
      this.ctimes[index] === stat.ctimeMs &&
      this.inodes[index] === stat.ino &&
      this.modes[index] === stat.mode
    );
  }
}

/** Collects rows in ascending order of their names and makes a run of them. */
export class FileIndexRunBuilder {
  readonly #names: NameColumnBuilder;
  #numbers: Float64Array; // size, mtime, ctime, inode, mode of each row
  readonly #hashes: GrowingBytes;
  #flags: Uint8Array;

  /** @param expected number of rows; more are fine */
  constructor(expected: number = maxRunRows) {
    this.#names = new NameColumnBuilder(expected);
    this.#numbers = new Float64Array(expected * 5);
    this.#hashes = new GrowingBytes(expected * hashBytesLength);
    this.#flags = new Uint8Array(expected);
  }

  /** Number of rows appended so far. */
  get count(): number {
    return this.#names.count;
  }

  /**
   * Appends a row; `hash` holds 16 little-endian bytes.
   * @throws RangeError when the name does not come after the previous one bytewise
   */
  append(name: string, stat: FileStat, hash: Uint8Array, flags = 0): void {
    const row = this.#names.count;
    this.#names.append(name);
    if (row >= this.#flags.length) this.#grow();
    const at = row * 5;
    this.#numbers[at] = stat.size;
    this.#numbers[at + 1] = stat.mtimeMs;
    this.#numbers[at + 2] = stat.ctimeMs;
    this.#numbers[at + 3] = stat.ino;
    this.#numbers[at + 4] = stat.mode;
    this.#hashes.append(hash);
    this.#flags[row] = flags;
  }

  /** Appends row `index` of another run. */
  appendFrom(run: FileIndexRun, index: number): void {
    const stat: FileStat = {
      size: run.sizes[index] ?? 0,
      mtimeMs: run.mtimes[index] ?? 0,
      ctimeMs: run.ctimes[index] ?? 0,
      ino: run.inodes[index] ?? 0,
      mode: run.modes[index] ?? 0,
    };
    this.append(run.nameAt(index), stat, run.hashAt(index), run.flags[index] ?? 0);
  }

  /** Returns the bytes of the run, in an `ArrayBuffer` of their own. */
  finish(): Uint8Array {
    const count = this.#names.count;
    const length = runHeaderLength + count * bytesPerRow + 4 + this.#names.byteLength;
    const bytes = allocateRun(kind, count, this.#names.byteLength, length);
    const cursor = new ColumnCursor(kind, { bytes, count, namesLength: this.#names.byteLength });
    for (let column = 0; column < 4; column++) this.#copyNumbers(column, cursor.float64(count));
    cursor.uint8(count * hashBytesLength).set(this.#hashes.bytes);
    this.#copyNumbers(4, cursor.uint32(count));
    const offsets = cursor.uint32(count + 1);
    cursor.uint8(count).set(this.#flags.subarray(0, count));
    this.#names.writeTo(offsets, cursor.uint8(this.#names.byteLength));
    return sealRun(bytes);
  }

  #copyNumbers(column: number, out: Float64Array | Uint32Array): void {
    for (let row = 0; row < out.length; row++) out[row] = this.#numbers[row * 5 + column] ?? 0;
  }

  #grow(): void {
    const rows = Math.max(16, this.#flags.length * 2);
    const numbers = new Float64Array(rows * 5);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const flags = new Uint8Array(rows);
    flags.set(this.#flags);
    this.#flags = flags;
  }
}

/** Reads and writes runs of the file index. */
export const fileIndexRunCodec: RunCodec<FileIndexRun> = {
  open: (bytes) => new FileIndexRun(bytes),
  build: (expected) => new FileIndexRunBuilder(expected),
};
