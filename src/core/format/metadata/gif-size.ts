/** Size of a gif image, read as the Rust crate `gif` 0.14 does: up to the first block that is no extension. */
import { hasBytes, latin1Bytes, uint16le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const gif87 = latin1Bytes('GIF87a');
const gif89 = latin1Bytes('GIF89a');
const extension = 0x21;
const extensionLabels: ReadonlySet<number> = new Set([0x01, 0xf9, 0xfe, 0xff]);
const maxBlocks = 10_000; // more than any real file has before its first image

/** Returns the size of the gif image in `source`, or undefined when it is damaged. */
export function gifSize(source: ByteSource): ImageDimensions | undefined {
  const head = source.read(0, 13);
  if (head.length < 13 || (!hasBytes(head, 0, gif87) && !hasBytes(head, 0, gif89)))
    return undefined;
  const flags = head[10] ?? 0;
  const palette = (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
  if (!hasFirstBlock(source, 13 + palette)) return undefined;
  return { width: uint16le(head, 6), height: uint16le(head, 8) };
}

/** Walks over extensions to the first other block; when that comes at once, the decoder wants one byte more. */
function hasFirstBlock(source: ByteSource, start: number): boolean {
  let at = start;
  for (let count = 0; count < maxBlocks; count++) {
    const head = source.read(at, 2);
    if (head.length === 0) return false;
    if (head[0] !== extension) return count > 0 || head.length === 2;
    if (!extensionLabels.has(head[1] ?? 0)) return false;
    at = skipSubBlocks(source, at + 2);
    if (at < 0) return false;
  }
  return false;
}

/** Returns where the sub-blocks at `start` end, or -1. */
function skipSubBlocks(source: ByteSource, start: number): number {
  let at = start;
  for (let count = 0; count < maxBlocks; count++) {
    const length = source.read(at, 1)[0];
    if (length === undefined) return -1;
    at += 1 + length;
    if (length === 0) return at;
  }
  return -1;
}
