/**
 * The 128-bit hash that names contents, nodes and commits, as a value. How a hash is computed is
 * `format/hashing`; here are only its forms. Single hashes travel as text, bulk data as columns of
 * 16-byte little-endian entries (`le16`); the two big-endian places are msgpack payloads and nothing else.
 */
import { InvalidInputError } from './errors.js';

/** A 128-bit value as Oxen writes it: lower-case hex without leading zeros, 1 to 32 digits. */
export type Hash = string & { readonly __hash: unique symbol };

/** A hash that names a commit. */
export type CommitId = Hash & { readonly __commit: unique symbol };

/** Bytes of one hash in binary form. */
export const hashBytesLength = 16;

/** The hash that stands for "none" (a missing parent, a file without a commit yet). */
export const zeroHash = '0' as Hash;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const nibbleOfCode = Uint8Array.from({ length: 128 }, (_, code) =>
  Number.parseInt(String.fromCharCode(code), 16),
);

/** Returns the hash whose 16 bytes stand at `offset`, least significant byte first. */
export function hashFromBytes(bytes: Uint8Array, offset = 0): Hash {
  let text = '';
  for (let index = offset + 15; index >= offset; index--) text += hexOfByte[bytes[index] ?? 0];
  return trimZeros(text);
}

/** Returns the hash whose 16 bytes stand at `offset`, most significant byte first (msgpack payloads). */
export function hashFromBigEndian(bytes: Uint8Array, offset = 0): Hash {
  let text = '';
  for (let index = offset; index < offset + 16; index++) text += hexOfByte[bytes[index] ?? 0];
  return trimZeros(text);
}

/** Writes the 16 little-endian bytes of `hash` into `out` at `offset`. */
export function writeHash(hash: Hash, out: Uint8Array, offset = 0): void {
  let at = hash.length - 1; // of the next digit; before the first one all are 0
  for (let index = 0; index < 16; index++) {
    const low = nibbleOfCode[hash.charCodeAt(at--)] ?? 0;
    const high = nibbleOfCode[hash.charCodeAt(at--)] ?? 0;
    out[offset + index] = low | (high << 4);
  }
}

/** Returns the 16 little-endian bytes of `hash`. */
export function hashToBytes(hash: Hash): Uint8Array {
  const bytes = new Uint8Array(hashBytesLength);
  writeHash(hash, bytes);
  return bytes;
}

/**
 * Returns the hash written as `text`: 1 to 32 hex digits, leading zeros and capitals allowed.
 * @throws InvalidInputError when it is anything else
 */
export function parseHash(text: string): Hash {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text)) {
    throw new InvalidInputError(
      `'${text}' is not a hash: 1 to 32 hexadecimal digits were expected.`,
    );
  }
  return trimZeros(text.toLowerCase());
}

/** Returns the first ten digits, the form in which listings show a hash. */
export function shortHash(hash: Hash): string {
  return hash.slice(0, 10);
}

/** Says whether the 16 bytes at the two places are the same. */
export function equalHashBytes(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
): boolean {
  for (let index = 0; index < hashBytesLength; index++) {
    if (left[leftOffset + index] !== right[rightOffset + index]) return false;
  }
  return true;
}

function trimZeros(digits: string): Hash {
  let start = 0;
  while (start < digits.length - 1 && digits.charCodeAt(start) === 48) start++;
  return (start === 0 ? digits : digits.slice(start)) as Hash;
}
