/**
 * Reads whole numbers and fixed marks out of headers of foreign formats. Bytes beyond the end read as 0, so that a parser
 * checks lengths where they matter and never fails by accident.
 */

/** Returns the bytes of `text`, one a character. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Says whether all of `mark` stands at `offset`. */
export function hasBytes(bytes: Uint8Array, offset: number, mark: Uint8Array): boolean {
  if (offset + mark.length > bytes.length) return false;
  for (let index = 0; index < mark.length; index++) {
    if (bytes[offset + index] !== mark[index]) return false;
  }
  return true;
}

/** Returns the 16 bits at `at`, least significant byte first. */
export function uint16le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Returns the 16 bits at `at`, most significant byte first. */
export function uint16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Returns the 24 bits at `at`, least significant byte first. */
export function uint24le(bytes: Uint8Array, at: number): number {
  return uint16le(bytes, at) | ((bytes[at + 2] ?? 0) << 16);
}

/** Returns the 24 bits at `at`, most significant byte first. */
export function uint24be(bytes: Uint8Array, at: number): number {
  return (uint16be(bytes, at) << 8) | (bytes[at + 2] ?? 0);
}

/** Returns the 32 bits at `at`, least significant byte first. */
export function uint32le(bytes: Uint8Array, at: number): number {
  return (uint24le(bytes, at) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/** Returns the 32 bits at `at`, most significant byte first. */
export function uint32be(bytes: Uint8Array, at: number): number {
  return ((uint24be(bytes, at) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Returns the 64 bits at `at`, least significant byte first; above 2^53 only nearly right. */
export function uint64le(bytes: Uint8Array, at: number): number {
  return uint32le(bytes, at + 4) * 2 ** 32 + uint32le(bytes, at);
}

/** Returns the 64 bits at `at`, most significant byte first; above 2^53 only nearly right. */
export function uint64be(bytes: Uint8Array, at: number): number {
  return uint32be(bytes, at) * 2 ** 32 + uint32be(bytes, at + 4);
}
