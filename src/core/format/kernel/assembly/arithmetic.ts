/** Constants and mixing steps shared by all forms of XXH3 (xxhash_spec.md, "XXH3 Algorithm Overview"). */
import { SECRET } from './memory-layout';

export const PRIME32_1: u64 = 0x9e3779b1;
export const PRIME32_2: u64 = 0x85ebca77;
export const PRIME32_3: u64 = 0xc2b2ae3d;
export const PRIME64_1: u64 = 0x9e3779b185ebca87;
export const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
export const PRIME64_3: u64 = 0x165667b19e3779f9;
export const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
export const PRIME64_5: u64 = 0x27d4eb2f165667c5;
export const PRIME_MX1: u64 = 0x165667919e3779f9;
export const PRIME_MX2: u64 = 0x9fb21c651e98df25;

/** Two neighbouring 64-bit words of the secret, combined. */
@inline export function secretPair(offset: usize): u64 {
  return load<u64>(SECRET + offset) ^ load<u64>(SECRET + offset + 8);
}

@inline export function avalanche(x: u64): u64 {
  x = (x ^ (x >> 37)) * PRIME_MX1;
  return x ^ (x >> 32);
}

@inline export function avalancheXxh64(x: u64): u64 {
  x = (x ^ (x >> 33)) * PRIME64_2;
  x = (x ^ (x >> 29)) * PRIME64_3;
  return x ^ (x >> 32);
}

/** Upper half of the 128-bit product. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff, aHigh = a >> 32, bLow = b & 0xffffffff, bHigh = b >> 32;
  const highLow = aHigh * bLow;
  const cross = ((aLow * bLow) >> 32) + (highLow & 0xffffffff) + aLow * bHigh;
  return (highLow >> 32) + (cross >> 32) + aHigh * bHigh;
}

/** Both halves of the 128-bit product, combined by exclusive or. */
@inline export function multiplyFold(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff, aHigh = a >> 32, bLow = b & 0xffffffff, bHigh = b >> 32;
  const low = aLow * bLow, highLow = aHigh * bLow;
  const cross = (low >> 32) + (highLow & 0xffffffff) + aLow * bHigh;
  const upper = (highLow >> 32) + (cross >> 32) + aHigh * bHigh;
  return upper ^ ((cross << 32) | (low & 0xffffffff));
}

@inline export function storeDigest(out: usize, low: u64, high: u64): void {
  store<u64>(out, low);
  store<u64>(out, high, 8);
}
