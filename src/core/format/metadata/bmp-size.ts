/** Size of a bitmap from its header, as the Rust crate `image` 0.25 reads it, in bmp files and inside ico files. */
import { uint16le, uint32le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const headerLengths: ReadonlySet<number> = new Set([12, 40, 52, 56, 108, 124]);
const maxSide = 0xffff;

/**
 * Returns the size of the bitmap whose header starts at `start`, or undefined when the header is damaged or unusual.
 * @param isIcon whether it lies in an ico file, where the height counts twice
 */
export function bmpSize(
  source: ByteSource,
  start: number,
  isIcon: boolean,
): ImageDimensions | undefined {
  const head = source.read(start, 56);
  const headerLength = uint32le(head, 0);
  if (head.length < 12 || !headerLengths.has(headerLength)) return undefined;
  if (headerLength === 12) return coreBmpSize(source, start, head, isIcon);
  const width = uint32le(head, 4);
  const height = uint32le(head, 8) | 0;
  const depth = uint16le(head, 14);
  const compression = uint32le(head, 16);
  if (
    head.length < 40 ||
    width > maxSide ||
    height > maxSide ||
    width * height === 0 ||
    height === -(2 ** 31)
  ) {
    return undefined;
  }
  if (uint16le(head, 12) !== 1 || (height < 0 && compression !== 0 && compression !== 3)) {
    return undefined;
  }
  const paletteColours = paletteSize(depth, compression, uint32le(head, 32));
  if (paletteColours === undefined) return undefined;
  if (compression === 3 && !areMasksSound(head, headerLength, depth)) return undefined;
  const end = start + headerLength + Math.min(paletteColours, 256) * 4;
  if (paletteColours > 0 && source.sizeBytes < end) return undefined;
  return { width, height: halved(Math.abs(height), isIcon) };
}

function coreBmpSize(
  source: ByteSource,
  start: number,
  head: Uint8Array,
  isIcon: boolean,
): ImageDimensions | undefined {
  const depth = uint16le(head, 10);
  const isPalette = depth === 1 || depth === 4 || depth === 8;
  if (uint16le(head, 4) === 0 || uint16le(head, 6) === 0) return undefined;
  if (uint16le(head, 8) !== 1 || (!isPalette && depth !== 24)) return undefined;
  if (isPalette && source.sizeBytes < start + 12 + 3 * 2 ** depth) return undefined;
  return { width: uint16le(head, 4), height: halved(uint16le(head, 6), isIcon) };
}

function halved(height: number, isIcon: boolean): number {
  return isIcon ? Math.floor(height / 2) : height;
}

/** Returns how many colours the palette has, 0 without one, undefined when depth and compression do not fit together. */
function paletteSize(depth: number, compression: number, used: number): number | undefined {
  const allowed = [[1, 2, 4, 8, 16, 24, 32], [8], [4], [16, 32]][compression];
  if (allowed?.includes(depth) !== true) return undefined;
  if (depth > 8) return 0;
  if (used > 2 ** depth) return undefined;
  return used === 0 ? 2 ** depth : used;
}

/** Each colour mask must be one run of bits within the pixel. */
function areMasksSound(head: Uint8Array, headerLength: number, depth: number): boolean {
  const count = headerLength >= 56 ? 4 : 3;
  if (head.length < 40 + count * 4) return false;
  for (let index = 0; index < count; index++) {
    const mask = uint32le(head, 40 + index * 4);
    if ((mask === 0 && index < 3) || !isBitRun(mask) || (depth === 16 && mask > 0xffff))
      return false;
  }
  return true;
}

function isBitRun(mask: number): boolean {
  if (mask === 0) return true;
  const lowest = (mask & -mask) >>> 0;
  const above = mask + lowest;
  return above === 2 ** 32 || (above & mask) === 0;
}
