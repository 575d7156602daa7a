/**
 * The entry point of the kernel: its exports. Compiled by scripts/build-kernel.mjs (`npm run build:kernel`); the bytes are checked
 * in as ../kernel-wasm.ts. This folder is AssemblyScript: neither tsc nor biome reads it.
 */
import { CUTTER, DIGEST, GEAR, STREAM, TEXT_COUNTS } from './memory-layout';
import { hashLong } from './xxh3-long';
import { hashShort, SHORT_LIMIT } from './xxh3-short';

export { findCut } from './gear';
export { streamDigest, streamReset, streamUpdate } from './stream';
export { countText } from './text';

/** Writes the XXH3-128 of the `length` bytes at `at` to `out`, least significant byte first. */
export function hash(at: usize, length: u32, out: usize): void {
  if (length > SHORT_LIMIT) hashLong(at, length, out);
  else hashShort(at, length, out);
}

export const cutterStart: usize = CUTTER;
export const digestStart: usize = DIGEST;
export const gearStart: usize = GEAR;
export const streamStart: usize = STREAM;
export const textCountsStart: usize = TEXT_COUNTS;
export const heapStart: usize = __heap_base;
