/** The order in which rows are put into LMDB: sorted keys cost half as much and fill pages better than random ones. */
import { hashBytesLength } from '../model/hash.js';

const largestSortable = 2 ** 21;

/**
 * Returns the row numbers of a hash column ordered by the first four bytes of the hashes, ties by row number: near enough to the
 * order of the keys. Sorts numbers that hold prefix and row at once, which needs no comparison function; columns
 * of more than 2 million rows are sorted in pieces.
 */
export function orderOfHashes(hashes: Uint8Array): Uint32Array {
  const count = hashes.length / hashBytesLength;
  const order = new Uint32Array(count);
  for (let start = 0; start < count; start += largestSortable) {
    const end = Math.min(start + largestSortable, count);
    sortPiece(hashes, start, order.subarray(start, end));
  }
  return order;
}

function sortPiece(hashes: Uint8Array, start: number, order: Uint32Array): void {
  const keys = new Float64Array(order.length);
  for (let row = 0; row < keys.length; row++) {
    const at = (start + row) * hashBytesLength;
    const high = (hashes[at] ?? 0) * 256 + (hashes[at + 1] ?? 0);
    const low = (hashes[at + 2] ?? 0) * 256 + (hashes[at + 3] ?? 0);
    keys[row] = (high * 65536 + low) * largestSortable + row;
  }
  keys.sort();
  for (let row = 0; row < keys.length; row++) {
    order[row] = start + ((keys[row] ?? 0) % largestSortable);
  }
}
