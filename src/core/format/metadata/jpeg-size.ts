/**
 * Size of a jpeg image, read as the Rust crate `zune-jpeg` 0.5 does: all headers up to the first scan, which must be there. Only
 * 8-bit Huffman images (baseline, extended, progressive) count.
 */
import { uint16be } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const startOfScan = 0xda;
const maxSteps = 100_000; // a bound for hostile files: segments and stray bytes

/** Returns the size of the jpeg image in `source`, or undefined when it is damaged or of an unusual kind. */
export function jpegSize(source: ByteSource): ImageDimensions | undefined {
  const magic = source.read(0, 3);
  if (magic[0] !== 0xff || magic[1] !== 0xd8 || magic[2] !== 0xff) return undefined;
  let size: ImageDimensions | undefined;
  let at = findMarker(source, 2);
  for (let step = 0; at >= 0 && step < maxSteps; step++) {
    const segment = source.read(at, 23);
    const length = uint16be(segment, 1);
    if (segment[0] === startOfScan) return isScan(segment, length) ? size : undefined;
    if (!isUsable(segment, length, size !== undefined)) return undefined;
    if (isFrame(segment)) size = frameSize(segment);
    at = findMarker(source, at + 1 + length);
  }
  return undefined;
}

/** Refuses arithmetic coding, an early end, line counts, restart intervals of a wrong length, and second or unsound frames. */
function isUsable(segment: Uint8Array, length: number, hasFrame: boolean): boolean {
  const marker = segment[0] ?? 0;
  if (segment.length < 3 || length < 2) return false;
  if (marker === 0xcc || marker === 0xd9 || marker === 0xdc) return false;
  if (marker === 0xdd) return length === 4;
  return !isFrame(segment) || (!hasFrame && isSoundFrame(segment, length));
}

/** Returns where the next marker's second byte stands, or -1. Fill bytes and stray bytes before it are passed over. */
function findMarker(source: ByteSource, start: number): number {
  let at = start;
  for (let reads = 0; reads < maxSteps; reads++) {
    const bytes = source.read(at, reads === 0 ? 4 : 4096);
    for (let index = 0; index + 1 < bytes.length; index++) {
      const next = bytes[index + 1];
      if (bytes[index] === 0xff && next !== 0xff && next !== 0) return at + index + 1;
    }
    if (bytes.length < 2) return -1;
    at += bytes.length - 1;
  }
  return -1;
}

function isFrame(segment: Uint8Array): boolean {
  const marker = segment[0];
  return marker === 0xc0 || marker === 0xc1 || marker === 0xc2;
}

function isSoundFrame(segment: Uint8Array, length: number): boolean {
  const { width, height } = frameSize(segment);
  const components = segment[8] ?? 0;
  const hasTables = components >= 1 && components <= 4 && length === 8 + 3 * components;
  if (segment[3] !== 8 || !hasTables || segment.length <= length || width === 0 || height === 0) {
    return false;
  }
  for (let at = 9; at <= length; at += 3) {
    if (!isComponent(segment[at + 1] ?? 0, segment[at + 2] ?? 0)) return false;
  }
  return true;
}

/** Samples are taken 1, 2 or 4 times across and up to 4 times down; there are four quantisation tables. */
function isComponent(sampling: number, table: number): boolean {
  const across = sampling >> 4;
  return (across === 1 || across === 2 || across === 4) && (sampling & 15) <= 4 && table < 4;
}

function frameSize(segment: Uint8Array): ImageDimensions {
  return { width: uint16be(segment, 6), height: uint16be(segment, 4) };
}

function isScan(segment: Uint8Array, length: number): boolean {
  const components = segment[3] ?? 0;
  const isWhole = segment.length >= 4 + 2 * components;
  return isWhole && components >= 1 && components <= 4 && length === 6 + 2 * components;
}
