/**
 * The magic rules that look inside a container: ISO media boxes, zip entries, Matroska headers and skippable frames. Rule
 * numbers are those of merkle-format.md, section 2.4. All of it works on the first 8192 bytes only.
 */
import { hasBytes, latin1Bytes, uint32be, uint32le } from './byte-fields.js';

const noRule = 255;
const searchBytes = 6000; // how far the next local header of a zip is looked for
const localHeader = latin1Bytes('PK\x03\x04');
const contentTypes = latin1Bytes('[Content_Types].xml');
const relations = latin1Bytes('_rels/.rels');
const properties = latin1Bytes('docProps');
const wordFolder = latin1Bytes('word/');
const slideFolder = latin1Bytes('ppt/');
const sheetFolder = latin1Bytes('xl/');

const ftyp = brand('ftyp');
const moov = brand('moov');
const mdat = brand('mdat');
const heic = brand('heic');
const avif = brand('avif');
const avis = brand('avis');
const quickTime = brand('qt  ');
const heifBrands: ReadonlySet<number> = new Set(['heic', 'heix'].map(brand));
const imageSequenceBrands: ReadonlySet<number> = new Set(['mif1', 'msf1'].map(brand));
const mp4Brands: ReadonlySet<number> = new Set(
  (
    'avc1 dash iso2 iso3 iso4 iso5 iso6 isom mmp4 mp41 mp42 mp4v mp71 MSNV NDAS NDSC NSDC NDSH NDSM NDSP NDSS ' +
    'NDXC NDXH NDXM NDXP NDXS'
  )
    .split(' ')
    .concat('F4V ', 'F4P ')
    .map(brand),
);

/** Returns the lowest of the rules 27, 28, 33, 34, 37 and 44 that a file of boxes matches, or 255. */
export function boxRule(head: Uint8Array): number {
  const box = uint32be(head, 4);
  if (box === ftyp) return typedBoxRule(head);
  if (head.length < 16) return noRule;
  if (box === moov || box === mdat) return 37;
  return head[12] === 0x6d && uint32be(head, 12) === mdat ? 37 : noRule;
}

function typedBoxRule(head: Uint8Array): number {
  const major = uint32be(head, 8);
  const picture = pictureRule(head, major);
  if (picture !== noRule) return picture;
  if (head.length > 11 && mp4Brands.has(major)) return 33;
  const shortMajor = head.length > 10 ? major >>> 8 : 0;
  if (shortMajor === 0x4d3456) return 34;
  if (head.length > 15 && (major === quickTime || uint32be(head, 12) === mdat)) return 37;
  return shortMajor === 0x4d3441 ? 44 : noRule;
}

/** The rules of pictures want the whole first box in the head. */
function pictureRule(head: Uint8Array, major: number): number {
  if (head.length < 16 || head.length < uint32be(head, 0)) return noRule;
  if (heifBrands.has(major)) return 27;
  if (imageSequenceBrands.has(major) && hasCompatibleBrand(head, heic, heic)) return 27;
  if (major === avif || major === avis) return 28;
  return hasCompatibleBrand(head, avif, avis) ? 28 : noRule;
}

function hasCompatibleBrand(head: Uint8Array, brandA: number, brandB: number): boolean {
  const end = Math.min(Math.floor(uint32be(head, 0) / 4) * 4, head.length - 3);
  for (let at = 16; at < end; at += 4) {
    const found = uint32be(head, at);
    if (found === brandA || found === brandB) return true;
  }
  return false;
}

/** Says whether a Matroska header names the document type in its first 256 bytes. */
export function isMatroska(head: Uint8Array, documentType: 'matroska' | 'webm'): boolean {
  const mark = documentType === 'webm' ? webmMark : matroskaMark;
  for (let at = 0; at + mark.length <= 256; at++) {
    if (head[at] === 0x42 && hasBytes(head, at, mark)) return true;
  }
  return false;
}

const matroskaMark = latin1Bytes('\x42\x82\x88matroska');
const webmMark = latin1Bytes('\x42\x82\x84webm');

/** Returns the rule of a zip that holds an Office document: 59 text, 61 sheet, 63 slides, or 255. */
export function officeXmlRule(head: Uint8Array): number {
  const direct = officeFolderRule(head, 30);
  if (direct !== noRule) return direct;
  if (
    !hasBytes(head, 30, contentTypes) &&
    !hasBytes(head, 30, relations) &&
    !hasBytes(head, 30, properties)
  ) {
    return noRule;
  }
  const second = nextName(head, uint32le(head, 18) + 49);
  const third = second < 0 ? -1 : nextName(head, second);
  if (third < 0 || officeFolderRule(head, third) === noRule) return noRule;
  const fourth = nextName(head, third + 26);
  return fourth < 0 ? noRule : officeFolderRule(head, fourth);
}

/** Returns where the name behind the next local header starts, or -1. */
function nextName(head: Uint8Array, from: number): number {
  const last = Math.min(from + searchBytes, head.length) - localHeader.length;
  for (let at = from; at <= last; at++) {
    if (head[at] === 0x50 && hasBytes(head, at, localHeader)) return at + 30;
  }
  return -1;
}

function officeFolderRule(head: Uint8Array, at: number): number {
  if (hasBytes(head, at, wordFolder)) return 59;
  if (hasBytes(head, at, slideFolder)) return 63;
  return hasBytes(head, at, sheetFolder) ? 61 : noRule;
}

/**
 * Says whether `magic` (a little-endian number) follows skippable frames: each `5x 2A 4D 18`, length u32le, that many bytes.
 */
export function skipsFramesTo(head: Uint8Array, magic: number): boolean {
  let at = 0;
  while (head.length - at >= 4) {
    const found = uint32le(head, at);
    if (found === magic) return true;
    if (head.length - at < 8 || found >>> 4 !== 0x184d2a5) return false;
    at += 8 + uint32le(head, at + 4);
  }
  return false;
}

function brand(text: string): number {
  return uint32be(latin1Bytes(text), 0);
}
