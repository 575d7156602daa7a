/** The objects that one request is to bring: each may come once, and nothing else. */
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';

/** A set of hashes from which those that came are taken off. */
export class WantedObjects {
  readonly #table: HashTable;
  readonly #hasCome: Uint8Array; // by index in the table
  #lackingCount: number;

  /** @param hashes 16 bytes each, all different */
  constructor(hashes: Uint8Array) {
    this.#lackingCount = hashes.length / hashBytesLength;
    this.#table = new HashTable(this.#lackingCount);
    for (let offset = 0; offset < hashes.length; offset += hashBytesLength) {
      this.#table.add(hashes, offset);
    }
    this.#hasCome = new Uint8Array(this.#lackingCount);
  }

  /** Number of hashes that have not come. */
  get lackingCount(): number {
    return this.#lackingCount;
  }

  /** Returns the hashes that have not come, 16 bytes each. */
  lacking(): Uint8Array {
    const hashes = new Uint8Array(this.#lackingCount * hashBytesLength);
    let length = 0;
    for (let index = 0; index < this.#table.size; index++) {
      if (this.#hasCome[index] === 1) continue;
      const start = index * hashBytesLength;
      hashes.set(this.#table.hashes.subarray(start, start + hashBytesLength), length);
      length += hashBytesLength;
    }
    return hashes;
  }

  /**
   * Takes off a hash that has come.
   * @param hash 16 bytes
   * @throws IntegrityError when it is not wanted, or came before
   */
  take(hash: Uint8Array): void {
    const index = this.#table.find(hash);
    if (index < 0 || this.#hasCome[index] === 1) {
      const shown = hashFromBytes(hash);
      throw new IntegrityError(`The server sends ${shown}, which is not wanted.`);
    }
    this.#hasCome[index] = 1;
    this.#lackingCount--;
  }
}
