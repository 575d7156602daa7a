/**
 * Reads tables of FlatBuffers, the form of arrow schemas. A table is a place in the bytes; its fields are found through an
 * offset table. Hostile bytes are harmless: beyond the end there are zeros, and what
 * is visited altogether is bounded.
 */
import { isUtf8 } from 'node:buffer';
import { uint16le, uint32le } from '../byte-fields.js';

/** Vectors longer than this are not read: no schema has a million columns. */
const maxElements = 2 ** 20;
/** How often everything in a buffer may be visited on average; tables that share their vectors would take for ever. */
const maxVisits = 4;

interface FlatBuffer {
  readonly bytes: Uint8Array;
  bytesLeft: number; // to be visited in vectors and strings
}

/** A table in a flatbuffer; made by `root` and from other tables. Vectors are walked lazily, as hostile ones are long. */
export class FlatTable {
  readonly #buffer: FlatBuffer;
  readonly #bytes: Uint8Array;
  readonly #at: number;

  constructor(buffer: FlatBuffer, at: number) {
    this.#buffer = buffer;
    this.#bytes = buffer.bytes;
    this.#at = at;
  }

  /** Returns the table that a buffer starts with. */
  static root(bytes: Uint8Array): FlatTable {
    return new FlatTable({ bytes, bytesLeft: bytes.length * maxVisits }, uint32le(bytes, 0));
  }

  /** Says whether a field is present. */
  has(field: number): boolean {
    return this.#place(field) > 0;
  }

  /** Returns a field of one byte, or `missing` when it is not there. */
  byte(field: number, missing = 0): number {
    const at = this.#place(field);
    return at > 0 ? (this.#bytes[at] ?? missing) : missing;
  }

  /** Returns a field of 16 bits, without a sign. */
  short(field: number, missing = 0): number {
    const at = this.#place(field);
    return at > 0 ? uint16le(this.#bytes, at) : missing;
  }

  /** Returns a field of 32 bits, with a sign. */
  int(field: number, missing = 0): number {
    const at = this.#place(field);
    return at > 0 ? uint32le(this.#bytes, at) | 0 : missing;
  }

  /** Returns a field of 64 bits; above 2^53 only nearly right. */
  long(field: number): number {
    const at = this.#place(field);
    if (at <= 0) return 0;
    return (uint32le(this.#bytes, at + 4) | 0) * 2 ** 32 + uint32le(this.#bytes, at);
  }

  /** Returns a string, undefined when it is missing, lies outside or is no UTF-8. */
  text(field: number): string | undefined {
    const start = this.#target(field);
    if (start === undefined) return undefined;
    const length = this.#visit(start, 1);
    if (length === undefined) return undefined;
    const bytes = this.#bytes.subarray(start + 4, start + 4 + length);
    return isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : undefined;
  }

  /** Returns a table, undefined when it is missing or lies outside. */
  table(field: number): FlatTable | undefined {
    const start = this.#target(field);
    return start === undefined ? undefined : new FlatTable(this.#buffer, start);
  }

  /** Returns the tables of a vector; undefined when it is missing, or longer than the bytes allow. */
  tables(field: number): Iterable<FlatTable> | undefined {
    const places = this.structs(field, 4);
    return places && tablesAt(this.#buffer, places);
  }

  /** Returns where the elements of a vector of structs start; undefined as for `tables`. */
  structs(field: number, structBytes: number): Iterable<number> | undefined {
    const start = this.#target(field);
    if (start === undefined) return undefined;
    const count = this.#visit(start, structBytes);
    return count === undefined || count > maxElements
      ? undefined
      : placesOf(start + 4, count, structBytes);
  }

  /** Returns the length of the vector at `start`; undefined when it lies outside or too much was visited. */
  #visit(start: number, elementBytes: number): number | undefined {
    const count = uint32le(this.#bytes, start);
    const length = count * elementBytes;
    if (start + 4 + length > this.#bytes.length) return undefined;
    this.#buffer.bytesLeft -= length;
    return this.#buffer.bytesLeft < 0 ? undefined : count;
  }

  #target(field: number): number | undefined {
    const at = this.#place(field);
    const start = at + uint32le(this.#bytes, at);
    return at > 0 && start + 4 <= this.#bytes.length ? start : undefined;
  }

  /** Returns where a field lies, 0 when it is missing. */
  #place(field: number): number {
    const fields = this.#at - (uint32le(this.#bytes, this.#at) | 0);
    const slot = 4 + field * 2;
    if (fields < 0 || slot + 2 > uint16le(this.#bytes, fields)) return 0;
    const offset = uint16le(this.#bytes, fields + slot);
    return offset === 0 ? 0 : this.#at + offset;
  }
}

function* placesOf(start: number, count: number, bytes: number): Generator<number> {
  for (let index = 0; index < count; index++) yield start + index * bytes;
}

function* tablesAt(buffer: FlatBuffer, places: Iterable<number>): Generator<FlatTable> {
  for (const at of places) yield new FlatTable(buffer, at + uint32le(buffer.bytes, at));
}
