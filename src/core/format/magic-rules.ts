/**
 * The rules that recognise a file by its first bytes: the table of merkle-format.md, section 2.4, which describes the 98
 * matchers of the Rust crate `infer` 0.22 in their order. The lowest rule that matches decides. Rules that start at byte 0
 * are rows, found by that byte; the few others are checked one after the other, in `lowestRule`.
 */
import { hasBytes, latin1Bytes, uint32be } from './byte-fields.js';
import { boxRule, isMatroska, officeXmlRule, skipsFramesTo } from './magic-containers.js';
import { markupRule } from './magic-markup.js';
import { compoundFileRule } from './magic-ole.js';
import { type MimeType, mimeTypeNumber } from './mime-types.js';

/** Returned when no rule matches; above all numbers of rules. */
export const noRule = 255;

interface Row {
  readonly rule: number; // 1 to 98
  readonly magic: Uint8Array; // at offset 0
  readonly minLength: number; // bytes of head
  readonly accepts: ((head: Uint8Array) => boolean) | undefined; // what else must hold
}

const rows: Row[] = [];
const mimeOfRule = new Uint8Array(256);

function mime(rule: number, type: MimeType): void {
  mimeOfRule[rule] = mimeTypeNumber(type) ?? 0;
}

/** Adds a row; `magic` has one character a byte. */
function row(
  rule: number,
  type: MimeType,
  magic: string,
  minLength = magic.length,
  accepts?: (head: Uint8Array) => boolean,
): void {
  mime(rule, type);
  rows.push({ rule, magic: latin1Bytes(magic), minLength, accepts });
}

function addPrograms(): void {
  row(1, 'application/wasm', '\0asm\x01\0\0\0');
  row(2, 'application/x-executable', '\x7fELF', 53);
  row(3, 'application/vnd.microsoft.portable-executable', 'MZ');
  row(5, 'application/java', '\xca\xfe\xba\xbe', 8, (head) => {
    return uint32be(head, 4) >= 45 && uint32be(head, 4) % 0x10000 >= 45;
  });
  row(6, 'application/x-llvm', 'BC');
  for (const magic of [
    '\xcf\xfa\xed\xfe',
    '\xce\xfa\xed\xfe',
    '\xfe\xed\xfa\xcf',
    '\xfe\xed\xfa\xce',
  ]) {
    row(7, 'application/x-mach-binary', magic);
  }
  row(7, 'application/x-mach-binary', '\xca\xfe\xba\xbe', 8, (head) => uint32be(head, 4) < 45);
  row(8, 'application/vnd.android.dex', 'dex\n', 37, (head) => head[36] === 0x70);
  row(9, 'application/vnd.android.dey', 'dey\n', 101, (head) => {
    return hasBytes(head, 40, dexMagic) && head[76] === 0x70;
  });
  row(10, 'application/x-x509-ca-cert', '0\x82', 3);
  row(11, 'application/x-executable', 'd\x86', 3);
  row(11, 'application/x-executable', 'L\x01', 3);
  row(11, 'application/x-executable', '\0\x02', 3);
  row(12, 'application/x-x509-ca-cert', '-----BEGIN ', 12);
  row(13, 'application/x-qemu-disk', 'QFI\xfb', 5);
  row(14, 'application/epub+zip', zip, 58, named('mimetypeapplication/epub+zip'));
  mime(15, 'application/x-mobipocket-ebook');
}

function addImages(): void {
  row(16, 'image/jpeg', '\xff\xd8\xff');
  row(17, 'image/jp2', '\0\0\0\x0cjP  \r\n\x87\n\0');
  row(18, 'image/png', '\x89PNG');
  row(19, 'image/gif', 'GIF');
  mime(20, 'image/webp');
  for (const magic of ['II*\0', 'MM\0*']) {
    row(21, 'image/x-canon-cr2', magic, 11, isCanonRaw);
    row(22, 'image/tiff', magic, 10, (head) => head[8] !== 0x43 && head[9] !== 0x52);
  }
  row(23, 'image/bmp', 'BM');
  row(24, 'image/vnd.ms-photo', 'II\xbc');
  row(25, 'image/vnd.adobe.photoshop', '8BPS');
  row(26, 'image/vnd.microsoft.icon', '\0\0\x01\0');
  mime(27, 'image/heif');
  mime(28, 'image/avif');
  row(29, 'image/jxl', '\xff\n', 3);
  row(29, 'image/jxl', '\0\0\0\x0cJXL \r\n\x87\n', 13);
  row(30, 'image/openraster', zip, 58, named('mimetypeimage/openraster'));
  row(31, 'image/vnd.djvu', 'AT&TFORM', 15, (head) => hasBytes(head, 12, djv));
  for (const version of drawingVersions) row(32, 'image/vnd.dwg', version);
}

function addVideo(): void {
  mime(33, 'video/mp4');
  mime(34, 'video/x-m4v');
  row(35, 'video/x-matroska', matroska, 257, (head) => isMatroska(head, 'matroska'));
  row(36, 'video/webm', matroska, 257, (head) => isMatroska(head, 'webm'));
  mime(37, 'video/quicktime');
  row(38, 'video/x-msvideo', 'RIFF', 11, (head) => hasBytes(head, 8, avi));
  row(39, 'video/x-ms-wmv', '0&\xb2u\x8ef\xcf\x11\xa6\xd9');
  row(40, 'video/mpeg', '\0\0\x01', 4, (head) => (head[3] ?? 0) >> 4 === 0xb);
  row(41, 'video/x-flv', 'FLV\x01');
}

function addAudioAndFonts(): void {
  row(42, 'audio/midi', 'MThd');
  for (const magic of ['ID3', '\xff\xfb', '\xff\xf3', '\xff\xf2']) row(43, 'audio/mpeg', magic, 3);
  row(44, 'audio/m4a', 'M4A ', 11);
  row(45, 'audio/opus', 'OggS', 36, (head) => hasBytes(head, 28, opusHead));
  row(46, 'audio/ogg', 'OggS');
  row(47, 'audio/x-flac', 'fLaC');
  row(48, 'audio/x-wav', 'RIFF', 12, (head) => hasBytes(head, 8, wave));
  row(49, 'audio/amr', '#!AMR\n', 12);
  row(50, 'audio/aac', '\xff\xf1');
  row(50, 'audio/aac', '\xff\xf9');
  row(51, 'audio/x-aiff', 'FORM', 12, (head) => hasBytes(head, 8, aiff));
  row(52, 'audio/x-dsf', 'DSD ', 5);
  row(53, 'audio/x-ape', 'MAC ', 5);
  row(54, 'application/font-woff', 'wOFF\0\x01\0\0');
  row(55, 'application/font-woff', 'wOF2\0\x01\0\0');
  row(56, 'application/font-sfnt', '\0\x01\0\0\0');
  row(57, 'application/font-sfnt', 'OTTO\0');
}

function addDocuments(): void {
  const office = 'application/vnd.openxmlformats-officedocument';
  row(58, 'application/msword', oleMagic, 512, (head) => compoundFileRule(head) === 58);
  row(59, `${office}.wordprocessingml.document`, zip, 35, (head) => officeXmlRule(head) === 59);
  row(60, 'application/vnd.ms-excel', oleMagic, 512, (head) => compoundFileRule(head) === 60);
  row(61, `${office}.spreadsheetml.sheet`, zip, 33, (head) => officeXmlRule(head) === 61);
  row(62, 'application/vnd.ms-powerpoint', oleMagic, 512, (head) => compoundFileRule(head) === 62);
  row(63, `${office}.presentationml.presentation`, zip, 34, (head) => officeXmlRule(head) === 63);
  const openDocument = 'application/vnd.oasis.opendocument';
  row(64, `${openDocument}.text`, zip, 50, openDocumentOf('text'));
  row(65, `${openDocument}.spreadsheet`, zip, 50, openDocumentOf('spreadsheet'));
  row(66, `${openDocument}.presentation`, zip, 50, openDocumentOf('presentation'));
}

function addArchives(): void {
  for (const magic of [zip, 'PK\x05\x06', 'PK\x07\x08', 'PK00PK\x03\x04']) {
    row(68, 'application/zip', magic);
  }
  mime(69, 'application/x-tar');
  row(70, 'application/x-par2', 'PAR2\0PKT', 9);
  row(71, 'application/vnd.rar', 'Rar!\x1a\x07\0');
  row(71, 'application/vnd.rar', 'Rar!\x1a\x07\x01');
  row(72, 'application/gzip', '\x1f\x8b\x08');
  row(73, 'application/x-bzip2', 'BZh');
  row(74, 'application/vnd.bzip3', 'BZ3v1');
  row(75, 'application/x-7z-compressed', '7z\xbc\xaf\x27\x1c');
  row(76, 'application/x-xz', '\xfd7zXZ\0');
  mime(77, 'application/pdf');
  row(78, 'application/x-shockwave-flash', 'CWS');
  row(78, 'application/x-shockwave-flash', 'FWS');
  row(79, 'application/rtf', '{\\rtf');
  mime(80, 'application/octet-stream');
  row(81, 'application/postscript', '%!');
  row(82, 'application/vnd.sqlite3', 'SQLi');
  row(83, 'application/x-nintendo-nes-rom', 'NES\x1a');
  row(84, 'application/x-google-chrome-extension', 'Cr24');
  row(85, 'application/vnd.ms-cab-compressed', 'MSCF');
  row(85, 'application/vnd.ms-cab-compressed', 'ISc(');
  row(86, 'application/vnd.debian.binary-package', '!<arch>\ndebian-binary');
  row(87, 'application/x-unix-archive', '!<arch>');
  row(88, 'application/x-compress', '\x1f\xa0');
  row(88, 'application/x-compress', '\x1f\x9d');
  row(89, 'application/x-lzip', 'LZIP');
  row(90, 'application/x-rpm', '\xed\xab\xee\xdb', 97);
  mime(91, 'application/dicom');
}

function addFramesAndText(): void {
  row(92, 'application/zstd', '\x28\xb5\x2f\xfd');
  row(93, 'application/x-lz4', '\x04\x22\x4d\x18');
  for (let low = 0x50; low < 0x60; low++) {
    const skippable = `${String.fromCharCode(low)}\x2a\x4d\x18`;
    row(92, 'application/zstd', skippable, 8, (head) => skipsFramesTo(head, 0xfd2fb528));
    row(93, 'application/x-lz4', skippable, 8, (head) => skipsFramesTo(head, 0x184d2204));
  }
  row(94, 'application/x-ole-storage', oleMagic);
  for (const magic of ['\xc7q', 'q\xc7']) row(95, 'application/x-cpio', magic);
  row(95, 'application/x-cpio', '070701', 7);
  mime(96, 'text/html');
  mime(97, 'text/xml');
  row(98, 'text/x-shellscript', '#!', 3);
}

const zip = 'PK\x03\x04';
const matroska = '\x1aE\xdf\xa3';
const oleMagic = '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1';
const drawingVersions = (
  'MC0.0\0 AC1.2\0 AC1.3\0 AC1.40 AC1.50 AC2.10 AC2.21 AC2.22 AC1001 AC1002 AC1003 AC1004 AC1006 AC1009 ' +
  'AC1012 AC1013 AC1014 AC1015 AC1018 AC1021 AC1024 AC1027 AC1032 AC1035'
).split(' ');
const dexMagic = latin1Bytes('dex\n');
const djv = latin1Bytes('DJV');
const avi = latin1Bytes('AVI');
const wave = latin1Bytes('WAVE');
const aiff = latin1Bytes('AIFF');
const opusHead = latin1Bytes('OpusHead');
const bookMobi = latin1Bytes('BOOKMOBI');
const webp = latin1Bytes('WEBP');
const ustar = latin1Bytes('ustar');
const dicm = latin1Bytes('DICM');

for (const add of [
  addPrograms,
  addImages,
  addVideo,
  addAudioAndFonts,
  addDocuments,
  addArchives,
  addFramesAndText,
]) {
  add();
}
const rowsByFirstByte: readonly (readonly Row[] | undefined)[] = Array.from(
  { length: 256 },
  (_, byte) => {
    const found = rows.filter(({ magic }) => magic[0] === byte).sort((a, b) => a.rule - b.rule);
    return found.length === 0 ? undefined : found;
  },
);

/** Returns the number of the mime type of a rule. */
export function mimeNumberOfRule(rule: number): number {
  return mimeOfRule[rule] ?? 0;
}

/**
 * Returns the lowest rule that matches the first bytes of a file, or `noRule`. Hot: once a file, see
 * bench/cases/file-type.ts.
 * @param head up to the first 8192 bytes
 */
export function lowestRule(head: Uint8Array): number {
  const anchored = anchoredRule(head);
  if (anchored > 15 && head[60] === 0x42 && hasBytes(head, 60, bookMobi)) return 15;
  if (anchored > 20 && head[8] === 0x57 && hasBytes(head, 8, webp)) return 20;
  if (anchored > 27) {
    const boxed = boxRule(head);
    if (boxed < anchored) return boxed;
  }
  if (anchored > 69 && head[257] === 0x75 && hasBytes(head, 257, ustar)) return 69;
  if (anchored > 77) return lateRule(head, anchored);
  return anchored;
}

function lateRule(head: Uint8Array, anchored: number): number {
  if (hasPdfMark(head)) return 77;
  if (anchored > 80 && head[34] === 0x4c && isEmbeddedFont(head)) return 80;
  if (anchored > 91 && head[128] === 0x44 && hasBytes(head, 128, dicm)) return 91;
  if (anchored > 97) return Math.min(markupRule(head), anchored);
  return anchored;
}

function anchoredRule(head: Uint8Array): number {
  const candidates = head.length === 0 ? undefined : rowsByFirstByte[head[0] ?? 0];
  if (candidates === undefined) return noRule;
  for (const candidate of candidates) {
    const { magic, minLength, accepts } = candidate;
    if (head.length < minLength || head[1] !== magic[1] || !hasBytes(head, 0, magic)) continue;
    if (accepts === undefined || accepts(head)) return candidate.rule;
  }
  return noRule;
}

/**
 * Looks for `%PDF` in the first 1024 bytes. It is enough to look at every fourth byte for one of the four letters; four of those are
 * taken together, as most files have no such letter there.
 */
function hasPdfMark(head: Uint8Array): boolean {
  const end = Math.min(head.length, 1024);
  let at = 3;
  for (; at + 12 < end; at += 16) {
    const letters =
      (isPdfLetter[head[at] ?? 0] ?? 0) |
      (isPdfLetter[head[at + 4] ?? 0] ?? 0) |
      (isPdfLetter[head[at + 8] ?? 0] ?? 0) |
      (isPdfLetter[head[at + 12] ?? 0] ?? 0);
    if (letters !== 0 && hasPdfMarkBetween(head, at - 3, Math.min(at + 16, end))) return true;
  }
  return hasPdfMarkBetween(head, at - 3, end);
}

function hasPdfMarkBetween(head: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; at++) {
    if (head[at] === 0x25 && isPdfMarkAt(head, at)) return true;
  }
  return false;
}

const isPdfLetter = new Uint8Array(256);
for (const letter of [0x25, 0x50, 0x44, 0x46]) isPdfLetter[letter] = 1;

function isPdfMarkAt(head: Uint8Array, at: number): boolean {
  return (
    head[at] === 0x25 && head[at + 1] === 0x50 && head[at + 2] === 0x44 && head[at + 3] === 0x46
  );
}

/** An EOT font: mark at 34, version at 8. */
function isEmbeddedFont(head: Uint8Array): boolean {
  if (head[35] !== 0x50) return false;
  const version = uint32be(head, 8) >>> 8;
  return version === 0x020001 || version === 0x010000 || version === 0x020002;
}

function isCanonRaw(head: Uint8Array): boolean {
  return head[8] === 0x43 && head[9] === 0x52 && head[10] === 0x02;
}

function named(name: string): (head: Uint8Array) => boolean {
  const bytes = latin1Bytes(name);
  return (head) => hasBytes(head, 30, bytes);
}

function openDocumentOf(kind: string): (head: Uint8Array) => boolean {
  const isNamed = named('mimetype');
  const bytes = latin1Bytes(`vnd.oasis.opendocument.${kind}`);
  return (head) => isNamed(head) && hasBytes(head, 50, bytes);
}
