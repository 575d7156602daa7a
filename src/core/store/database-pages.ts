/**
 * Reads ranges of a database page by page: lmdb-js hangs when it is closed after a transaction that began while a cursor was
 * open. What a rehearsal wrote is merged into each page.
 */
import type { LoggedWrite } from './write-log.js';

/** Limits of a range; keys compare bytewise. */
export interface KeyRange {
  readonly start?: Uint8Array; // first key, included
  readonly end?: Uint8Array; // first key that is left out
  readonly limit?: number; // most entries to return
}

/** The part of a range that is read at once. */
export interface LmdbRange {
  readonly start: Uint8Array;
  readonly end?: Uint8Array;
  readonly limit: number;
}

/** How items of a range are read, and told apart. */
export interface PageReader<Item> {
  /** Returns the first committed items of a part, ascending. */
  read(part: LmdbRange): readonly Item[];
  keyOf(item: Item): Uint8Array;
  /** Returns the item that a write makes. */
  itemOf(key: Uint8Array, stored: Uint8Array): Item;
}

const firstKey = Uint8Array.of(0);
const pageLength = 256;

/**
 * Yields the items of a range in ascending order, in pages of any length; what is written between two pages is seen.
 * @param writesBetween returns what is written and not committed from one key on and before another, ascending; absent when nothing can be
 */
export function* readPages<Item>(
  range: KeyRange,
  reader: PageReader<Item>,
  writesBetween?: (start: Uint8Array, end: Uint8Array | undefined) => readonly LoggedWrite[],
): Generator<readonly Item[]> {
  const end = range.end === undefined ? {} : { end: range.end };
  let start = range.start ?? firstKey;
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const limit = Math.min(pageLength, left);
    const committed = reader.read({ start, ...end, limit });
    const last = committed[limit - 1];
    const next = last && Buffer.concat([reader.keyOf(last), firstKey]); // undefined when there is no more
    const writes = writesBetween?.(start, next ?? range.end) ?? [];
    const page = writes.length === 0 ? committed : merge(reader, committed, writes);
    yield page.length > left ? page.slice(0, left) : page;
    if (next === undefined) return;
    left -= page.length;
    start = next;
  }
}

/** Returns what is committed as the writes leave it, ascending. */
function merge<Item>(
  reader: PageReader<Item>,
  committed: readonly Item[],
  writes: readonly LoggedWrite[],
): readonly Item[] {
  const items = new Map(committed.map((item) => [hexOf(reader.keyOf(item)), item]));
  for (const { key, stored } of writes) {
    if (stored === undefined) items.delete(hexOf(key));
    else items.set(hexOf(key), reader.itemOf(new Uint8Array(key), new Uint8Array(stored)));
  }
  return [...items.values()].sort((left, right) =>
    Buffer.compare(reader.keyOf(left), reader.keyOf(right)),
  );
}

function hexOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');
}
