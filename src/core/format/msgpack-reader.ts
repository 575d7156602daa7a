/**
 * A strict, bounded reader of msgpack for bytes that may come from anyone: it never reads outside its range, takes
 * no length on trust, does not recurse, and fails with IntegrityError only. It accepts every encoding of a
 * value that a msgpack writer may choose, not just the shortest.
 */
import { IntegrityError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashFromBigEndian } from '../model/hash.js';

/** Deepest nesting of arrays and maps that `skip` walks: the limit of serde_json, which made the nested values. */
export const maxDepth = 128;

const two32 = 2 ** 32;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const pendingAtDepth = new Float64Array(maxDepth + 1);

/** Reads msgpack values one after the other from a range of bytes. */
export class MsgpackReader {
  #bytes: Buffer;
  #end: number;
  /** Where the next value starts. */
  position: number;

  /** Reads `bytes` from `start` up to, not including, `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = asBuffer(bytes);
    this.position = start;
    this.#end = Math.min(end, bytes.length);
  }

  /** Says whether the next value is nil, and steps over it when it is. */
  nil(): boolean {
    if (this.#peek() !== 0xc0) return false;
    this.position++;
    return true;
  }

  /** Reads the header of an array and returns its number of values. */
  array(): number {
    const marker = this.#next();
    const count = this.#count(marker, 0x90, 0xdc, 'an array');
    return this.#bounded(count, count);
  }

  /** Reads the header of a map and returns its number of pairs. */
  map(): number {
    const marker = this.#next();
    const count = this.#count(marker, 0x80, 0xde, 'a map');
    return this.#bounded(count, count * 2);
  }

  /** Reads the header of an array and checks that it has `count` values. */
  arrayOf(count: number): void {
    const start = this.position;
    const found = this.array();
    if (found !== count)
      this.#fail(`an array of ${count} values was expected, not ${found}`, start);
  }

  /** Reads a whole number between -2^53 and 2^53. */
  integer(): number {
    const start = this.position;
    const marker = this.#next();
    if (marker < 0x80) return marker;
    if (marker >= 0xe0) return marker - 0x100;
    const value = this.#sized(marker);
    if (!Number.isSafeInteger(value)) this.#fail('a number is out of range', start);
    return value;
  }

  /** Reads a whole number from 0 to 2^53. */
  unsigned(): number {
    const start = this.position;
    const value = this.integer();
    if (value < 0) this.#fail('a number is negative', start);
    return value;
  }

  /**
   * Reads a 64-bit counter. Counters of the original wrap around below zero; the upper half of the range is
   * returned as the negative number that it stands for.
   */
  counter(): number {
    const start = this.position;
    if (this.#peek() !== 0xcf) return this.integer();
    this.position++;
    const high = this.#uint(4) | 0;
    const value = high * two32 + this.#uint(4);
    if (!Number.isSafeInteger(value)) this.#fail('a counter is out of range', start);
    return value;
  }

  /** Reads a double, or a float or integer that stands for one. */
  double(): number {
    const marker = this.#peek();
    if (marker !== 0xcb && marker !== 0xca) return this.integer();
    this.position++;
    const size = marker === 0xcb ? 8 : 4;
    const start = this.#take(size);
    return size === 8 ? this.#bytes.readDoubleBE(start) : this.#bytes.readFloatBE(start);
  }

  /** Reads the header of a string and returns its length in bytes; `position` is then its first byte. */
  textLength(): number {
    const marker = this.#next();
    let length = marker & 0x1f;
    if (marker === 0xd9) length = this.#uint(1);
    else if (marker === 0xda) length = this.#uint(2);
    else if (marker === 0xdb) length = this.#uint(4);
    else if (marker >> 5 !== 5) this.#fail('a string was expected', this.position - 1);
    return this.#bounded(length, length);
  }

  /** Reads a string of valid UTF-8. */
  text(): string {
    const length = this.textLength();
    const start = this.#take(length);
    return textAt(this.#bytes, start, start + length);
  }

  /** Steps over a string of valid UTF-8. */
  skipText(): void {
    const length = this.textLength();
    const start = this.#take(length);
    if (!isAscii(this.#bytes, start, start + length))
      strictText(this.#bytes, start, start + length);
  }

  /** Reads a string and checks that it is `expected`, which is plain ASCII. */
  literal(expected: string): void {
    const start = this.position;
    const length = this.textLength();
    const text = this.#take(length);
    let isEqual = length === expected.length;
    for (let index = 0; isEqual && index < length; index++) {
      isEqual = this.#bytes[text + index] === expected.charCodeAt(index);
    }
    if (!isEqual) this.#fail(`'${expected}' was expected`, start);
  }

  /** Reads a hash and returns the offset of its 16 bytes, most significant first. */
  hashOffset(): number {
    const start = this.position;
    const marker = this.#next();
    if (marker < 0xc4 || marker > 0xc6 || this.#uint(2 ** (marker - 0xc4)) !== hashBytesLength) {
      this.#fail('a hash was expected', start);
    }
    return this.#take(hashBytesLength);
  }

  /** Reads a hash. */
  hash(): Hash {
    return hashFromBigEndian(this.#bytes, this.hashOffset());
  }

  /** Steps over one value of any kind, with everything in it. */
  skip(): void {
    const start = this.position;
    let depth = 0;
    pendingAtDepth[0] = 1;
    while (depth >= 0) {
      const pending = pendingAtDepth[depth] ?? 0;
      if (pending === 0) {
        depth--;
        continue;
      }
      pendingAtDepth[depth] = pending - 1;
      const inside = this.#skipOne();
      if (inside === 0) continue;
      if (++depth > maxDepth) this.#fail(`values are nested deeper than ${maxDepth}`, start);
      pendingAtDepth[depth] = inside;
    }
  }

  /** Checks that nothing is left. */
  finish(): void {
    if (this.position !== this.#end) this.#fail('bytes are left over', this.position);
  }

  /** Steps over one value, but not over the values in it; returns how many those are. */
  #skipOne(): number {
    const marker = this.#next();
    if (marker < 0x80 || marker >= 0xe0 || (marker >= 0xc0 && marker <= 0xc3)) {
      if (marker === 0xc1) this.#fail('an unused marker was found', this.position - 1);
      return 0;
    }
    if (marker >> 4 === 8 || marker === 0xde || marker === 0xdf) {
      this.position--;
      return this.map() * 2;
    }
    if (marker >> 4 === 9 || marker === 0xdc || marker === 0xdd) {
      this.position--;
      return this.array();
    }
    this.#take(this.#scalarLength(marker));
    return 0;
  }

  /** Returns the number of bytes after the header of a string, binary, extension or number. */
  #scalarLength(marker: number): number {
    if (marker >> 5 === 5) return marker & 0x1f;
    if (marker >= 0xd9) return this.#uint(2 ** (marker - 0xd9));
    if (marker >= 0xd4) return 1 + 2 ** (marker - 0xd4);
    if (marker >= 0xd0) return 2 ** (marker - 0xd0);
    if (marker >= 0xcc) return 2 ** (marker - 0xcc);
    if (marker >= 0xca) return 4 * (marker - 0xc9);
    if (marker >= 0xc7) return 1 + this.#uint(2 ** (marker - 0xc7));
    return this.#uint(2 ** (marker - 0xc4));
  }

  #sized(marker: number): number {
    if (marker >= 0xcc && marker <= 0xce) return this.#uint(2 ** (marker - 0xcc));
    if (marker === 0xcf) return this.#uint(4) * two32 + this.#uint(4);
    if (marker === 0xd0) return (this.#uint(1) << 24) >> 24;
    if (marker === 0xd1) return (this.#uint(2) << 16) >> 16;
    if (marker === 0xd2) return this.#uint(4) | 0;
    if (marker === 0xd3) return (this.#uint(4) | 0) * two32 + this.#uint(4);
    return this.#fail('a whole number was expected', this.position - 1);
  }

  #count(marker: number, short: number, long: number, what: string): number {
    if (marker >> 4 === short >> 4) return marker & 0x0f;
    if (marker === long) return this.#uint(2);
    if (marker === long + 1) return this.#uint(4);
    return this.#fail(`${what} was expected`, this.position - 1);
  }

  /** Returns `value` when at least `byteCount` bytes are left, as each value inside takes one or more. */
  #bounded(value: number, byteCount: number): number {
    if (byteCount > this.#end - this.position)
      this.#fail('a length exceeds the data', this.position);
    return value;
  }

  #uint(size: number): number {
    const start = this.#take(size);
    let value = 0;
    for (let index = start; index < start + size; index++) {
      value = value * 256 + (this.#bytes[index] ?? 0);
    }
    return value;
  }

  #peek(): number {
    if (this.position >= this.#end) this.#fail('the data ends early', this.position);
    return this.#bytes[this.position] ?? 0;
  }

  #next(): number {
    const marker = this.#peek();
    this.position++;
    return marker;
  }

  #take(byteCount: number): number {
    const start = this.position;
    if (byteCount > this.#end - start) this.#fail('the data ends early', start);
    this.position = start + byteCount;
    return start;
  }

  #fail(problem: string, position: number): never {
    throw new IntegrityError(`A node is damaged: ${problem} (byte ${position}).`);
  }
}

/**
 * Returns the string whose UTF-8 bytes lie from `start` up to `end`.
 * @throws IntegrityError when they are not valid UTF-8
 */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  const buffer = asBuffer(bytes);
  if (isAscii(buffer, start, end)) return buffer.toString('latin1', start, end);
  return strictText(buffer, start, end);
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if ((bytes[index] ?? 0) >= 128) return false;
  }
  return true;
}

function strictText(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text;
  try {
    return strictUtf8.decode(buffer.subarray(start, end));
  } catch (cause) {
    throw new IntegrityError(`A node is damaged: text is not valid UTF-8 (byte ${start}).`, {
      cause,
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
