/** Limits how many requests one sender may make: a bucket of tokens for each, filled evenly, that holds what two seconds bring. */

/** Senders that are remembered before those who have been quiet are forgotten. */
const maxSenders = 10_000;
const burstSeconds = 2;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Counts requests by sender. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param perSecond requests that one sender may make, in the long run */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, perSecond * burstSeconds);
  }

  /** Counts a request; returns 0 when it may be answered, else after how many whole seconds the sender may try again. */
  admit(sender: string, nowMs: number): number {
    if (!this.#buckets.has(sender) && this.#buckets.size >= maxSenders) this.#forgetQuiet(nowMs);
    const bucket = this.#buckets.get(sender) ?? { tokens: this.#capacity, filledAtMs: nowMs };
    this.#buckets.set(sender, bucket);
    bucket.tokens = this.#tokensOf(bucket, nowMs);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 0;
    }
    return Math.ceil((1 - bucket.tokens) / this.#perSecond);
  }

  #tokensOf({ tokens, filledAtMs }: Bucket, nowMs: number): number {
    return Math.min(this.#capacity, tokens + ((nowMs - filledAtMs) / 1000) * this.#perSecond);
  }

  /** A full bucket is like none. When all have something left to wait for, all start anew. */
  #forgetQuiet(nowMs: number): void {
    for (const [sender, bucket] of this.#buckets) {
      if (this.#tokensOf(bucket, nowMs) >= this.#capacity) this.#buckets.delete(sender);
    }
    if (this.#buckets.size >= maxSenders) this.#buckets.clear();
  }
}
