/**
 * XXH3-128 of an input that comes in pieces. The form depends on the total length and the last stripe overlaps what
 * was consumed before it, so 1 to 256 bytes are always held back and the 64 bytes before them are remembered.
 */
import { ACCUMULATORS, STREAM } from './memory-layout';
import { consumeStripes, finishLong, resetAccumulators } from './xxh3-long';
import { hashShort, SHORT_LIMIT } from './xxh3-short';

const TOTAL: usize = STREAM + 64;
const BUFFERED: usize = STREAM + 72;
const STRIPE: usize = STREAM + 76;
const HISTORY: usize = STREAM + 80;
const BUFFER: usize = STREAM + 144;
const BUFFER_BYTES: u32 = 256;

/** Starts an empty stream in the state area. */
export function streamReset(): void {
  resetAccumulators(STREAM);
  store<u64>(TOTAL, 0);
  store<u64>(BUFFERED, 0);
}

/** Takes in `length` bytes at `at`. */
export function streamUpdate(at: usize, length: u32): void {
  store<u64>(TOTAL, load<u64>(TOTAL) + <u64>length);
  const buffered = load<u32>(BUFFERED);
  if (length <= BUFFER_BYTES - buffered) {
    memory.copy(BUFFER + buffered, at, length);
    store<u32>(BUFFERED, buffered + length);
    return;
  }
  let stripe = load<u32>(STRIPE);
  if (buffered > 0) {
    const missing = BUFFER_BYTES - buffered;
    memory.copy(BUFFER + buffered, at, missing);
    at += missing;
    length -= missing;
    stripe = consumeStripes(STREAM, BUFFER, BUFFER_BYTES >> 6, stripe);
    memory.copy(HISTORY, BUFFER + BUFFER_BYTES - 64, 64);
  }
  const stripes = (length - 1) >> 6;
  if (stripes > 0) {
    stripe = consumeStripes(STREAM, at, stripes, stripe);
    at += stripes << 6;
    length -= stripes << 6;
    memory.copy(HISTORY, at - 64, 64);
  }
  memory.copy(BUFFER, at, length);
  store<u32>(BUFFERED, length);
  store<u32>(STRIPE, stripe);
}

/** Writes the digest of all bytes taken in so far; the stream can go on afterwards. */
export function streamDigest(out: usize): void {
  const total = load<u64>(TOTAL), buffered = load<u32>(BUFFERED);
  if (total <= SHORT_LIMIT) return hashShort(BUFFER, <u32>total, out);
  memory.copy(ACCUMULATORS, STREAM, 64);
  consumeStripes(ACCUMULATORS, BUFFER, (buffered - 1) >> 6, load<u32>(STRIPE));
  finishLong(ACCUMULATORS, BUFFER + buffered, total, out);
}
