/** Walks over the boxes of ISO media files (mp4, m4a, mov): size, four characters, content, which may be boxes again. */
import { uint32be, uint64be } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';

const headerBytes = 8;
const maxBoxes = 20_000; // on one level: fragmented files have two a fragment

/** One box. */
export interface MediaBox {
  readonly kind: string; // four characters
  readonly start: number; // of its content
  readonly end: number;
}

/**
 * Returns the boxes between `start` and `end`; undefined when one is damaged or exceeds the range. A box of size 0 and everything
 * after it is left out.
 */
export function readBoxes(source: ByteSource, start: number, end: number): MediaBox[] | undefined {
  const boxes: MediaBox[] = [];
  let at = start;
  while (at < end && boxes.length < maxBoxes) {
    const header = source.read(at, 2 * headerBytes);
    if (header.length < headerBytes) return undefined;
    const isLong = uint32be(header, 0) === 1;
    const size = isLong ? uint64be(header, headerBytes) : uint32be(header, 0);
    if (size === 0) break;
    const contentStart = at + (isLong ? 2 : 1) * headerBytes;
    if (at + size > end || at + size < contentStart) return undefined;
    const kind = Buffer.from(header.subarray(4, 8)).toString('latin1');
    boxes.push({ kind, start: contentStart, end: at + size });
    at += size;
  }
  return boxes;
}

/** Returns the last box of a kind among the boxes inside `parent`. */
export function childBox(
  source: ByteSource,
  parent: MediaBox | undefined,
  kind: string,
): MediaBox | undefined {
  if (parent === undefined) return undefined;
  return readBoxes(source, parent.start, parent.end)?.findLast((box) => box.kind === kind);
}

/** Time scale and duration as an `mvhd` or `mdhd` box states them. */
export interface MediaTime {
  readonly timescale: number; // units a second
  readonly duration: number; // units
}

/** Reads the times of an `mvhd` or `mdhd` box; undefined for versions above 1. */
export function readMediaTime(source: ByteSource, box: MediaBox): MediaTime | undefined {
  const bytes = source.read(box.start, Math.min(box.end - box.start, 32));
  const version = bytes[0];
  if (version === 1 && bytes.length >= 32) {
    return { timescale: uint32be(bytes, 20), duration: uint64be(bytes, 24) };
  }
  if (version !== 0 || bytes.length < 20) return undefined;
  return { timescale: uint32be(bytes, 12), duration: uint32be(bytes, 16) };
}
