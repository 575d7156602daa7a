/**
 * XXH3-128 of inputs over 240 bytes (xxhash_spec.md, "large inputs"): eight accumulators take in 64-byte stripes, 16 stripes
 * make a block, and each block ends with a scramble. The four vectors of a stripe are handled in pairs, so that two
 * shuffles gather the 32-bit halves of both factors for two vectors.
 */
import {
  avalanche, multiplyFold, PRIME32_1, PRIME32_2, PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME64_5,
  storeDigest,
} from './arithmetic';
import { ACCUMULATORS, SECRET } from './memory-layout';

const STRIPES_IN_BLOCK: u32 = 16;
const SCRAMBLE_SECRET: usize = 192 - 64;
const LAST_STRIPE_SECRET: usize = 192 - 71;
const LOW_SECRET: usize = 11;
const HIGH_SECRET: usize = 192 - 75;

export function resetAccumulators(accumulators: usize): void {
  store<u64>(accumulators, PRIME32_3);
  store<u64>(accumulators, PRIME64_1, 8);
  store<u64>(accumulators, PRIME64_2, 16);
  store<u64>(accumulators, PRIME64_3, 24);
  store<u64>(accumulators, PRIME64_4, 32);
  store<u64>(accumulators, PRIME32_2, 40);
  store<u64>(accumulators, PRIME64_5, 48);
  store<u64>(accumulators, PRIME32_1, 56);
}

/** Exchanges the two 64-bit lanes: each lane of input is added to its neighbour's accumulator. */
@inline function swapLanes(x: v128): v128 {
  return v128.shuffle<u64>(x, x, 1, 0);
}

@inline function lowWords(x: v128, y: v128): v128 {
  return v128.shuffle<u32>(x, y, 0, 2, 4, 6);
}

@inline function highWords(x: v128, y: v128): v128 {
  return v128.shuffle<u32>(x, y, 1, 3, 5, 7);
}

@inline function scramble(accumulator: v128, secret: usize): v128 {
  const mixed = v128.xor(v128.xor(accumulator, i64x2.shr_u(accumulator, 47)), v128.load(secret));
  return i64x2.mul(mixed, i64x2.splat(PRIME32_1));
}

/**
 * Takes in `count` stripes from `at`, starting with stripe `stripe` of a block, and scrambles at each end of a block.
 * Returns the number of the next stripe in its block.
 */
export function consumeStripes(accumulators: usize, at: usize, count: u32, stripe: u32): u32 {
  let a0 = v128.load(accumulators), a1 = v128.load(accumulators, 16);
  let a2 = v128.load(accumulators, 32), a3 = v128.load(accumulators, 48);
  while (count > 0) {
    let run = min<u32>(STRIPES_IN_BLOCK - stripe, count);
    let secret = SECRET + (<usize>stripe << 3);
    count -= run;
    stripe += run;
    for (; run > 0; run--, at += 64, secret += 8) {
      const d0 = v128.load(at), d1 = v128.load(at, 16), d2 = v128.load(at, 32), d3 = v128.load(at, 48);
      const k0 = v128.xor(d0, v128.load(secret)), k1 = v128.xor(d1, v128.load(secret, 16));
      const k2 = v128.xor(d2, v128.load(secret, 32)), k3 = v128.xor(d3, v128.load(secret, 48));
      const low01 = lowWords(k0, k1), high01 = highWords(k0, k1);
      const low23 = lowWords(k2, k3), high23 = highWords(k2, k3);
      a0 = i64x2.add(i64x2.add(a0, swapLanes(d0)), i64x2.extmul_low_i32x4_u(low01, high01));
      a1 = i64x2.add(i64x2.add(a1, swapLanes(d1)), i64x2.extmul_high_i32x4_u(low01, high01));
      a2 = i64x2.add(i64x2.add(a2, swapLanes(d2)), i64x2.extmul_low_i32x4_u(low23, high23));
      a3 = i64x2.add(i64x2.add(a3, swapLanes(d3)), i64x2.extmul_high_i32x4_u(low23, high23));
    }
    if (stripe == STRIPES_IN_BLOCK) {
      stripe = 0;
      a0 = scramble(a0, SECRET + SCRAMBLE_SECRET);
      a1 = scramble(a1, SECRET + SCRAMBLE_SECRET + 16);
      a2 = scramble(a2, SECRET + SCRAMBLE_SECRET + 32);
      a3 = scramble(a3, SECRET + SCRAMBLE_SECRET + 48);
    }
  }
  v128.store(accumulators, a0);
  v128.store(accumulators, a1, 16);
  v128.store(accumulators, a2, 32);
  v128.store(accumulators, a3, 48);
  return stripe;
}

@inline function takeLast(accumulators: usize, at: usize, offset: usize): void {
  const data = v128.load(at + offset);
  const keyed = v128.xor(data, v128.load(SECRET + LAST_STRIPE_SECRET + offset));
  const product = i64x2.extmul_low_i32x4_u(lowWords(keyed, keyed), highWords(keyed, keyed));
  const sum = i64x2.add(v128.load(accumulators + offset), swapLanes(data));
  v128.store(accumulators + offset, i64x2.add(sum, product));
}

function merge(accumulators: usize, secret: usize, start: u64): u64 {
  let result = start;
  for (let offset: usize = 0; offset < 64; offset += 16) {
    result += multiplyFold(
      load<u64>(accumulators + offset) ^ load<u64>(secret + offset),
      load<u64>(accumulators + offset, 8) ^ load<u64>(secret + offset, 8),
    );
  }
  return avalanche(result);
}

/** Takes in the 64 bytes before `end` as the last stripe and writes the digest of `length` bytes. */
export function finishLong(accumulators: usize, end: usize, length: u64, out: usize): void {
  const last = end - 64;
  takeLast(accumulators, last, 0);
  takeLast(accumulators, last, 16);
  takeLast(accumulators, last, 32);
  takeLast(accumulators, last, 48);
  storeDigest(
    out,
    merge(accumulators, SECRET + LOW_SECRET, length * PRIME64_1),
    merge(accumulators, SECRET + HIGH_SECRET, ~(length * PRIME64_2)),
  );
}

/** Hashes `length` > 240 bytes that lie at `at`. */
export function hashLong(at: usize, length: u32, out: usize): void {
  resetAccumulators(ACCUMULATORS);
  consumeStripes(ACCUMULATORS, at, (length - 1) >> 6, 0);
  finishLong(ACCUMULATORS, at + length, length, out);
}
