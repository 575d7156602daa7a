/**
 * The Gear table and the content-defined cutter in plain TypeScript: what assembly/gear does, for engines without the
 * kernel and as its check. Algorithm: FastCDC, Xia et al., USENIX ATC 2016, with two limits around the average.
 */

/** Bytes that a fingerprint depends on: each step shifts a 32-bit value by one bit. */
export const gearWindowBytes = 32;

/**
 * State of a cutter, 7 words: smallest, average and largest chunk in bytes; limits below which a fingerprint ends a chunk
 * before and from the average; bytes of the current chunk seen so far; fingerprint of the last 32 of them.
 */
export type CutterState = Uint32Array;

/** Number of words of a `CutterState`. */
export const cutterWords = 7;

/**
 * Returns the table of the fingerprint, one 32-bit value for each byte value: the MurmurHash3 32-bit finaliser of
 * `(byte + 1) * 0x9E3779B9`. It decides where every chunk ends: never change it.
 */
export function gearTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = Math.imul(byte + 1, 0x9e3779b9);
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
    table[byte] = value ^ (value >>> 16);
  }
  return table;
}

const gears = gearTable();

/**
 * Looks for the end of the current chunk in `bytes[start, end)`. Returns how many of them belong to it when it ends there, or
 * 0 when it goes on; `state` is moved on accordingly. A hot loop: bench/cases/chunking.
 */
export function findCut(bytes: Uint8Array, start: number, end: number, state: CutterState): number {
  const [smallest = 0, average = 0, largest = 0, limitBefore = 0, limitFrom = 0, seen = 0] = state;
  const chunk = start - seen;
  const last = Math.min(seen + end - start, largest);
  let fingerprint = state[6] ?? 0;
  let position = Math.max(seen, Math.min(last, smallest - gearWindowBytes));
  while (position < last) {
    const gear = gears[bytes[chunk + position++] ?? 0] ?? 0;
    fingerprint = ((fingerprint << 1) + gear) >>> 0;
    if (position < smallest) continue;
    if (fingerprint < (position < average ? limitBefore : limitFrom)) return endChunk(position);
  }
  if (position === largest) return endChunk(position);
  state[5] = position;
  state[6] = fingerprint;
  return 0;

  function endChunk(length: number): number {
    state[5] = 0;
    state[6] = 0;
    return length - seen;
  }
}
