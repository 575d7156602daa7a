/**
 * One named database of the environment, with a checksum in every value. LMDB has none: a flipped bit would be returned
 * as data. A stored value is the payload, then the low 64 bits of XXH3-128(payload ‖ key), little endian; the key
 * is covered too, because a name that turned into another one is as bad as a wrong value.
 */
import type { Database } from 'lmdb';
import { hash64Into } from '../format/hashing.js';
import { IntegrityError } from '../model/errors.js';
import { describeDatabaseError } from './database-errors.js';
import { type KeyRange, type PageReader, readPages } from './database-pages.js';
import type { WriteLog } from './write-log.js';

/** What lmdb-js gives for a database with binary keys and values. */
export type LmdbDatabase = Database<Uint8Array, Uint8Array>;

/** Bytes that the checksum adds to a value. */
export const valueChecksumLength = 8;

/** Where writes go, and under which index. */
export interface Logging {
  readonly log: WriteLog;
  readonly index: number;
}

/** A key and its payload, both copies. */
export interface DatabaseEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const smallLength = 4096;
const checksum = new Uint8Array(valueChecksumLength);

/**
 * A named database. Reads outside a transaction see the newest committed state as of the current turn of the event
 * loop; inside `StoreEnvironment.transaction` or `rehearse` they see its own writes. Writes are only allowed inside one.
 */
export class CheckedDatabase {
  readonly name: string;
  readonly #path: string;
  #handle: LmdbDatabase;
  #rehearsal: Logging | undefined;
  #journal: Logging | undefined;
  readonly #scratch = Buffer.allocUnsafeSlow(smallLength);
  readonly #entryReader: PageReader<DatabaseEntry> = {
    read: (part) => this.#readRange(() => [...this.#handle.getRange(part)]),
    keyOf: ({ key }) => key,
    itemOf: (key, value) => ({ key, value }),
  };
  readonly #keyReader: PageReader<Uint8Array> = {
    read: (part) => this.#readRange(() => [...this.#handle.getKeys(part)]),
    keyOf: (key) => key,
    itemOf: (key) => key,
  };

  /** @param path the directory of the environment, for messages */
  constructor(name: string, path: string, handle: LmdbDatabase) {
    this.name = name;
    this.#path = path;
    this.#handle = handle;
  }

  /** Goes on with another handle of the same database, after the environment was opened again. */
  rebind(handle: LmdbDatabase): void {
    this.#handle = handle;
  }

  /** From now on writes go to a log, and reads see them, until it is called with nothing. */
  rehearse(rehearsal: Logging | undefined): void {
    this.#rehearsal = rehearsal;
  }

  /** From now on writes are noted in a log as well, until it is called with nothing. */
  keepJournal(journal: Logging | undefined): void {
    this.#journal = journal;
  }

  /**
   * Returns a copy of the payload of `key`, undefined when the key is absent; it starts at the front of its own buffer.
   * @throws IntegrityError when the value is damaged
   */
  get(key: Uint8Array): Uint8Array | undefined {
    const stored = this.#fetch(key);
    return stored === undefined ? undefined : this.#open(stored, key, undefined);
  }

  /**
   * As `get`, but the payload is only valid until the next call on this object. For hot loops over small values.
   * @throws IntegrityError when the value is damaged
   */
  peek(key: Uint8Array): Uint8Array | undefined {
    const stored = this.#fetch(key);
    if (stored === undefined) return undefined;
    const fits = stored.length + key.length <= smallLength;
    return this.#open(stored, key, fits ? this.#scratch : undefined);
  }

  /** Says whether `key` is present; its value is not looked at. */
  has(key: Uint8Array): boolean {
    return this.#fetch(key) !== undefined;
  }

  /** Stores `payload` under `key`; only inside a transaction. */
  put(key: Uint8Array, payload: Uint8Array): void {
    const length = payload.length;
    const total = length + Math.max(key.length, valueChecksumLength);
    const buffer = total <= smallLength ? this.#scratch : Buffer.allocUnsafeSlow(total);
    buffer.set(payload);
    buffer.set(key, length);
    hash64Into(buffer.subarray(0, length + key.length), checksum, 0);
    buffer.set(checksum, length);
    this.putStored(key, buffer.subarray(0, length + valueChecksumLength));
  }

  /** Stores a value that has its checksum already, as it came from a log; only inside a transaction. */
  putStored(key: Uint8Array, stored: Uint8Array): void {
    if (this.#rehearsal !== undefined) {
      this.#rehearsal.log.put(this.#rehearsal.index, key, stored);
      return;
    }
    this.#journal?.log.put(this.#journal.index, key, stored);
    try {
      this.#handle.putSync(key, stored);
    } catch (error) {
      throw this.#describe(error, 'written');
    }
  }

  /** Removes `key` and says whether it was present; only inside a transaction. */
  remove(key: Uint8Array): boolean {
    if (this.#rehearsal !== undefined) {
      const wasPresent = this.has(key);
      if (wasPresent) this.#rehearsal.log.remove(this.#rehearsal.index, key);
      return wasPresent;
    }
    this.#journal?.log.remove(this.#journal.index, key);
    try {
      return this.#handle.removeSync(key);
    } catch (error) {
      throw this.#describe(error, 'written');
    }
  }

  /** Removes every entry; only inside a transaction. */
  clear(): void {
    if (this.#rehearsal !== undefined) {
      for (const key of this.keys()) this.remove(key);
      return;
    }
    this.#journal?.log.clear(this.#journal.index);
    try {
      this.#handle.clearSync();
    } catch (error) {
      throw this.#describe(error, 'written');
    }
  }

  /**
   * Iterates over entries in ascending order of their keys; reading and writing meanwhile is allowed.
   * @throws IntegrityError when a value is damaged
   */
  *entries(range: KeyRange = {}): Generator<DatabaseEntry> {
    for (const page of readPages(range, this.#entryReader, this.#writesBetween())) {
      for (const { key, value } of page) yield { key, value: this.#open(value, key, undefined) };
    }
  }

  /** Iterates over keys in ascending order; reading and writing meanwhile is allowed. */
  *keys(range: KeyRange = {}): Generator<Uint8Array> {
    for (const page of readPages(range, this.#keyReader, this.#writesBetween())) yield* page;
  }

  /** Returns the number of entries. */
  count(): number {
    const stats: { entryCount?: number } = this.#handle.getStats();
    const stored = stats.entryCount ?? 0;
    const writes = this.#writesBetween()?.(new Uint8Array(0), undefined) ?? [];
    return writes.reduce(
      (count, { key, stored: value }) =>
        count + Number(value !== undefined) - Number(this.#fetchCommitted(key) !== undefined),
      stored,
    );
  }

  /** Returns how what a rehearsal wrote is found; undefined when there is none. */
  #writesBetween() {
    if (this.#rehearsal === undefined) return undefined;
    const { log, index } = this.#rehearsal;
    return (start: Uint8Array, end: Uint8Array | undefined) => log.between(index, start, end);
  }

  #readRange<Items>(read: () => Items): Items {
    try {
      return read();
    } catch (error) {
      throw this.#describe(error, 'read');
    }
  }

  #fetch(key: Uint8Array): Uint8Array | undefined {
    if (this.#rehearsal !== undefined) {
      const written = this.#rehearsal.log.find(this.#rehearsal.index, key);
      if (written !== undefined) return written.stored;
    }
    return this.#fetchCommitted(key);
  }

  #fetchCommitted(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.#handle.getBinaryFast(key);
    } catch (error) {
      throw this.#describe(error, 'read');
    }
  }

  /** Checks a stored value in `scratch` or a new buffer, and returns its payload there. */
  #open(stored: Uint8Array, key: Uint8Array, scratch: Uint8Array | undefined): Uint8Array {
    // lmdb-js gives its reading buffer another `length`: only `length` and `subarray` of it tell the truth.
    const length = stored.length - valueChecksumLength;
    if (length < 0) throw this.#damaged(key);
    const buffer = scratch ?? new Uint8Array(length + Math.max(key.length, valueChecksumLength));
    buffer.set(stored.subarray(0, length));
    buffer.set(key, length);
    hash64Into(buffer.subarray(0, length + key.length), checksum, 0);
    for (let index = 0; index < valueChecksumLength; index++) {
      if (checksum[index] !== stored[length + index]) throw this.#damaged(key);
    }
    return buffer.subarray(0, length);
  }

  #damaged(key: Uint8Array): IntegrityError {
    return new IntegrityError(
      `The entry ${showKey(key)} of database ${this.name} is damaged (${this.#path}).`,
      { path: this.#path, hint: 'oxen fsck' },
    );
  }

  #describe(error: unknown, verb: string): Error {
    return describeDatabaseError(error, `The database ${this.name} cannot be ${verb}`, this.#path);
  }
}

/** Returns a key as readable text: as it is when it is printable, else in hex. */
export function showKey(key: Uint8Array): string {
  const text = Buffer.from(key).toString('utf8');
  return /^[\x20-\x7e]+$/.test(text) ? `'${text}'` : Buffer.from(key).toString('hex');
}

/** Returns the first key after all keys that start with `prefix`, undefined when there is none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const end = new Uint8Array(prefix);
  for (let index = end.length - 1; index >= 0; index--) {
    const byte = end[index] ?? 0;
    if (byte < 0xff) {
      end[index] = byte + 1;
      return end.slice(0, index + 1);
    }
  }
  return undefined;
}

/** Returns the range of all keys that start with `prefix`. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  const end = afterPrefix(prefix);
  return { start: prefix, ...(end === undefined ? {} : { end }) };
}
