/**
 * Size of a png image, read as the Rust crate `png` 0.18 does: the header chunk with its checksum, then all chunks up to the first
 * one of image data.
 */
import { crc32 } from 'node:zlib';
import { hasBytes, latin1Bytes, uint32be } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const magic = latin1Bytes('\x89PNG\r\n\x1a\n');
const imageHeader = 0x49484452; // IHDR
const imageData = 0x49444154; // IDAT
const maxChunks = 10_000; // more than any real file has before its image data
/** Allowed bit depths by colour type: a set bit for each depth. */
const allowedDepths: readonly number[] = [0x10116, 0, 0x10100, 0x116, 0x10100, 0, 0x10100];

/** Says whether `bytes` starts as a png file does. */
export function isPng(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 0, magic);
}

/** Returns the size of the png image that starts at `start`, or undefined when it is damaged. */
export function pngSize(source: ByteSource, start: number): ImageDimensions | undefined {
  const head = source.read(start, 33);
  if (
    head.length < 33 ||
    !isPng(head) ||
    uint32be(head, 8) !== 13 ||
    uint32be(head, 12) !== imageHeader
  ) {
    return undefined;
  }
  const width = uint32be(head, 16);
  const height = uint32be(head, 20);
  const depth = head[24] ?? 0;
  const colour = head[25] ?? 0;
  const isSound =
    width > 0 &&
    height > 0 &&
    depth <= 16 &&
    ((allowedDepths[colour] ?? 0) >> depth) % 2 === 1 &&
    head[26] === 0 &&
    head[27] === 0 &&
    (head[28] ?? 2) <= 1 &&
    crc32(head.subarray(12, 29)) === uint32be(head, 29);
  return isSound && hasImageData(source, start + 33) ? { width, height } : undefined;
}

function hasImageData(source: ByteSource, start: number): boolean {
  let at = start;
  for (let count = 0; count < maxChunks; count++) {
    const head = source.read(at, 8);
    if (head.length < 8) return false;
    const kind = uint32be(head, 4);
    if (kind === imageData || kind === imageHeader) return kind === imageData;
    at += uint32be(head, 0) + 12;
  }
  return false;
}
