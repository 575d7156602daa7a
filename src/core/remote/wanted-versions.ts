/** The contents that are asked of a server, as columns: of millions of them objects would take hundreds of MiB. */
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { hashColumn } from '../model/hash-column.js';

/** A content that is wanted. */
export interface WantedVersion {
  readonly hash: Hash;
  readonly sizeBytes: number;
}

/** A list of wanted contents; iterating makes the items one by one. */
export class WantedVersions implements Iterable<WantedVersion> {
  /** Their hashes, 16 bytes each. */
  readonly hashes: Uint8Array;
  readonly #sizes: Float64Array;

  /** @param sizes bytes of the contents, in the order of the hashes */
  constructor(hashes: Uint8Array, sizes: Float64Array) {
    this.hashes = hashes;
    this.#sizes = sizes;
  }

  /** Returns a list of the given contents. */
  static of(wanted: readonly WantedVersion[]): WantedVersions {
    const hashes = hashColumn(wanted.map(({ hash }) => hash));
    return new WantedVersions(
      hashes,
      Float64Array.from(wanted, ({ sizeBytes }) => sizeBytes),
    );
  }

  /** Number of contents. */
  get count(): number {
    return this.#sizes.length;
  }

  /** Bytes of all of them together. */
  get sizeBytes(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  *[Symbol.iterator](): Generator<WantedVersion> {
    for (let row = 0; row < this.count; row++) {
      const hash = hashFromBytes(this.hashes, row * hashBytesLength);
      yield { hash, sizeBytes: this.#sizes[row] ?? 0 };
    }
  }
}
