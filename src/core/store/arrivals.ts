/**
 * What arrived a short time ago: the ids of nodes, contents and chunks that a peer sent, or was told it need not send, and that perhaps no reference
 * names yet. A transfer is many requests; between two of them this list is all that keeps gc from taking what it brought. It is
 * written in the transactions that store what arrives, as rows of 16-byte ids under the time.
 */
import { type Clock, millisecondsOf } from '../model/clock.js';
import type { MetaStore } from './meta.js';

const prefix = 'arrival/';
const timeDigits = 15;

/** However busy a server is: no transfer lasts longer than this. */
const longestTransferMs = 24 * 3600 * 1000;

/** Writes the list. */
export class Arrivals {
  readonly #meta: MetaStore;
  readonly #clock: Clock;

  constructor(meta: MetaStore, clock: Clock) {
    this.#meta = meta;
    this.#clock = clock;
  }

  /** Notes nodes and contents, 16 bytes each, and forgets those that are too old for any transfer. Only inside a transaction. */
  note(ids: Uint8Array): void {
    if (ids.length === 0) return;
    const nowMs = Math.floor(millisecondsOf(this.#clock));
    const key = keyOf(nowMs);
    const before = this.#meta.get(key) ?? new Uint8Array(0);
    this.#meta.put(key, Buffer.concat([before, ids]));
    const oldest = this.#meta.firstKey(prefix);
    if (oldest !== undefined && oldest < keyOf(nowMs - longestTransferMs)) {
      forgetArrivals(this.#meta, nowMs - longestTransferMs);
    }
  }
}

/**
 * Returns since when what arrived is kept, in ms since 1970: while no pause between two arrivals, or since the last one, is as long as
 * `graceMs`, a transfer may be running; at most a day.
 */
export function oldestKeptArrivalMs(meta: MetaStore, nowMs: number, graceMs: number): number {
  let oldestMs = nowMs;
  for (const key of meta.keys(prefix).reverse()) {
    const timeMs = timeOf(key);
    if (oldestMs - timeMs >= graceMs || timeMs < nowMs - longestTransferMs) break;
    oldestMs = timeMs;
  }
  return oldestMs;
}

/** Yields the ids that arrived at a time or later, 16 bytes each, in columns. */
export function* arrivedSince(meta: MetaStore, sinceMs: number): Generator<Uint8Array> {
  for (const [key, ids] of meta.entries(prefix)) if (timeOf(key) >= sinceMs) yield ids;
}

/** Forgets what arrived before a time; only inside a transaction. */
export function forgetArrivals(meta: MetaStore, beforeMs: number): void {
  for (const key of meta.keys(prefix)) if (timeOf(key) < beforeMs) meta.remove(key);
}

function keyOf(timeMs: number): string {
  return prefix + String(Math.max(0, timeMs)).padStart(timeDigits, '0');
}

function timeOf(key: string): number {
  return Number(key.slice(prefix.length));
}
