/** XXH3-128 of inputs up to 240 bytes, seed 0 (xxhash_spec.md, "small inputs" and "medium inputs"). */
import {
  avalanche, avalancheXxh64, multiplyFold, multiplyHigh, PRIME32_2, PRIME64_1, PRIME64_2, PRIME64_4, PRIME_MX2,
  secretPair, storeDigest,
} from './arithmetic';
import { SECRET } from './memory-layout';

/** Longest input that has a form of its own. */
export const SHORT_LIMIT: u32 = 240;

export function hashShort(at: usize, length: u32, out: usize): void {
  if (length > 128) return hash129To240(at, length, out);
  if (length > 16) return hash17To128(at, length, out);
  if (length > 8) return hash9To16(at, length, out);
  if (length > 3) return hash4To8(at, length, out);
  if (length > 0) return hash1To3(at, length, out);
  storeDigest(out, avalancheXxh64(secretPair(64)), avalancheXxh64(secretPair(80)));
}

function hash1To3(at: usize, length: u32, out: usize): void {
  const first = <u32>load<u8>(at), middle = <u32>load<u8>(at + (length >> 1)), last = <u32>load<u8>(at + length - 1);
  const combined: u32 = last | (length << 8) | (first << 16) | (middle << 24);
  const low: u64 = (load<u32>(SECRET) ^ load<u32>(SECRET, 4)) ^ combined;
  const high: u64 = (load<u32>(SECRET, 8) ^ load<u32>(SECRET, 12)) ^ rotl<u32>(bswap<u32>(combined), 13);
  storeDigest(out, avalancheXxh64(low), avalancheXxh64(high));
}

function hash4To8(at: usize, length: u32, out: usize): void {
  const first: u64 = load<u32>(at), last: u64 = load<u32>(at + length - 4);
  const value = secretPair(16) ^ (first | (last << 32));
  const factor = PRIME64_1 + (<u64>length << 2);
  let low = value * factor;
  const high = multiplyHigh(value, factor) + (low << 1);
  low ^= high >> 3;
  low = (low ^ (low >> 35)) * PRIME_MX2;
  storeDigest(out, low ^ (low >> 28), avalanche(high));
}

function hash9To16(at: usize, length: u32, out: usize): void {
  const first = load<u64>(at), last = load<u64>(at + length - 8);
  const mixed = secretPair(32) ^ first ^ last;
  const other = secretPair(48) ^ last;
  const low = mixed * PRIME64_1 + (<u64>(length - 1) << 54);
  const high = multiplyHigh(mixed, PRIME64_1) + other + (other & 0xffffffff) * (PRIME32_2 - 1);
  const folded = low ^ bswap<u64>(high);
  storeDigest(out, avalanche(folded * PRIME64_2), avalanche(multiplyHigh(folded, PRIME64_2) + high * PRIME64_2));
}

/** One 16-byte piece of input against 16 bytes of the secret. */
@inline function mix(at: usize, secret: usize): u64 {
  return multiplyFold(load<u64>(at) ^ load<u64>(secret), load<u64>(at, 8) ^ load<u64>(secret, 8));
}

@inline function sum(at: usize): u64 {
  return load<u64>(at) + load<u64>(at, 8);
}

@inline function finishMedium(a: u64, b: u64, length: u32, out: usize): void {
  const high = a * PRIME64_1 + b * PRIME64_4 + <u64>length * PRIME64_2;
  storeDigest(out, avalanche(a + b), 0 - avalanche(high));
}

/** Pairs of 16-byte pieces from both ends, the innermost pair first. */
function hash17To128(at: usize, length: u32, out: usize): void {
  let a = <u64>length * PRIME64_1, b: u64 = 0;
  for (let round: i32 = (length - 1) >> 5; round >= 0; round--) {
    const front = at + (<usize>round << 4), back = at + length - 16 - (<usize>round << 4);
    const secret = SECRET + (<usize>round << 5);
    a = (a + mix(front, secret)) ^ sum(back);
    b = (b + mix(back, secret + 16)) ^ sum(front);
  }
  finishMedium(a, b, length, out);
}

/** 32-byte pieces in order, with an avalanche after the first 128 bytes; the last 32 bytes once more, halves swapped. */
function hash129To240(at: usize, length: u32, out: usize): void {
  let a = <u64>length * PRIME64_1, b: u64 = 0;
  let piece = at, secret = SECRET;
  for (let end = at + 128; piece < end; piece += 32, secret += 32) {
    a = (a + mix(piece, secret)) ^ sum(piece + 16);
    b = (b + mix(piece + 16, secret + 16)) ^ sum(piece);
  }
  a = avalanche(a);
  b = avalanche(b);
  secret = SECRET + 3;
  for (let end = at + (length & ~31); piece < end; piece += 32, secret += 32) {
    a = (a + mix(piece, secret)) ^ sum(piece + 16);
    b = (b + mix(piece + 16, secret + 16)) ^ sum(piece);
  }
  piece = at + length - 32;
  a = (a + mix(piece + 16, SECRET + 103)) ^ sum(piece);
  b = (b + mix(piece, SECRET + 119)) ^ sum(piece + 16);
  finishMedium(a, b, length, out);
}
