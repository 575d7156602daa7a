/**
 * The names of a run: UTF-8, ascending by their bytes, each followed by a NUL, with the place of each one. The NULs
 * let a whole column be decoded by one call, which costs a tenth of decoding name by name.
 */
import { compareBytewise } from '../model/path.js';

const nul = 0;

/** The names of a run, for reading. */
export class NameColumn {
  /** Number of names. */
  readonly count: number;
  readonly #offsets: Uint32Array; // count + 1 entries: where each name starts
  readonly #blob: Buffer;
  #decoded: readonly string[] | undefined;

  /**
   * @param offsets where each name starts in `blob`, and its end: one more than there are names
   * @param blob the names, a NUL after each
   */
  constructor(offsets: Uint32Array, blob: Uint8Array) {
    this.count = offsets.length - 1;
    this.#offsets = offsets;
    this.#blob = Buffer.from(blob.buffer, blob.byteOffset, blob.length);
  }

  /** The names in UTF-8, a NUL after each. */
  get bytes(): Uint8Array {
    return this.#blob;
  }

  /** All names joined by NUL: the form in which lists of names are sent to jobs. */
  get joined(): string {
    return this.#blob.toString('utf8', 0, Math.max(0, this.#blob.length - 1));
  }

  /** All names in order; decoded once and kept. */
  get all(): readonly string[] {
    this.#decoded ??= this.count === 0 ? [] : this.joined.split('\0');
    return this.#decoded;
  }

  /** Returns the name of row `index`. */
  at(index: number): string {
    if (this.#decoded !== undefined) return this.#decoded[index] ?? '';
    const end = (this.#offsets[index + 1] ?? 1) - 1;
    return this.#blob.toString('utf8', this.#offsets[index] ?? 0, end);
  }

  /** Returns the row of `name`, or `~row` of where it would stand when it is not there. */
  find(name: string): number {
    const wanted = Buffer.from(name);
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const end = (this.#offsets[middle + 1] ?? 1) - 1;
      const order = this.#blob.compare(wanted, 0, wanted.length, this.#offsets[middle] ?? 0, end);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }
}

/** Collects the names of a run in ascending order. */
export class NameColumnBuilder {
  /** Number of names appended so far. */
  count = 0;
  #blob: Buffer;
  #length = 0;
  #offsets: Uint32Array;
  #previous = '';

  /** @param expected number of names; more are fine */
  constructor(expected: number) {
    this.#blob = Buffer.allocUnsafe(Math.max(64, expected * 24));
    this.#offsets = new Uint32Array(expected + 1);
  }

  /** Bytes of the names with their NULs. */
  get byteLength(): number {
    return this.#length;
  }

  /**
   * Appends a name.
   * @throws RangeError when it does not come after the previous one bytewise (a mistake of the caller)
   */
  append(name: string): void {
    if (this.count > 0 && compareBytewise(this.#previous, name) >= 0) {
      throw new RangeError(`names must ascend: ${JSON.stringify(name)} is out of order`);
    }
    this.#previous = name;
    this.#reserve(name.length * 3 + 1);
    this.#offsets[this.count++] = this.#length;
    this.#length = this.#write(name);
    this.#blob[this.#length++] = nul;
  }

  /** Copies the offsets and the names into the columns of a run. */
  writeTo(offsets: Uint32Array, blob: Uint8Array): void {
    offsets.set(this.#offsets.subarray(0, this.count));
    offsets[this.count] = this.#length;
    blob.set(this.#blob.subarray(0, this.#length));
  }

  #write(name: string): number {
    // Plain ASCII is written here: a call into the runtime costs more than most names.
    for (let index = 0; index < name.length; index++) {
      const unit = name.charCodeAt(index);
      if (unit >= 0x80) return this.#length + this.#blob.write(name, this.#length, 'utf8');
      this.#blob[this.#length + index] = unit;
    }
    return this.#length + name.length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#blob.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#blob.length * 2, this.#length + bytes));
      this.#blob.copy(larger, 0, 0, this.#length);
      this.#blob = larger;
    }
    if (this.count + 1 >= this.#offsets.length) {
      const larger = new Uint32Array(this.#offsets.length * 2 + 1);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
  }
}
