/**
 * Width and height of an image from its headers. The original reads them with the Rust crate `image` 0.25, which first makes a
 * decoder; so an image is refused here where that refuses its headers, as far as that shows without decoding pixels. The format
 * is told by content, EXIF orientation is ignored.
 */
import { bmpSize } from './bmp-size.js';
import type { ByteSource } from './byte-source.js';
import { gifSize } from './gif-size.js';
import { icoSize } from './ico-size.js';
import type { ImageDimensions } from './image-dimensions.js';
import { jpegSize } from './jpeg-size.js';
import { pngSize } from './png-size.js';
import { tiffSize } from './tiff-size.js';
import { webpSize } from './webp-size.js';

const bmpFileHeaderBytes = 14;

/** Returns the size of the image in `source`, or undefined when its format is unknown or its headers are damaged. */
export function readImageSize(source: ByteSource): ImageDimensions | undefined {
  const head = source.read(0, 2);
  switch (head[0]) {
    case 0x89:
      return pngSize(source, 0);
    case 0xff:
      return jpegSize(source);
    case 0x47: // G
      return gifSize(source);
    case 0x52: // R
      return webpSize(source);
    case 0x42: // B
      return head[1] === 0x4d ? bmpSize(source, bmpFileHeaderBytes, false) : undefined;
    case 0x49: // I
    case 0x4d: // M
      return tiffSize(source);
    case 0x00:
      return icoSize(source);
    default:
      return undefined;
  }
}
