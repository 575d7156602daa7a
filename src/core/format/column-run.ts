/**
 * The frame that every columnar run shares: a 24-byte header, typed-array columns that are read in place, and a column
 * of names. A run is one `ArrayBuffer`: it is stored, sent to a thread and read without being taken apart.
 * Which columns there are is said by `file-index-run` and `staged-run`.
 *
 * | offset | size | meaning (little endian, as on every machine Node runs the engine on) |
 * |---|---|---|
 * | 0 | 8 | checksum: low 64 bits of XXH3-128 of everything from offset 8 on |
 * | 8 | 4 | magic |
 * | 12 | 2 | version |
 * | 14 | 2 | 0 |
 * | 16 | 4 | number of rows |
 * | 20 | 4 | bytes of the names |
 * | 24 | | columns, widest entries first, so that each one is aligned |
 */
import { IntegrityError } from '../model/errors.js';
import { hash64Into } from './hashing.js';

/** Largest number of rows that the engine puts into one run. */
export const maxRunRows = 512;

/** Bytes of the header of a run. */
export const runHeaderLength = 24;

/** What tells one kind of run from another. */
export interface RunKind {
  readonly label: string; // for messages, for example `file index run`
  readonly magic: number; // four letters, the first in the low byte
  readonly version: number;
}

/** The header fields of an opened run. */
export interface RunFrame {
  readonly bytes: Uint8Array; // starts at a multiple of 8 in its buffer
  readonly count: number; // rows
  readonly namesLength: number; // bytes of the names column
}

const checksumLength = 8;
const checksum = new Uint8Array(checksumLength);

/** Returns zeroed bytes of `length` with the header fields set; the checksum is set by `sealRun`. */
export function allocateRun(
  kind: RunKind,
  count: number,
  namesLength: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, kind.magic, true);
  view.setUint16(12, kind.version, true);
  view.setUint32(16, count, true);
  view.setUint32(20, namesLength, true);
  return bytes;
}

/** Sets the checksum of a filled run in place and returns the same bytes. */
export function sealRun(bytes: Uint8Array): Uint8Array {
  hash64Into(bytes.subarray(checksumLength), bytes, 0);
  return bytes;
}

/**
 * Checks the header and the checksum of a run; copies the bytes when they are not aligned.
 * @throws IntegrityError when the bytes are not an undamaged run of this kind and version
 */
export function openRun(kind: RunKind, stored: Uint8Array): RunFrame {
  if (stored.length < runHeaderLength) throw damagedRun(kind, 'it is cut off');
  const bytes = stored.byteOffset % 8 === 0 ? stored : new Uint8Array(stored);
  const view = new DataView(bytes.buffer, bytes.byteOffset, runHeaderLength);
  if (view.getUint32(8, true) !== kind.magic) throw damagedRun(kind, 'it is something else');
  const version = view.getUint16(12, true);
  if (version !== kind.version) throw damagedRun(kind, `its version ${version} is not known`);
  hash64Into(bytes.subarray(checksumLength), checksum, 0);
  for (let index = 0; index < checksumLength; index++) {
    if (bytes[index] !== checksum[index]) throw damagedRun(kind, 'its checksum does not match');
  }
  return { bytes, count: view.getUint32(16, true), namesLength: view.getUint32(20, true) };
}

/** Returns the error for a run that cannot be read. */
export function damagedRun(kind: RunKind, reason: string): IntegrityError {
  return new IntegrityError(`A ${kind.label} cannot be read: ${reason}.`);
}

/** Hands out the typed arrays of a run one after the other; widest entries must be taken first. */
export class ColumnCursor {
  readonly #frame: RunFrame;
  readonly #kind: RunKind;
  #offset = runHeaderLength;

  constructor(kind: RunKind, frame: RunFrame) {
    this.#kind = kind;
    this.#frame = frame;
  }

  /** Returns the next `length` doubles. */
  float64(length: number): Float64Array {
    return new Float64Array(this.#frame.bytes.buffer, this.#take(length * 8), length);
  }

  /** Returns the next `length` unsigned 32-bit numbers. */
  uint32(length: number): Uint32Array {
    return new Uint32Array(this.#frame.bytes.buffer, this.#take(length * 4), length);
  }

  /** Returns the next `length` unsigned 16-bit numbers. */
  uint16(length: number): Uint16Array {
    return new Uint16Array(this.#frame.bytes.buffer, this.#take(length * 2), length);
  }

  /** Returns the next `length` bytes. */
  uint8(length: number): Uint8Array {
    return new Uint8Array(this.#frame.bytes.buffer, this.#take(length), length);
  }

  #take(length: number): number {
    const start = this.#offset;
    this.#offset += length;
    if (this.#offset > this.#frame.bytes.length) throw damagedRun(this.#kind, 'it is cut off');
    return this.#frame.bytes.byteOffset + start;
  }
}

/** Bytes that are appended piece by piece, in one buffer that doubles. */
export class GrowingBytes {
  /** Bytes appended so far. */
  length = 0;
  #buffer: Uint8Array<ArrayBuffer>;

  /** @param expected bytes; more are fine */
  constructor(expected: number) {
    this.#buffer = new Uint8Array(expected);
  }

  /** Appends a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#buffer.length * 2, end));
      larger.set(this.#buffer.subarray(0, this.length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.length);
    this.length = end;
  }

  /** The bytes so far: a view that is valid until the next `append`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }
}
