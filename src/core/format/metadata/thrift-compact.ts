/**
 * Reads Thrift's compact protocol, in which parquet footers are written: structs as fields with a small number each. Bounded: every
 * value takes bytes, nesting is limited, lengths are checked against what is left. Damage is remembered instead of thrown.
 */
import { isUtf8 } from 'node:buffer';

const maxDepth = 64;

/** Types of values in the compact protocol. */
export const thriftTypes = {
  stop: 0,
  yes: 1,
  no: 2,
  byte: 3,
  int16: 4,
  int32: 5,
  int64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** Reads values one after the other. */
export class ThriftReader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;
  /** Whether something was damaged; all values read since are meaningless. */
  isFailed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a struct and calls `handle` for each field; a field that it does not read itself (false) is skipped. */
  struct(handle: (field: number, type: number) => boolean): void {
    if (!this.#enter()) return;
    let field = 0;
    while (!this.isFailed) {
      const header = this.#byte();
      const type = header & 15;
      if (type === thriftTypes.stop) break;
      const step = header >> 4;
      field = step === 0 ? this.integer() : field + step;
      if (!handle(field, type)) this.#skip(type, true);
    }
    this.#depth--;
  }

  /** Reads a list of at most `maxCount` elements and calls `handle` for each. */
  list(handle: (type: number) => void, maxCount = Number.POSITIVE_INFINITY): void {
    if (!this.#enter()) return;
    const { count, type } = this.#listHeader();
    if (count > maxCount) this.#fail();
    for (let index = 0; index < count && !this.isFailed; index++) handle(type);
    this.#depth--;
  }

  /** Reads a whole number; above 2^53 only nearly right. */
  integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Reads one byte. */
  byte(): number {
    return this.#byte();
  }

  /** Reads a string, which must be UTF-8. */
  text(): string {
    const length = this.#varint();
    const start = this.#at;
    this.#advance(length);
    if (!this.isFailed && !isUtf8(this.#bytes.subarray(start, this.#at))) this.#fail();
    return this.isFailed ? '' : this.#bytes.toString('utf8', start, this.#at);
  }

  #listHeader(): { count: number; type: number } {
    const header = this.#byte();
    const count = header >> 4 === 15 ? this.#varint() : header >> 4;
    if (count > this.#bytes.length - this.#at) this.#fail();
    return { count: this.isFailed ? 0 : count, type: header & 15 };
  }

  #skip(type: number, isField: boolean): void {
    switch (type) {
      case thriftTypes.yes:
      case thriftTypes.no:
        if (!isField) this.#advance(1);
        return;
      case thriftTypes.byte:
        this.#advance(1);
        return;
      case thriftTypes.int16:
      case thriftTypes.int32:
      case thriftTypes.int64:
        this.#varint();
        return;
      case thriftTypes.double:
        this.#advance(8);
        return;
      case thriftTypes.binary:
        this.#advance(this.#varint());
        return;
      case thriftTypes.list:
      case thriftTypes.set:
        this.list((element) => this.#skip(element, false));
        return;
      case thriftTypes.map:
        this.#skipMap();
        return;
      case thriftTypes.struct:
        this.struct(() => false);
        return;
      default:
        this.#fail();
    }
  }

  #skipMap(): void {
    const count = this.#varint();
    if (count === 0 || !this.#enter()) return;
    const types = this.#byte();
    if (count > this.#bytes.length - this.#at) this.#fail();
    for (let index = 0; index < count && !this.isFailed; index++) {
      this.#skip(types >> 4, false);
      this.#skip(types & 15, false);
    }
    this.#depth--;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 1; shift < 2 ** 64; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    this.#fail();
    return 0;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) this.#fail();
    return byte ?? 0;
  }

  #advance(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) this.#fail();
  }

  #enter(): boolean {
    if (++this.#depth <= maxDepth) return true;
    this.#fail();
    return false;
  }

  #fail(): void {
    this.isFailed = true;
    this.#at = this.#bytes.length;
  }
}
