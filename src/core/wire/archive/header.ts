/**
 * The 512-byte header of an entry in a tar archive, GNU form, for regular files and directories only. Times, owners and
 * groups are written as zero, as the original does; sizes from 8 GiB on take the base-256 form.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 100 | name, ends at the first NUL |
 * | 100 | 8 | mode, octal |
 * | 108, 116 | 8, 8 | user and group, 0 |
 * | 124 | 12 | size, octal, or base 256 when the first bit is set |
 * | 136 | 12 | time, 0 |
 * | 148 | 8 | sum of all bytes with spaces in this field, octal |
 * | 156 | 1 | type: `0` or NUL regular file, `5` directory |
 * | 257 | 8 | `ustar` with two spaces and a NUL (GNU), or NUL and `00` (POSIX) |
 * | 345 | 155 | POSIX only: prefix of the name |
 */
import { InvalidInputError } from '../../model/errors.js';

/** Bytes of a block: headers are one, contents fill whole ones. */
export const blockLength = 512;

/** What an entry is. */
export type TarEntryKind = 'file' | 'directory';

/** The header of an entry. */
export interface TarHeader {
  readonly name: string;
  readonly kind: TarEntryKind;
  readonly sizeBytes: number; // of the content; 0 for directories
}

const longestName = 100;
const modes = { file: 0o644, directory: 0o755 } as const;
const typeFlags = { file: 0x30, directory: 0x35 } as const;
const firstBase256 = 8 ** 11;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const templates = { file: makeTemplate('file'), directory: makeTemplate('directory') };

/** Returns the number of zero bytes behind a content of `length` bytes. */
export function paddingOf(length: number): number {
  return (blockLength - (length % blockLength)) % blockLength;
}

/**
 * Writes the header of an entry into `out` at `offset`.
 * @throws InvalidInputError when the name has more than 100 bytes
 */
export function writeTarHeader(header: TarHeader, out: Uint8Array, offset: number): void {
  const block = out.subarray(offset, offset + blockLength);
  block.set(templates[header.kind]);
  if (encoder.encodeInto(header.name, block.subarray(0, longestName)).read < header.name.length) {
    throw new InvalidInputError(`The archive cannot hold the long name ${header.name}.`);
  }
  writeSize(block, header.sizeBytes);
  writeOctal(block, 148, 6, checksumOf(block));
}

/**
 * Returns the header in a block, or undefined when the block is zero, which is the end of the archive.
 * @throws InvalidInputError when it is damaged, or the entry is neither a regular file nor a directory
 */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, 148, 8) !== checksumOf(block)) throw damaged('a checksum is wrong');
  const name = readName(block);
  const kind = kindOf(block[156] ?? 0, name);
  const sizeBytes = readNumber(block, 124, 12);
  if (kind === 'directory' && sizeBytes !== 0) throw damaged('a directory has content');
  return { name, kind, sizeBytes };
}

/** A header that lacks only name, size and checksum. */
function makeTemplate(kind: TarEntryKind): Uint8Array {
  const block = new Uint8Array(blockLength);
  writeOctal(block, 100, 7, modes[kind]);
  writeOctal(block, 108, 7, 0);
  writeOctal(block, 116, 7, 0);
  writeOctal(block, 136, 11, 0);
  block[155] = 0x20;
  block[156] = typeFlags[kind];
  block.set(Buffer.from('ustar  '), 257);
  return block;
}

function kindOf(flag: number, name: string): TarEntryKind {
  if (flag === typeFlags.directory) return 'directory';
  if (flag === typeFlags.file || flag === 0) return 'file';
  const shown = JSON.stringify(name.slice(0, longestName));
  throw damaged(`${shown} is neither a file nor a directory`);
}

function readName(block: Uint8Array): string {
  const name = readText(block, 0, 100);
  const isPosix = block[262] === 0 && readText(block, 257, 5) === 'ustar';
  const prefix = isPosix ? readText(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readText(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  try {
    return utf8.decode(end < 0 ? field : field.subarray(0, end));
  } catch {
    throw damaged('a name is not valid UTF-8');
  }
}

function readNumber(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if ((field[0] ?? 0) >= 0x80) return readBase256(field);
  const text = Buffer.from(field).toString('latin1');
  const digits = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw damaged('a number cannot be read');
  return Number.parseInt(digits, 8);
}

function readBase256(field: Uint8Array): number {
  let value = (field[0] ?? 0) & 0x7f;
  for (let index = 1; index < field.length; index++) value = value * 256 + (field[index] ?? 0);
  if (!Number.isSafeInteger(value)) throw damaged('a number is too large');
  return value;
}

function writeSize(block: Uint8Array, size: number): void {
  if (size < firstBase256) {
    writeOctal(block, 124, 11, size);
    return;
  }
  let rest = size;
  for (let index = 135; index > 124; index--) {
    block[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  block[124] = 0x80;
}

function writeOctal(block: Uint8Array, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let index = offset + digits - 1; index >= offset; index--) {
    block[index] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** The sum of all bytes, with the checksum field taken as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < 148; index++) sum += block[index] ?? 0;
  for (let index = 156; index < blockLength; index++) sum += block[index] ?? 0;
  return sum;
}

function damaged(problem: string): InvalidInputError {
  return new InvalidInputError(`The archive cannot be read: ${problem}.`);
}
