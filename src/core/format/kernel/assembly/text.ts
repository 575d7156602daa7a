/** Counts of text in one pass: newlines, and characters as bytes that do not continue a UTF-8 sequence. */
import { TEXT_COUNTS } from './memory-layout';

const NEWLINE: u8 = 0x0a;
const LAST_CONTINUATION: i8 = -65; // 0xBF: continuation bytes 0x80..0xBF are the signed values up to here
const MAX_RUN: u32 = 255; // vectors until a byte counter could overflow

@inline function sumBytes(counters: v128): u32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counters));
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
}

/** Counts the `length` bytes at `at`; the counts are left in the text area. */
export function countText(at: usize, length: u32): void {
  let newlines: u32 = 0, characters: u32 = 0;
  const newline = i8x16.splat(NEWLINE), continuation = i8x16.splat(LAST_CONTINUATION);
  for (let vectors = length >> 4; vectors > 0; ) {
    let run = min<u32>(vectors, MAX_RUN);
    vectors -= run;
    let newlineBytes = i8x16.splat(0), characterBytes = i8x16.splat(0);
    for (; run > 0; run--, at += 16) {
      const data = v128.load(at);
      newlineBytes = i8x16.sub(newlineBytes, i8x16.eq(data, newline));
      characterBytes = i8x16.sub(characterBytes, i8x16.gt_s(data, continuation));
    }
    newlines += sumBytes(newlineBytes);
    characters += sumBytes(characterBytes);
  }
  for (let end = at + (length & 15); at < end; at++) {
    const byte = load<u8>(at);
    newlines += u32(byte == NEWLINE);
    characters += u32((byte & 0xc0) != 0x80);
  }
  store<u32>(TEXT_COUNTS, newlines);
  store<u32>(TEXT_COUNTS, characters, 4);
}
