/**
 * What a transaction writes, kept in memory in the order in which it was written: a rehearsal reads its own writes from it, and whoever
 * carries the transaction out, or repeats one that failed, puts them into the databases as they are (`environment`,
 * docs/decisions/0017 and 0018).
 *
 * One entry, little endian, without padding between entries:
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 1 | index of the database |
 * | 1 | 1 | 1: the key is set, 0: it is removed, 2: all keys are removed |
 * | 2 | 2 | length of the key, u16; 0 when all keys are removed |
 * | 4 | 4 | length of the stored value, u32; 0 when none is set |
 * | 8 | | the key, then the stored value |
 */

const headLength = 8;
const initialLength = 4096;

const kinds = { remove: 0, put: 1, clear: 2 } as const;
const noBytes = new Uint8Array(0);

/** What was written under one key. */
export interface LoggedWrite {
  readonly database: number; // index
  readonly key: Uint8Array;
  readonly stored: Uint8Array | undefined; // undefined: the key was removed
}

/** Something that was done: to one key, or to all keys of a database. */
export type LoggedStep = LoggedWrite | { readonly database: number; readonly isCleared: true };

/** Settings of a log. */
export interface WriteLogOptions {
  readonly isSearched?: boolean; // false: nobody asks what was written under a key
  readonly maxBytes?: number; // a log that would be longer forgets everything, and is not whole any more
}

/** Collects the writes of one transaction. */
export class WriteLog {
  #bytes = Buffer.allocUnsafeSlow(initialLength);
  #length = 0;
  #isWhole = true;
  readonly #maxBytes: number;
  readonly #newest: readonly Map<string, number>[]; // by database: where the newest entry of a key starts; empty when nobody asks

  /** @param databaseCount databases have the indexes below it */
  constructor(databaseCount: number, options: WriteLogOptions = {}) {
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    const length = options.isSearched === false ? 0 : databaseCount;
    this.#newest = Array.from({ length }, () => new Map());
  }

  /** Whether everything that was written is in it. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** All entries, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Sets a key; both arrays are copied. */
  put(database: number, key: Uint8Array, stored: Uint8Array): void {
    this.#append(database, kinds.put, key, stored);
  }

  /** Removes a key; the array is copied. */
  remove(database: number, key: Uint8Array): void {
    this.#append(database, kinds.remove, key, noBytes);
  }

  /** Removes all keys of a database; not in a log that is searched. */
  clear(database: number): void {
    this.#append(database, kinds.clear, noBytes, noBytes);
  }

  /** Returns what was last written under a key, as a view that is valid until the next write; undefined when nothing was. */
  find(database: number, key: Uint8Array): LoggedWrite | undefined {
    const start = this.#newest[database]?.get(textOf(key));
    return start === undefined ? undefined : entryAt(this.#bytes, start).write;
  }

  /** Returns what was last written under the keys from `start` on and before `end`, ascending; views as of `find`. */
  between(database: number, start: Uint8Array, end: Uint8Array | undefined): LoggedWrite[] {
    const [first, last] = [textOf(start), end === undefined ? undefined : textOf(end)];
    return [...(this.#newest[database] ?? [])]
      .filter(([key]) => key >= first && (last === undefined || key < last))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, offset]) => entryAt(this.#bytes, offset).write);
  }

  #append(database: number, kind: number, key: Uint8Array, stored: Uint8Array): void {
    const start = this.#length;
    const valueStart = start + headLength + key.length;
    if (!this.#isWhole || valueStart + stored.length > this.#maxBytes) {
      this.#giveUp();
      return;
    }
    this.#reserve(valueStart + stored.length);
    this.#bytes.writeUInt8(database, start);
    this.#bytes.writeUInt8(kind, start + 1);
    this.#bytes.writeUInt16LE(key.length, start + 2);
    this.#bytes.writeUInt32LE(stored.length, start + 4);
    this.#bytes.set(key, start + headLength);
    this.#bytes.set(stored, valueStart);
    this.#newest[database]?.set(textOf(key), start);
  }

  #giveUp(): void {
    this.#isWhole = false;
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }

  #reserve(length: number): void {
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#length = length;
  }
}

/** Yields the entries of a log in the order in which they were written, as views. @throws RangeError when it is cut off */
export function* loggedSteps(bytes: Uint8Array): Generator<LoggedStep> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start < buffer.length; ) {
    const { kind, write, end } = entryAt(buffer, start);
    if (end > buffer.length) throw new RangeError('the log of a transaction is cut off');
    yield kind === kinds.clear ? { database: write.database, isCleared: true } : write;
    start = end;
  }
}

function entryAt(bytes: Buffer, start: number) {
  const valueStart = start + headLength + bytes.readUInt16LE(start + 2);
  const end = valueStart + bytes.readUInt32LE(start + 4);
  const kind = bytes.readUInt8(start + 1);
  const write: LoggedWrite = {
    database: bytes.readUInt8(start),
    key: bytes.subarray(start + headLength, valueStart),
    stored: kind === kinds.put ? bytes.subarray(valueStart, end) : undefined,
  };
  return { kind, write, end };
}

/** Returns a key as a text that sorts as its bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
