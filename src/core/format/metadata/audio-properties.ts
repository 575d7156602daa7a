/** The result of reading the headers of an audio file, and the rounding that all formats share. */

/** What is known of a sound. */
export interface AudioProperties {
  readonly milliseconds: number; // whole
  readonly channelCount: number;
  readonly sampleRate: number; // a second
}

/** Returns `dividend / divisor` rounded, halves up. Both are whole and not negative, the divisor is not 0. */
export function divideRounded(dividend: number, divisor: number): number {
  return Math.floor((dividend + Math.floor(divisor / 2)) / divisor);
}

/** Returns whole milliseconds as seconds, added up as the original does, to the last bit. */
export function secondsOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) + ((milliseconds % 1000) * 1_000_000) / 1_000_000_000;
}

/** Returns how many bytes an ID3v2 tag at `at` takes, 0 when there is none. */
export function id3TagBytes(head: Uint8Array, at = 0): number {
  const isTag = head[at] === 0x49 && head[at + 1] === 0x44 && head[at + 2] === 0x33;
  if (!isTag || head.length < at + 10) return 0;
  let size = 0;
  for (let index = 6; index < 10; index++) size = size * 128 + ((head[at + index] ?? 0) & 0x7f);
  const hasFooter = ((head[at + 5] ?? 0) & 0x10) !== 0;
  return 10 + size + (hasFooter ? 10 : 0);
}
