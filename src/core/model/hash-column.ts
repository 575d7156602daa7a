/** Lists of hashes as columns: 16 little-endian bytes each. */
import { type Hash, hashBytesLength, hashFromBytes, writeHash } from './hash.js';

/** Returns a column of the given hashes. */
export function hashColumn(hashes: readonly Hash[]): Uint8Array {
  const column = new Uint8Array(hashes.length * hashBytesLength);
  for (const [row, hash] of hashes.entries()) writeHash(hash, column, row * hashBytesLength);
  return column;
}

/** Returns the hashes of a column. */
export function hashesOf(column: Uint8Array): Hash[] {
  return Array.from({ length: column.length / hashBytesLength }, (_, row) =>
    hashFromBytes(column, row * hashBytesLength),
  );
}
