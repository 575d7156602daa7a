/**
 * A writer of the part of msgpack that node payloads use: nil, integers, doubles, strings, binaries, arrays and
 * maps, each in its shortest form, as rmp-serde writes them (merkle-format.md, section 3). It appends to one
 * buffer that grows and is used again, because a general library costs several times as much a file node.
 * Reading is `msgpack-reader`.
 */
import { InvalidInputError } from '../model/errors.js';
import { type Hash, hashBytesLength, writeHash } from '../model/hash.js';

/** Largest number of bytes one writer holds, and of one stored blob: what a peer accepts, 1 GiB. */
export const maxBlobBytes = 2 ** 30;

const initialCapacity = 4096;
const two32 = 2 ** 32;
const scratch = new Uint8Array(hashBytesLength);

/** Appends msgpack values to a growing buffer. */
export class MsgpackWriter {
  #bytes: Buffer;
  /** Number of bytes written; may be set back to drop what was written last. */
  length = 0;

  /** @param capacity bytes to reserve at once */
  constructor(capacity = initialCapacity) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(capacity, 16));
  }

  /** The buffer; only the first `length` bytes mean something. Another one takes its place when it grows. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Returns a view of what was written from `start` on, valid until the next write. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.length);
  }

  /** Returns a copy of what was written from `start` on, with a buffer of its own. */
  copy(start = 0): Uint8Array {
    return new Uint8Array(this.view(start));
  }

  /** Forgets everything written and keeps the buffer. */
  reset(): void {
    this.length = 0;
  }

  /**
   * Makes room for `byteCount` more bytes and returns the buffer, for code that writes into it itself.
   * @throws InvalidInputError when the whole would be larger than `maxBlobBytes`
   */
  reserve(byteCount: number): Buffer {
    const needed = this.length + byteCount;
    if (needed > this.#bytes.length) this.#grow(needed);
    return this.#bytes;
  }

  /** Appends nil. */
  nil(): void {
    this.reserve(1)[this.length++] = 0xc0;
  }

  /** Appends the header of an array of `count` values. */
  array(count: number): void {
    this.length = putHeader(this.reserve(5), this.length, count, 0x90, 0xdc);
  }

  /** Appends the header of a map of `count` pairs. */
  map(count: number): void {
    this.length = putHeader(this.reserve(5), this.length, count, 0x80, 0xde);
  }

  /** Appends a whole number between -2^53 and 2^53, unsigned markers for values from 0 on. */
  integer(value: number): void {
    this.length = putInteger(this.reserve(9), this.length, value);
  }

  /** Appends a 64-bit counter; a negative one as the unsigned value that it wraps to. */
  counter(value: number): void {
    const bytes = this.reserve(9);
    if (value >= 0) {
      this.length = putInteger(bytes, this.length, value);
      return;
    }
    bytes[this.length] = 0xcf;
    const low = putUint32(bytes, this.length + 1, Math.floor(value / two32));
    this.length = putUint32(bytes, low, value);
  }

  /** Appends a double, always as 9 bytes. */
  double(value: number): void {
    const bytes = this.reserve(9);
    bytes[this.length] = 0xcb;
    this.length = bytes.writeDoubleBE(value, this.length + 1);
  }

  /** Appends a string. */
  text(value: string): void {
    this.length = putText(this.reserve(5 + value.length * 3), this.length, value);
  }

  /** Appends a hash: 16 bytes of binary, most significant first. */
  hash(value: Hash): void {
    writeHash(value, scratch);
    this.length = putHash(this.reserve(18), this.length, scratch, 0);
  }

  /** Appends bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  #grow(needed: number): void {
    if (needed > maxBlobBytes) {
      throw new InvalidInputError('A node larger than 1 GiB cannot be stored.');
    }
    const larger = Buffer.allocUnsafeSlow(
      Math.min(Math.max(needed, this.#bytes.length * 2), maxBlobBytes),
    );
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}

/** Writes an integer in its shortest form at `position` and returns where it ends; up to 9 bytes are used. */
export function putInteger(bytes: Uint8Array, position: number, value: number): number {
  if ((value & 0x7f) === value) {
    bytes[position] = value;
    return position + 1;
  }
  if (value >>> 0 === value) return putUnsigned(bytes, position, value);
  if ((value | 0) === value) return putNegative(bytes, position, value);
  if (!Number.isSafeInteger(value)) {
    throw new InvalidInputError(`The number ${value} cannot be stored in a node.`);
  }
  bytes[position] = value < 0 ? 0xd3 : 0xcf;
  return putUint32(bytes, putUint32(bytes, position + 1, Math.floor(value / two32)), value);
}

/** Writes a string with its header at `position` and returns where it ends; up to 5 + 3 bytes a unit are used. */
export function putText(bytes: Buffer, position: number, value: string): number {
  if (value.length < 32) {
    const end = putAscii(bytes, position + 1, value);
    if (end >= 0) {
      bytes[position] = 0xa0 | value.length;
      return end;
    }
  }
  const byteLength = Buffer.byteLength(value);
  const start = putTextHeader(bytes, position, byteLength);
  return start + bytes.write(value, start, byteLength, 'utf8');
}

/** Writes the header of a string of `byteLength` bytes at `position` and returns where it ends. */
export function putTextHeader(bytes: Uint8Array, position: number, byteLength: number): number {
  if (byteLength < 32) {
    bytes[position] = 0xa0 | byteLength;
    return position + 1;
  }
  if (byteLength < 0x100) {
    bytes[position] = 0xd9;
    bytes[position + 1] = byteLength;
    return position + 2;
  }
  if (byteLength < 0x10000) return putUint16(bytes, position, 0xda, byteLength);
  bytes[position] = 0xdb;
  return putUint32(bytes, position + 1, byteLength);
}

/** Writes the 16 little-endian bytes at `offset` of `hashes` as a big-endian binary and returns where it ends. */
export function putHash(
  bytes: Uint8Array,
  position: number,
  hashes: Uint8Array,
  offset: number,
): number {
  bytes[position] = 0xc4;
  bytes[position + 1] = hashBytesLength;
  return putReversed(bytes, position + 2, hashes, offset);
}

/** Writes the 16 bytes at `offset` of `hashes` in reverse order at `position` and returns where they end. */
export function putReversed(
  bytes: Uint8Array,
  position: number,
  hashes: Uint8Array,
  offset: number,
): number {
  for (let index = 0; index < hashBytesLength; index++) {
    bytes[position + index] = hashes[offset + 15 - index] ?? 0;
  }
  return position + hashBytesLength;
}

function putAscii(bytes: Uint8Array, position: number, value: string): number {
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 128) return -1;
    bytes[position + index] = unit;
  }
  return position + value.length;
}

function putHeader(
  bytes: Uint8Array,
  position: number,
  count: number,
  short: number,
  long: number,
): number {
  if (count < 16) {
    bytes[position] = short | count;
    return position + 1;
  }
  if (count < 0x10000) return putUint16(bytes, position, long, count);
  bytes[position] = long + 1;
  return putUint32(bytes, position + 1, count);
}

function putUnsigned(bytes: Uint8Array, position: number, value: number): number {
  if (value < 0x100) {
    bytes[position] = 0xcc;
    bytes[position + 1] = value;
    return position + 2;
  }
  if (value < 0x10000) return putUint16(bytes, position, 0xcd, value);
  bytes[position] = 0xce;
  return putUint32(bytes, position + 1, value);
}

function putNegative(bytes: Uint8Array, position: number, value: number): number {
  if (value >= -32) {
    bytes[position] = value & 0xff;
    return position + 1;
  }
  if (value >= -0x80) {
    bytes[position] = 0xd0;
    bytes[position + 1] = value & 0xff;
    return position + 2;
  }
  if (value >= -0x8000) return putUint16(bytes, position, 0xd1, value);
  bytes[position] = 0xd2;
  return putUint32(bytes, position + 1, value);
}

function putUint16(bytes: Uint8Array, position: number, marker: number, value: number): number {
  bytes[position] = marker;
  bytes[position + 1] = (value >>> 8) & 0xff;
  bytes[position + 2] = value & 0xff;
  return position + 3;
}

/** Writes the low 32 bits of `value`, most significant byte first; negative values as two's complement. */
function putUint32(bytes: Uint8Array, position: number, value: number): number {
  bytes[position] = (value >>> 24) & 0xff;
  bytes[position + 1] = (value >>> 16) & 0xff;
  bytes[position + 2] = (value >>> 8) & 0xff;
  bytes[position + 3] = value & 0xff;
  return position + 4;
}
