/**
 * Size of a tiff image from its first directory, read as the Rust crates `tiff` 0.11 and `image` 0.25 do. Those refuse
 * images that they could not decode, such as palettes and one-band floats, and then there is no metadata; so their conditions on
 * samples and strips are checked too. The larger form for files over 4 GiB has another magic and is no `image/tiff`.
 */
import { uint16be, uint16le, uint32be, uint32le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import type { ImageDimensions } from './image-dimensions.js';

const entryBytes = 12;
const maxValues = 64; // of a tag whose values are looked at one by one
const tags = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
} as const;
/** Bytes of one value by field type: BYTE, SHORT, LONG and IFD; others are no whole numbers. */
const bytesOfType: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4 };
const whiteIsZero = 0;
const blackIsZero = 1;
const rgb = 2;
const cmyk = 5;

/** Returns the size of the tiff image in `source`, or undefined when it is damaged or of an unusual kind. */
export function tiffSize(source: ByteSource): ImageDimensions | undefined {
  const directory = readDirectory(source);
  if (directory === undefined) return undefined;
  const width = directory.value(tags.width) ?? 0;
  const height = directory.value(tags.height) ?? 0;
  if (width === 0 || height === 0) return undefined;
  if (!areTagsSound(directory)) return undefined;
  if (!isKnownColour(directory) || !isLaidOut(directory, width, height)) return undefined;
  return { width, height };
}

class Directory {
  readonly #source: ByteSource;
  readonly #entries: Uint8Array; // a copy
  readonly #isLittle: boolean;
  readonly #places = new Map<number, number>();

  constructor(source: ByteSource, entries: Uint8Array, isLittle: boolean) {
    this.#source = source;
    this.#entries = entries;
    this.#isLittle = isLittle;
    for (let at = 0; at < entries.length; at += entryBytes) {
      const tag = this.#uint16(entries, at);
      if (!this.#places.has(tag)) this.#places.set(tag, at);
    }
  }

  has(tag: number): boolean {
    return this.#places.has(tag);
  }

  /** Returns how many values a tag has, 0 when it is missing. */
  count(tag: number): number {
    const at = this.#places.get(tag);
    return at === undefined ? 0 : this.#uint32(this.#entries, at + 4);
  }

  /** Returns the only value of a tag; undefined when it is missing or there is not exactly one. */
  value(tag: number): number | undefined {
    return this.count(tag) === 1 ? this.values(tag)?.[0] : undefined;
  }

  /** Returns the values of a tag, none when it is missing; undefined when they are no whole numbers or too many. */
  values(tag: number): number[] | undefined {
    const at = this.#places.get(tag);
    if (at === undefined) return [];
    const count = this.count(tag);
    const size = bytesOfType[this.#uint16(this.#entries, at + 2)];
    if (size === undefined || count > maxValues) return undefined;
    const bytes = this.#valueBytes(at + 8, count * size);
    if (bytes === undefined) return undefined;
    return Array.from({ length: count }, (_, index) => this.#number(bytes, index * size, size));
  }

  /** Says whether a tag is missing, or has whole numbers that lie within the file. */
  isReadable(tag: number): boolean {
    const at = this.#places.get(tag);
    if (at === undefined) return true;
    const length = this.count(tag) * (bytesOfType[this.#uint16(this.#entries, at + 2)] ?? 0);
    if (length <= 4) return length > 0;
    return this.#uint32(this.#entries, at + 8) + length <= this.#source.sizeBytes;
  }

  #valueBytes(at: number, length: number): Uint8Array | undefined {
    if (length <= 4) return this.#entries.subarray(at, at + length);
    const bytes = this.#source.read(this.#uint32(this.#entries, at), length);
    return bytes.length === length ? bytes : undefined;
  }

  #number(bytes: Uint8Array, at: number, size: number): number {
    if (size === 1) return bytes[at] ?? 0;
    return size === 2 ? this.#uint16(bytes, at) : this.#uint32(bytes, at);
  }

  #uint16(bytes: Uint8Array, at: number): number {
    return this.#isLittle ? uint16le(bytes, at) : uint16be(bytes, at);
  }

  #uint32(bytes: Uint8Array, at: number): number {
    return this.#isLittle ? uint32le(bytes, at) : uint32be(bytes, at);
  }
}

function readDirectory(source: ByteSource): Directory | undefined {
  const head = source.read(0, 8);
  const isLittle = head[0] === 0x49;
  const magic = isLittle ? uint16le(head, 2) : uint16be(head, 2);
  if (head.length < 8 || head[0] !== head[1] || magic !== 42) return undefined;
  const start = isLittle ? uint32le(head, 4) : uint32be(head, 4);
  const countBytes = source.read(start, 2);
  const count = isLittle ? uint16le(countBytes, 0) : uint16be(countBytes, 0);
  const entries = source.read(start + 2, count * entryBytes);
  const end = start + 2 + count * entryBytes + 4; // the place of the next directory follows
  if (count === 0 || end > source.sizeBytes) return undefined;
  return new Directory(source, entries.slice(), isLittle);
}

function areTagsSound(directory: Directory): boolean {
  if (!Object.values(tags).every((tag) => directory.isReadable(tag))) return false;
  const predictor = directory.has(tags.predictor) ? directory.value(tags.predictor) : 1;
  return predictor !== undefined && predictor >= 1 && predictor <= 3;
}

/** Says whether the samples are of a kind that can be decoded. */
function isKnownColour(directory: Directory): boolean {
  const photometric = directory.value(tags.photometric);
  const samples = directory.has(tags.samplesPerPixel) ? directory.value(tags.samplesPerPixel) : 1;
  const extra = directory.values(tags.extraSamples);
  const bits = directory.has(tags.bitsPerSample) ? directory.values(tags.bitsPerSample) : [1];
  if (!samples || extra === undefined || extra.length > samples || bits === undefined) return false;
  const depth = bits[0] ?? 0;
  const isEven = bits.every((other) => other === depth);
  if (depth === 0 || !isEven || (bits.length !== samples && bits.length !== 1)) return false;
  if (!isDecodable(photometric, depth, samples, samples - extra.length, extra[0])) return false;
  return areFormatsKnown(directory, depth);
}

function isDecodable(
  photometric: number | undefined,
  depth: number,
  samples: number,
  colours: number,
  extra: number | undefined,
): boolean {
  if (photometric === whiteIsZero || photometric === blackIsZero) {
    return samples === 1 && (depth === 1 || depth === 8 || depth === 16);
  }
  if (photometric === rgb) {
    return (colours === 3 || colours === 4) && (depth === 8 || depth === 16 || depth === 32);
  }
  const hasAlpha = extra === 1 || extra === 2;
  return photometric === cmyk && colours === 4 && !hasAlpha && (depth === 8 || depth === 16);
}

/** All samples must be unsigned numbers up to 16 bits, or floats of 32 bits. */
function areFormatsKnown(directory: Directory, depth: number): boolean {
  if (!directory.has(tags.sampleFormat)) return true;
  const formats = directory.values(tags.sampleFormat);
  if (formats === undefined || formats.length === 0) return false;
  return formats.every((format) => (format === 1 ? depth <= 16 : format === 3 && depth === 32));
}

/** Says whether the image consists of strips or of tiles, as many as its size needs. */
function isLaidOut(directory: Directory, width: number, height: number): boolean {
  const planar = directory.has(tags.planarConfiguration)
    ? directory.value(tags.planarConfiguration)
    : 1;
  if (planar !== 1 && planar !== 2) return false;
  const planes = planar === 2 ? (directory.value(tags.samplesPerPixel) ?? 1) : 1;
  const hasStrips = directory.has(tags.stripOffsets) && directory.has(tags.stripByteCounts);
  const hasTiles = directory.has(tags.tileOffsets) && directory.has(tags.tileByteCounts);
  if (hasStrips === hasTiles) return false;
  if (hasTiles) return isTiled(directory, width, height, planes);
  const rows = directory.has(tags.rowsPerStrip) ? directory.value(tags.rowsPerStrip) : height;
  const strips = directory.count(tags.stripOffsets);
  if (!rows || strips !== directory.count(tags.stripByteCounts)) return false;
  return strips === (Math.floor((height - 1) / rows) + 1) * planes;
}

function isTiled(directory: Directory, width: number, height: number, planes: number): boolean {
  const tileWidth = directory.value(tags.tileWidth);
  const tileLength = directory.value(tags.tileLength);
  if (!tileWidth || !tileLength) return false;
  const tiles = directory.count(tags.tileOffsets);
  const needed = Math.ceil(width / tileWidth) * Math.ceil(height / tileLength) * planes;
  return tiles === needed && tiles === directory.count(tags.tileByteCounts);
}
