/**
 * Counts of a text as Oxen's metadata has them: line feeds, and characters as bytes that do not continue a UTF-8 sequence,
 * whether the bytes are valid UTF-8 or not. `HashKernel.textStatsAt` gives the same numbers much faster for bytes in its memory;
 * this is the plain form for all other bytes.
 */

/** Returns the counts of `bytes`. The names are those of `TextCounts` in `hash-kernel`. */
export function countText(bytes: Uint8Array): {
  readonly newlineCount: number;
  readonly characterCount: number;
} {
  let newlineCount = 0;
  let continuations = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0a) newlineCount++;
    else if (byte >= 0x80 && byte < 0xc0) continuations++;
  }
  return { newlineCount, characterCount: bytes.length - continuations };
}
