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

/** Small contents on their way to one job. */
export class ContentBatch {
  readonly #bytes = new GrowingBytes(64 * 1024);
  readonly #hashes = new GrowingBytes(64 * hashBytesLength);
  readonly #lengths: number[] = [];
  readonly #gzipped: number[] = [];

  get isEmpty(): boolean {
    return this.#lengths.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes.length >= batchBytes || this.#lengths.length >= batchCount;
  }

  add({ bytes, isGzip }: WholeContent, hash: Uint8Array): void {
    this.#bytes.append(bytes);
    this.#hashes.append(hash);
    this.#lengths.push(bytes.length);
    this.#gzipped.push(isGzip === true ? 1 : 0);
  }

  finish() {
    return {
      bytes: this.#bytes.bytes.slice(),
      hashes: this.#hashes.bytes.slice(),
      lengths: Uint32Array.from(this.#lengths),
      gzipped: Uint8Array.from(this.#gzipped),
    };
  }
}
