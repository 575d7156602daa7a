/** Size of an ico file: of its best entry, the one with the most bits a pixel and then the most pixels. */
import { uint16le, uint32le } from '../byte-fields.js';
import { bmpSize } from './bmp-size.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';
import { isPng, pngSize } from './png-size.js';

const headerBytes = 6;
const entryBytes = 16;
const maxField = 256; // of colour planes and bits a pixel

/** Returns the size of the best image in `source`, or undefined when the directory or that image is damaged. */
export function icoSize(source: ByteSource): ImageDimensions | undefined {
  const header = source.read(0, headerBytes);
  if (header.length < headerBytes || uint32le(header, 0) !== 0x10000) return undefined;
  const count = uint16le(header, 4);
  const entries = source.read(headerBytes, count * entryBytes);
  if (count === 0 || entries.length < count * entryBytes) return undefined;
  const start = bestImageStart(entries);
  if (start === undefined || start + 8 > source.sizeBytes) return undefined;
  return isPng(source.read(start, 8)) ? pngSize(source, start) : bmpSize(source, start, true);
}

/** Returns where the best image starts; of equal entries the last one wins over all, else the first. */
function bestImageStart(entries: Uint8Array): number | undefined {
  let best = entries.length - entryBytes;
  for (let at = 0; at < entries.length; at += entryBytes) {
    if (uint16le(entries, at + 4) > maxField || uint16le(entries, at + 6) > maxField) {
      return undefined;
    }
    if (at < entries.length - entryBytes && score(entries, at) > score(entries, best)) best = at;
  }
  return uint32le(entries, best + 12);
}

function score(entries: Uint8Array, at: number): number {
  const pixels = (entries[at] || 256) * (entries[at + 1] || 256);
  return uint16le(entries, at + 6) * 2 ** 17 + pixels;
}
