import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../../../../src/core/format/metadata/byte-source.js';
import { readImageSize } from '../../../../src/core/format/metadata/image-size.js';
import { contentOf, loadVectors, type RecordedFile } from '../../../helpers/node-vectors.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const sizeOf = (bytes: Uint8Array): string => {
  const size = readImageSize(memorySource(bytes));
  return size === undefined ? 'none' : `${size.width}x${size.height}`;
};

function numbers(width: 2 | 4, order: 'le' | 'be', ...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  for (const [index, value] of values.entries()) {
    const modulus = 2 ** (8 * width);
    const unsigned = ((value % modulus) + modulus) % modulus;
    if (order === 'le') bytes.writeUIntLE(unsigned, index * width, width);
    else bytes.writeUIntBE(unsigned, index * width, width);
  }
  return bytes;
}
const u16 = (...values: number[]): Buffer => numbers(2, 'le', ...values);
const u32 = (...values: number[]): Buffer => numbers(4, 'le', ...values);

function pngChunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([latin1(kind), data]);
  return Buffer.concat([numbers(4, 'be', data.length), body, numbers(4, 'be', crc32(body))]);
}

function png(depth: number, colour: number, ...before: Buffer[]): Buffer {
  const header = Buffer.concat([numbers(4, 'be', 7, 5), Buffer.from([depth, colour, 0, 0, 0])]);
  return Buffer.concat([
    ...[latin1('\x89PNG\r\n\x1a\n'), pngChunk('IHDR', header), ...before],
    ...[pngChunk('IDAT', deflateSync(Buffer.alloc(40))), pngChunk('IEND', Buffer.alloc(0))],
  ]);
}

interface Bitmap {
  readonly header?: number;
  readonly width?: number;
  readonly height?: number;
  readonly depth?: number;
  readonly compression?: number;
  readonly colours?: number;
  readonly rest?: number;
}

function bmp(options: Bitmap): Buffer {
  const { header = 40, width = 9, height = 7, depth = 24, compression = 0 } = options;
  const start = Buffer.concat([latin1('BM'), Buffer.alloc(12), u32(header)]);
  const rest = Buffer.alloc(options.rest ?? 1100);
  if (header === 12) return Buffer.concat([start, u16(width, height, 1, depth), rest]);
  return Buffer.concat([
    ...[start, u32(width, height), u16(1, depth), u32(compression, 0, 0, 0)],
    ...[u32(options.colours ?? 0, 0), u32(0xff0000, 0xff00, 0xff, 0), rest],
  ]);
}

function jpegSegment(marker: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), numbers(2, 'be', data.length + 2), data]);
}

function frame(marker: number, components: number, precision = 8): Buffer {
  const tables = Array.from({ length: components }, (_, index) => [index + 1, 0x11, 0]).flat();
  return jpegSegment(marker, Buffer.from([precision, 0, 7, 0, 9, components, ...tables]));
}

function scan(components: number): Buffer {
  const tables = Array.from({ length: components }, (_, index) => [index + 1, 0]).flat();
  return jpegSegment(0xda, Buffer.from([components, ...tables, 0, 63, 0]));
}

const jpeg = (...segments: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, Buffer.alloc(9, 1)]);

function webp(kind: string, body: Uint8Array, ...chunks: [string, number][]): Buffer {
  const content = Buffer.concat([
    ...[latin1(`WEBP${kind}`), u32(body.length), body],
    ...chunks.flatMap(([name, size]) => [latin1(name), u32(size), Buffer.alloc(size + (size % 2))]),
  ]);
  return Buffer.concat([latin1('RIFF'), u32(content.length), content]);
}

const canvas = (flags: number): Buffer => Buffer.from([flags, 0, 0, 0, 8, 0, 0, 6, 0, 0]);

/** A tiff of 5 x 4 pixels; tags can be replaced, or left out with null. SHORT values except where they exceed it. */
function tiff(changes: Readonly<Record<number, number[] | null>> = {}, order: 'le' | 'be' = 'le') {
  const tags: Record<number, number[] | null> = {
    ...{ 256: [5], 257: [4], 258: [8], 262: [1], 273: [200], 277: [1], 278: [4], 279: [20] },
    ...changes,
  };
  const entries = Object.entries(tags).filter((entry): entry is [string, number[]] => !!entry[1]);
  const tailStart = 8 + 2 + entries.length * 12 + 4;
  let tail = Buffer.alloc(0);
  const rows = entries.map(([tag, values]) => {
    const data = numbers(2, order, ...values);
    const place = numbers(4, order, tailStart + tail.length);
    if (data.length > 4) tail = Buffer.concat([tail, data]);
    const value = data.length > 4 ? place : Buffer.concat([data, Buffer.alloc(4 - data.length)]);
    return Buffer.concat([
      ...[numbers(2, order, Number(tag), 3), numbers(4, order, values.length), value],
    ]);
  });
  return Buffer.concat([
    ...[latin1(order === 'le' ? 'II' : 'MM'), numbers(2, order, 42), numbers(4, order, 8)],
    ...[numbers(2, order, entries.length), ...rows, Buffer.alloc(4), tail, Buffer.alloc(400)],
  ]);
}

function ico(...images: { width: number; bits: number; data: Uint8Array }[]): Buffer {
  let offset = 6 + images.length * 16;
  const entries = images.map(({ width, bits, data }) => {
    const start = offset;
    offset += data.length;
    const size = Buffer.from([width, width, 0, 0]);
    return Buffer.concat([size, u16(1, bits), u32(data.length, start)]);
  });
  return Buffer.concat([u16(0, 1, images.length), ...entries, ...images.map(({ data }) => data)]);
}

const iconBitmap = (side: number): Buffer =>
  bmp({ width: side, height: side * 2, depth: 32 }).subarray(14);

test.each<[string, Uint8Array, string]>([
  ['png', png(8, 2), '7x5'],
  ['png with 16 bits of grey', png(16, 0), '7x5'],
  ['png with text before the pixels', png(8, 6, pngChunk('tEXt', latin1('a\0b'))), '7x5'],
  ['png of an unknown colour type', png(8, 1), 'none'],
  ['png of a depth that its colour type lacks', png(4, 2), 'none'],
  ['png without pixels', png(8, 2).subarray(0, 33), 'none'],
  ['gif', latin1('GIF89a\x09\0\x07\0\0\0\0,\0'), '9x7'],
  ['gif with a palette', latin1(`GIF87a\x09\0\x07\0\x80\0\0${'x'.repeat(6)},\0`), '9x7'],
  ['gif with a comment', latin1('GIF89a\x09\0\x07\0\0\0\0!\xfe\x02ab\0;'), '9x7'],
  ['gif that ends in its palette', latin1('GIF87a\x09\0\x07\0\x80\0\0xx'), 'none'],
  ['gif of another version', latin1('GIF90a\x09\0\x07\0\0\0\0,\0'), 'none'],
  ['bmp', bmp({}), '9x7'],
  ['bmp with rows from the top', bmp({ height: -7 }), '9x7'],
  ['bmp with a core header', bmp({ header: 12 }), '9x7'],
  ['bmp with a palette', bmp({ depth: 8 }), '9x7'],
  ['bmp with bit masks', bmp({ depth: 32, compression: 3 }), '9x7'],
  ['bmp that ends in its palette', bmp({ depth: 8, rest: 100 }), 'none'],
  ['bmp with more colours than its depth allows', bmp({ depth: 4, colours: 17 }), 'none'],
  ['bmp of an unknown header', bmp({ header: 64 }), 'none'],
  ['bmp without width', bmp({ width: 0 }), 'none'],
  ['bmp wider than 65535', bmp({ width: 65536 }), 'none'],
  ['bmp that holds a jpeg', bmp({ compression: 4 }), 'none'],
  ['jpeg, baseline', jpeg(frame(0xc0, 3), scan(3)), '9x7'],
  ['jpeg, progressive', jpeg(frame(0xc2, 1), scan(1)), '9x7'],
  [
    'jpeg with comments and fill bytes',
    jpeg(jpegSegment(0xfe, latin1('hello')), Buffer.from([255, 255]), frame(0xc1, 3), scan(1)),
    '9x7',
  ],
  ['jpeg with 12 bits', jpeg(frame(0xc1, 3, 12), scan(3)), 'none'],
  ['jpeg, lossless', jpeg(frame(0xc3, 3), scan(3)), 'none'],
  ['jpeg, arithmetic', jpeg(frame(0xc9, 3), scan(3)), 'none'],
  ['jpeg without a scan', jpeg(frame(0xc0, 3)), 'none'],
  ['jpeg without a frame', jpeg(scan(3)), 'none'],
  ['jpeg with two frames', jpeg(frame(0xc0, 3), frame(0xc0, 3), scan(3)), 'none'],
  ['jpeg with five components', jpeg(frame(0xc0, 5), scan(3)), 'none'],
  ['webp, lossy', webp('VP8 ', latin1('\x10\0\0\x9d\x01\x2a\x09\x40\x07\x80')), '9x7'],
  ['webp, lossless', webp('VP8L', latin1('\x2f\x08\x80\x01\0')), '9x7'],
  ['webp, extended', webp('VP8X', canvas(0), ['VP8 ', 4]), '9x7'],
  ['webp, animated', webp('VP8X', canvas(2), ['ANIM', 6], ['ANMF', 40]), '9x7'],
  ['webp, animated without frames', webp('VP8X', canvas(2), ['ANIM', 6]), 'none'],
  ['webp, extended without an image', webp('VP8X', canvas(0)), 'none'],
  ['webp with missing EXIF', webp('VP8X', canvas(8), ['VP8 ', 4]), 'none'],
  ['webp between key frames', webp('VP8 ', latin1('\x11\0\0\x9d\x01\x2a\x09\0\x07\0')), 'none'],
  ['webp of an unknown chunk', webp('VP9 ', Buffer.alloc(10)), 'none'],
  ['tiff, little-endian', tiff(), '5x4'],
  ['tiff, big-endian', tiff({}, 'be'), '5x4'],
  ['tiff, colour', tiff({ 258: [8, 8, 8], 262: [2], 277: [3] }), '5x4'],
  ['tiff, colour and alpha', tiff({ 258: [16], 262: [2], 277: [4], 338: [1] }), '5x4'],
  ['tiff, CMYK', tiff({ 258: [8], 262: [5], 277: [4] }), '5x4'],
  ['tiff, float colour', tiff({ 258: [32], 262: [2], 277: [3], 339: [3, 3, 3] }), '5x4'],
  ['tiff, tiles', tiff({ 273: null, 279: null, 322: [16], 323: [16], 324: [9], 325: [9] }), '5x4'],
  ['tiff, two strips', tiff({ 278: [2], 273: [1, 2], 279: [1, 2] }), '5x4'],
  ['tiff, palette', tiff({ 262: [3] }), 'none'],
  ['tiff, one band of floats', tiff({ 258: [32], 339: [3] }), 'none'],
  ['tiff, two bands of grey', tiff({ 277: [2] }), 'none'],
  ['tiff, signed numbers', tiff({ 339: [2] }), 'none'],
  ['tiff with a strip too few', tiff({ 278: [2] }), 'none'],
  ['tiff without strips', tiff({ 273: null }), 'none'],
  ['tiff without width', tiff({ 256: null }), 'none'],
  ['ico with a bitmap', ico({ width: 16, bits: 32, data: iconBitmap(16) }), '16x16'],
  ['ico with a png', ico({ width: 7, bits: 32, data: png(8, 6) }), '7x5'],
  [
    'ico: most bits win, then most pixels',
    ico(
      { width: 64, bits: 8, data: iconBitmap(64) },
      { width: 48, bits: 32, data: iconBitmap(48) },
      { width: 32, bits: 32, data: iconBitmap(32) },
    ),
    '48x48',
  ],
  ['ico: width 0 stands for 256', ico({ width: 0, bits: 1, data: iconBitmap(9) }), '9x9'],
  ['ico without images', ico(), 'none'],
  ['ico with an impossible depth', ico({ width: 9, bits: 257, data: iconBitmap(9) }), 'none'],
  ['no image', latin1('hello world, this is text'), 'none'],
  ['nothing', Buffer.alloc(0), 'none'],
])('%s', (_, bytes, size) => {
  expect(sizeOf(bytes)).toBe(size);
});

describe('hostile images', () => {
  const recorded = ['metadata', 'filetypes']
    .flatMap((name): RecordedFile[] => {
      const { files, commits } = loadVectors<{
        files?: RecordedFile[];
        commits?: { changed_files: RecordedFile[] }[];
      }>(name);
      return files ?? (commits ?? []).flatMap(({ changed_files }) => changed_files);
    })
    .filter(({ mime_type: mime }) => mime.startsWith('image/'))
    .map(contentOf);
  const samples = [...recorded, tiff(), bmp({ depth: 8 }), webp('VP8X', canvas(2), ['ANMF', 30])];

  test('give a size of whole numbers or none, and read little', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), edits, fc.nat(), (sample, changes, cut) => {
        const bytes = Buffer.from(sample);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        let reads = 0;
        const file = bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
        const inner = memorySource(file);
        const size = readImageSize({
          sizeBytes: inner.sizeBytes,
          read: (offset, length) => {
            reads++;
            return inner.read(offset, length);
          },
        });
        expect(reads).toBeLessThan(file.length + 50);
        if (size === undefined) return;
        expect(size.width).toBeGreaterThanOrEqual(0);
        expect(size.height).toBeLessThan(2 ** 32);
        expect(Number.isInteger(size.width + size.height)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes after a magic number are survived', () => {
    const magic = fc.constantFrom(
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'GIF89a',
      'BM',
      'II*\0',
      'MM\0*',
      '\0\0\x01\0',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        readImageSize(memorySource(Buffer.concat([latin1(start), rest])));
      }),
      { numRuns: 2000 },
    );
  });
});
