/** Small contents that arrive, gathered for one job. */
import { GrowingBytes } from '../format/column-run.js';
import { type Hash, hashBytesLength } from '../model/hash.js';

/** A whole content as it arrives. */
export interface WholeContent {
  readonly hash: Hash; // that it must have
  readonly bytes: Uint8Array; // the caller may use them again when `add` returns
  readonly isGzip?: boolean;
}

const batchBytes = 1024 * 1024;
const batchCount = 1024;

/** Room for what a batch may hold when its last content is the largest that is gathered whole. */
const roomBytes = batchBytes + 128 * 1024;

/** Small contents on their way to one job. */
export class ContentBatch {
  readonly #bytes = new GrowingBytes(roomBytes);
  readonly #hashes = new GrowingBytes(batchCount * hashBytesLength);
  readonly #lengths = new Uint32Array(batchCount);
  readonly #gzipped = new Uint8Array(batchCount);
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#bytes.length >= batchBytes || this.#count >= batchCount;
  }

  /** Takes a copy of a content. @param hash its 16 bytes */
  add({ bytes, isGzip }: WholeContent, hash: Uint8Array): void {
    this.#bytes.append(bytes);
    this.#hashes.append(hash);
    this.#lengths[this.#count] = bytes.length;
    this.#gzipped[this.#count] = isGzip === true ? 1 : 0;
    this.#count++;
  }

  /** Returns what was taken as columns of a job; a full batch gives its buffer away, so that it need not be copied. */
  finish() {
    const { bytes } = this.#bytes;
    return {
      bytes: this.isFull ? new Uint8Array(bytes.buffer) : bytes.slice(),
      hashes: this.#hashes.bytes.slice(),
      lengths: this.#lengths.slice(0, this.#count),
      gzipped: this.#gzipped.slice(0, this.#count),
      sizeBytes: bytes.length,
    };
  }
}
