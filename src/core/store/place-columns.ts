/** Columns of places: built while records are appended, and read entry by entry. */
import type { RecordFields } from '../format/pack-record.js';
import { hashBytesLength } from '../model/hash.js';
import type { PlaceColumns } from '../model/jobs.js';

/** Collects the places of new records. */
export class PlaceBuilder {
  /** Number of places so far. */
  count = 0;
  #kinds = new Uint8Array(64);
  #codecs = new Uint8Array(64);
  #hashes = new Uint8Array(64 * hashBytesLength);
  #offsets = new Uint32Array(64);
  #storedLengths = new Uint32Array(64);
  #rawLengths = new Float64Array(64);

  /** Appends the place of a record whose header stands at `offset` in the pack. */
  append(fields: RecordFields, offset: number): void {
    if (this.count === this.#kinds.length) this.#grow();
    const row = this.count++;
    const { hash, hashOffset = 0 } = fields;
    this.#kinds[row] = fields.kind;
    this.#codecs[row] = fields.codec;
    this.#offsets[row] = offset;
    this.#storedLengths[row] = fields.storedLength;
    this.#rawLengths[row] = fields.rawLength;
    for (let index = 0; index < hashBytesLength; index++) {
      this.#hashes[row * hashBytesLength + index] = hash[hashOffset + index] ?? 0;
    }
  }

  /** Returns the columns, each in a buffer of its own. */
  finish(): PlaceColumns {
    const { count } = this;
    return {
      count,
      kinds: this.#kinds.slice(0, count),
      codecs: this.#codecs.slice(0, count),
      hashes: this.#hashes.slice(0, count * hashBytesLength),
      offsets: this.#offsets.slice(0, count),
      storedLengths: this.#storedLengths.slice(0, count),
      rawLengths: this.#rawLengths.slice(0, count),
    };
  }

  #grow(): void {
    const rows = this.#kinds.length * 2;
    this.#kinds = grown(this.#kinds, new Uint8Array(rows));
    this.#codecs = grown(this.#codecs, new Uint8Array(rows));
    this.#hashes = grown(this.#hashes, new Uint8Array(rows * hashBytesLength));
    this.#offsets = grown(this.#offsets, new Uint32Array(rows));
    this.#storedLengths = grown(this.#storedLengths, new Uint32Array(rows));
    this.#rawLengths = grown(this.#rawLengths, new Float64Array(rows));
  }
}

function grown<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
