/** Size of a webp image, lossy, lossless or extended, read as the Rust crate `image-webp` 0.2 does. */
import { hasBytes, latin1Bytes, uint16le, uint24le, uint32be, uint32le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const riff = latin1Bytes('RIFF');
const webp = latin1Bytes('WEBP');
const maxChunks = 100_000; // a bound for hostile files; one chunk a frame of an animation

/** Returns the size of the webp image in `source`, or undefined when it is damaged. */
export function webpSize(source: ByteSource): ImageDimensions | undefined {
  const head = source.read(0, 30);
  if (!hasBytes(head, 0, riff) || !hasBytes(head, 8, webp)) return undefined;
  switch (uint32be(head, 12)) {
    case 0x56503820: // VP8: lossy
      return head.length >= 30 && (head[20] ?? 1) % 2 === 0 && uint24le(head, 23) === 0x2a019d
        ? sizeUnlessEmpty(uint16le(head, 26) & 0x3fff, uint16le(head, 28) & 0x3fff)
        : undefined;
    case 0x5650384c: // VP8L: lossless
      return losslessWebpSize(head);
    case 0x56503858: // VP8X: extended
      return extendedWebpSize(source, head);
    default:
      return undefined;
  }
}

/** The decoder forgets the carry of 16384 pixels, so that it takes them for 0. */
function losslessWebpSize(head: Uint8Array): ImageDimensions | undefined {
  const bits = uint32le(head, 21);
  if (head.length < 25 || head[20] !== 0x2f || bits >>> 29 !== 0) return undefined;
  return { width: (1 + bits) & 0x3fff, height: (1 + (bits >>> 14)) & 0x3fff };
}

interface WebpChunks {
  readonly kinds: ReadonlySet<number>;
  readonly isSound: boolean;
}

/** The canvas, provided the chunks that the flags promise are there. */
function extendedWebpSize(source: ByteSource, head: Uint8Array): ImageDimensions | undefined {
  const width = uint24le(head, 24) + 1;
  const height = uint24le(head, 27) + 1;
  if (head.length < 30 || width * height > 0xffffffff) return undefined;
  const flags = head[20] ?? 0;
  const { kinds, isSound } = readWebpChunks(source, head);
  const has = (name: string): boolean => kinds.has(uint32be(latin1Bytes(name), 0));
  const isAnimated = (flags & 2) !== 0;
  const isMissing =
    (isAnimated && !(has('ANIM') && has('ANMF'))) ||
    ((flags & 8) !== 0 && !has('EXIF')) ||
    ((flags & 4) !== 0 && !has('XMP ')) ||
    (!isAnimated && has('VP8 ') === has('VP8L'));
  return isSound && !isMissing ? { width, height } : undefined;
}

function readWebpChunks(source: ByteSource, head: Uint8Array): WebpChunks {
  const kinds = new Set<number>();
  let at = 20 + roundUp(uint32le(head, 16));
  const end = at + Math.max(0, uint32le(head, 4) - 12);
  for (let count = 0; at < end && count < maxChunks; count++) {
    const chunk = source.read(at, 8);
    if (chunk.length < 8) break;
    const kind = uint32be(chunk, 0);
    const length = uint32le(chunk, 4);
    kinds.add(kind);
    if (kind === 0x414e4d46 && length < 24) return { kinds, isSound: false };
    at += 8 + roundUp(length);
  }
  return { kinds, isSound: true };
}

function roundUp(length: number): number {
  return length + (length % 2);
}

function sizeUnlessEmpty(width: number, height: number): ImageDimensions | undefined {
  return width === 0 || height === 0 ? undefined : { width, height };
}
