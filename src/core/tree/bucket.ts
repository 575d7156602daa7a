/**
 * Spreads the entries of one directory over its vnodes: the bucket of each entry from its full path, and the entries
 * grouped by bucket. The arithmetic is `format/buckets`.
 */
import { bucketOf } from '../format/buckets.js';
import { hashInto } from '../format/hashing.js';
import { hashBytesLength } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';

/** Finds the buckets of the entries of one directory. */
export class BucketFinder {
  readonly #bucketCount: number;
  readonly #prefixLength: number;
  readonly #hash = new Uint8Array(hashBytesLength);
  #path: Buffer;

  /** @param bucketCount number of vnodes of `directory` */
  constructor(directory: RepoPath, bucketCount: number) {
    const prefix = Buffer.from(directory === '' ? '' : `${directory}/`);
    this.#bucketCount = bucketCount;
    this.#prefixLength = prefix.length;
    this.#path = Buffer.alloc(prefix.length + 256);
    this.#path.set(prefix);
  }

  /** Returns the bucket of the entry whose name in UTF-8 lies in `names` from `start` up to `end`. */
  find(names: Uint8Array, start: number, end: number): number {
    if (this.#bucketCount === 1) return 0;
    const length = this.#prefixLength + end - start;
    if (length > this.#path.length) this.#grow(length);
    const path = this.#path;
    let at = this.#prefixLength;
    for (let index = start; index < end; index++) path[at++] = names[index] ?? 0;
    hashInto(path.subarray(0, length), this.#hash, 0);
    return bucketOf(this.#hash, 0, this.#bucketCount);
  }

  #grow(length: number): void {
    const larger = Buffer.alloc(length * 2);
    larger.set(this.#path.subarray(0, this.#prefixLength));
    this.#path = larger;
  }
}

/** The entries of a directory by bucket: those of bucket b are `order` from `starts[b]` up to `starts[b + 1]`. */
export interface BucketGroups {
  readonly order: Uint32Array; // indexes of entries
  readonly starts: Uint32Array; // one more than there are buckets
}

/**
 * Groups entries by their buckets and keeps their order within a bucket, so that names that were ascending still are.
 * @param buckets the bucket of each entry, all below `bucketCount`
 */
export function groupByBucket(buckets: Uint32Array, bucketCount: number): BucketGroups {
  const starts = new Uint32Array(bucketCount + 1);
  for (const bucket of buckets) starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
  }
  const next = starts.slice();
  const order = new Uint32Array(buckets.length);
  buckets.forEach((bucket, entry) => {
    const at = next[bucket] ?? 0;
    order[at] = entry;
    next[bucket] = at + 1;
  });
  return { order, starts };
}
