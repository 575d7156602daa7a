/**
 * Single facts about a repository, in the database `meta`: text keys, values as bytes, text or hashes. What
 * keys there are stands in docs/format.md. Writes are only allowed inside a transaction.
 */
import { type Hash, hashFromBytes, hashToBytes } from '../model/hash.js';
import { prefixRange } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';

/** Access to the facts of one repository. */
export class MetaStore {
  readonly #environment: StoreEnvironment;

  constructor(environment: StoreEnvironment) {
    this.#environment = environment;
  }

  /** Returns the bytes of `key`, undefined when it is not set. */
  get(key: string): Uint8Array | undefined {
    return this.#database.get(Buffer.from(key));
  }

  /** Sets the bytes of `key`. */
  put(key: string, value: Uint8Array): void {
    this.#database.put(Buffer.from(key), value);
  }

  /** Removes `key`; says whether it was set. */
  remove(key: string): boolean {
    return this.#database.remove(Buffer.from(key));
  }

  /** Returns the text of `key`, undefined when it is not set. */
  getText(key: string): string | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : Buffer.from(value).toString();
  }

  /** Sets the text of `key`. */
  putText(key: string, text: string): void {
    this.put(key, Buffer.from(text));
  }

  /** Returns the hash of `key`, undefined when it is not set. */
  getHash(key: string): Hash | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : hashFromBytes(value);
  }

  /** Sets the hash of `key`, or removes it. */
  putHash(key: string, hash: Hash | undefined): void {
    if (hash === undefined) this.remove(key);
    else this.put(key, hashToBytes(hash));
  }

  /** Returns the keys that start with `prefix`, ascending. */
  keys(prefix = ''): string[] {
    const range = prefix === '' ? {} : prefixRange(Buffer.from(prefix));
    return Array.from(this.#database.keys(range), (key) => Buffer.from(key).toString());
  }

  /** Returns the first key that starts with `prefix`, undefined when there is none. */
  firstKey(prefix: string): string | undefined {
    const range = { ...prefixRange(Buffer.from(prefix)), limit: 1 };
    for (const key of this.#database.keys(range)) return Buffer.from(key).toString();
    return undefined;
  }

  /** Iterates over the keys that start with `prefix`, ascending, with their bytes. */
  *entries(prefix: string): Generator<[key: string, value: Uint8Array]> {
    for (const { key, value } of this.#database.entries(prefixRange(Buffer.from(prefix)))) {
      yield [Buffer.from(key).toString(), value];
    }
  }

  get #database() {
    return this.#environment.database('meta');
  }
}
