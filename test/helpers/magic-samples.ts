/**
 * For each rule of the sniffer (merkle-format.md, section 2.4) a shortest head that it matches, with near misses: heads that
 * differ in one thing that the rule asks for.
 */

export interface MagicSample {
  readonly rule: number;
  readonly mime: string;
  readonly head: Uint8Array;
  readonly misses: readonly Uint8Array[];
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const fill = (length: number, byte = 0x2e): Buffer => Buffer.alloc(length, byte);

/** `parts` joined; numbers are that many filler bytes. */
function joined(parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? fill(part) : latin1(part))));
}

/** A sample whose near misses are: one byte short, and each of its fixed bytes changed to a neighbour. */
function sample(rule: number, mime: string, ...parts: (string | number)[]): MagicSample {
  const head = joined(parts);
  const misses: Buffer[] = [head.subarray(0, head.length - 1)];
  let at = 0;
  for (const part of parts) {
    const length = typeof part === 'number' ? part : part.length;
    if (typeof part === 'string') {
      for (let index = at; index < at + length; index++) misses.push(changed(head, index));
    }
    at += length;
  }
  return { rule, mime, head, misses };
}

function changed(head: Buffer, at: number): Buffer {
  const copy = Buffer.from(head);
  copy[at] = ((copy[at] ?? 0) + 0x5c) & 0xff;
  return copy;
}

function withMisses(rule: number, mime: string, head: Buffer, ...misses: Buffer[]): MagicSample {
  return { rule, mime, head, misses };
}

function uint32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint32le(value: number): Buffer {
  return uint32be(value).reverse();
}

/** An ISO media file: one `ftyp` box. */
export function boxFile(major: string, ...compatible: string[]): Buffer {
  const brands = latin1(`${major}\0\0\0\0${compatible.join('')}`);
  return Buffer.concat([uint32be(8 + brands.length), latin1('ftyp'), brands]);
}

/** A local header of a zip with `size` bytes of content. */
export function zipEntry(name: string, size = 0): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt32LE(size, 18);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, latin1(name), fill(size)]);
}

/** A compound file of four sectors with one stream and the given class id, 16 bytes in hex as they stand in the file. */
export function compoundFile(classId: string): Buffer {
  const none = 0xffffffff;
  const end = 0xfffffffe;
  const file = Buffer.alloc(2048);
  file.write('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1');
  file.writeUInt16LE(3, 26);
  file.writeUInt16LE(0xfffe, 28);
  file.writeUInt16LE(9, 30);
  file.writeUInt16LE(6, 32);
  for (const [at, value] of [
    [44, 1],
    [48, 1],
    [56, 4096],
    [60, end],
    [68, end],
  ] as const) {
    file.writeUInt32LE(value, at);
  }
  file.fill(0xff, 76, 1024);
  file.writeUInt32LE(0, 76);
  file.writeUInt32LE(0xfffffffd, 512);
  file.writeUInt32LE(end, 516);
  file.writeUInt32LE(end, 520);
  for (let entry = 0; entry < 4; entry++) {
    const at = 1024 + entry * 128;
    for (const link of [68, 72, 76]) file.writeUInt32LE(none, at + link);
  }
  file.write('Root Entry', 1024, 'utf16le');
  file.writeUInt16LE(22, 1024 + 64);
  file.writeUInt8(5, 1024 + 66);
  file.writeUInt32LE(1, 1024 + 76);
  file.write(classId, 1024 + 80, 'hex');
  file.writeUInt32LE(end, 1024 + 116);
  file.write('Data', 1152, 'utf16le');
  file.writeUInt16LE(10, 1152 + 64);
  file.writeUInt8(2, 1152 + 66);
  return file;
}

function officeFile(folder: string): Buffer {
  return Buffer.concat([
    zipEntry('[Content_Types].xml', 20),
    zipEntry('_rels/.rels', 20),
    zipEntry(`${folder}a.xml`, 20),
    zipEntry(`${folder}b.xml`, 20),
  ]);
}

const office = 'application/vnd.openxmlformats-officedocument';
const openDocument = 'application/vnd.oasis.opendocument';
const oleMagic = '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1';
const otherClass = '00000000000000000000000000000000';
const htmlTags =
  '!DOCTYPE HTML;HTML;HEAD;SCRIPT;IFRAME;H1;DIV;FONT;TABLE;A;STYLE;TITLE;B;BODY;BR;P;!--'.split(
    ';',
  );
const drawings = (
  'MC0.0\0 AC1.2\0 AC1.3\0 AC1.40 AC1.50 AC2.10 AC2.21 AC2.22 AC1001 AC1002 AC1003 AC1004 AC1006 AC1009 ' +
  'AC1012 AC1013 AC1014 AC1015 AC1018 AC1021 AC1024 AC1027 AC1032 AC1035'
).split(' ');
const mp4Brands = (
  'avc1,dash,iso2,iso3,iso4,iso5,iso6,isom,mmp4,mp41,mp42,mp4v,mp71,MSNV,NDAS,NDSC,NSDC,NDSH,NDSM,NDSP,NDSS,' +
  'NDXC,NDXH,NDXM,NDXP,NDXS,F4V ,F4P '
).split(',');

export const magicSamples: readonly MagicSample[] = [
  sample(1, 'application/wasm', '\0asm\x01\0\0\0'),
  sample(2, 'application/x-executable', '\x7fELF', 49),
  sample(3, 'application/vnd.microsoft.portable-executable', 'MZ'),
  withMisses(
    5,
    'application/java',
    latin1('\xca\xfe\xba\xbe\0\0\0\x2d'),
    latin1('\xca\xfe\xba\xbe\0\0\0\x2c'),
    latin1('\xca\xfe\xba\xbe\x01\0\0\x2c'),
    latin1('\xca\xfe\xba\xbe\0\0\0'),
  ),
  sample(6, 'application/x-llvm', 'BC'),
  sample(7, 'application/x-mach-binary', '\xcf\xfa\xed\xfe'),
  sample(7, 'application/x-mach-binary', '\xce\xfa\xed\xfe'),
  sample(7, 'application/x-mach-binary', '\xfe\xed\xfa\xcf'),
  sample(7, 'application/x-mach-binary', '\xfe\xed\xfa\xce'),
  withMisses(
    7,
    'application/x-mach-binary',
    latin1('\xca\xfe\xba\xbe\0\0\0\x02'),
    latin1('\xca\xfe\xba\xbe\0\0\0\x2d'),
    latin1('\xca\xfe\xba\xbe\0\0\0'),
  ),
  sample(8, 'application/vnd.android.dex', 'dex\n', 32, 'p'),
  withMisses(
    9,
    'application/vnd.android.dey',
    joined(['dey\n', 36, 'dex\n', 32, 'p', 24]),
    joined(['dey\n', 36, 'dex\n', 32, 'p', 23]),
    joined(['dey\n', 36, 'dex\n', 32, 'q', 24]),
    joined(['dey\n', 36, 'dey\n', 32, 'p', 24]),
  ),
  sample(10, 'application/x-x509-ca-cert', '0\x82', 1),
  sample(11, 'application/x-executable', 'd\x86', 1),
  sample(11, 'application/x-executable', 'L\x01', 1),
  sample(11, 'application/x-executable', '\0\x02', 1),
  sample(12, 'application/x-x509-ca-cert', '-----BEGIN ', 1),
  sample(13, 'application/x-qemu-disk', 'QFI\xfb', 1),
  sample(14, 'application/epub+zip', 'PK\x03\x04', 26, 'mimetypeapplication/epub+zip'),
  sample(15, 'application/x-mobipocket-ebook', 60, 'BOOKMOBI'),
  sample(16, 'image/jpeg', '\xff\xd8\xff'),
  sample(17, 'image/jp2', '\0\0\0\x0cjP  \r\n\x87\n\0'),
  sample(18, 'image/png', '\x89PNG'),
  sample(19, 'image/gif', 'GIF'),
  sample(20, 'image/webp', 8, 'WEBP'),
  sample(21, 'image/x-canon-cr2', 'II*\0', 4, 'CR\x02'),
  sample(21, 'image/x-canon-cr2', 'MM\0*', 4, 'CR\x02'),
  withMisses(
    22,
    'image/tiff',
    latin1('II*\0\x08\0\0\0\x01\0'),
    latin1('II*\0\x08\0\0\0\x01'),
    latin1('II*\0\x08\0\0\0C\0'),
    latin1('II*\0\x08\0\0\0\x01R'),
    latin1('II\0*\x08\0\0\0\x01\0'),
  ),
  withMisses(22, 'image/tiff', latin1('MM\0*\0\0\0\x08\0\x01'), latin1('MM*\0\0\0\0\x08\0\x01')),
  sample(23, 'image/bmp', 'BM'),
  sample(24, 'image/vnd.ms-photo', 'II\xbc'),
  sample(25, 'image/vnd.adobe.photoshop', '8BPS'),
  sample(26, 'image/vnd.microsoft.icon', '\0\0\x01\0'),
  withMisses(27, 'image/heif', boxFile('heic'), boxFile('heic').subarray(0, 15), boxFile('heif')),
  withMisses(27, 'image/heif', boxFile('heix'), boxFile('heiy')),
  withMisses(
    27,
    'image/heif',
    boxFile('mif1', 'abcd', 'heic'),
    boxFile('mif1', 'abcd', 'heix'),
    boxFile('mif2', 'heic'),
    boxFile('mif1', 'heic').subarray(0, 19), // the box is not all there
    Buffer.concat([boxFile('mif1', 'abcd'), latin1('heic')]), // behind the box
  ),
  withMisses(27, 'image/heif', boxFile('msf1', 'heic'), boxFile('msf1')),
  withMisses(28, 'image/avif', boxFile('avif'), boxFile('avif').subarray(0, 15), boxFile('avix')),
  withMisses(28, 'image/avif', boxFile('avis'), boxFile('avi ')),
  withMisses(28, 'image/avif', boxFile('isom', 'avis'), boxFile('isom', 'avi ')),
  withMisses(28, 'image/avif', boxFile('mif1', 'avif'), boxFile('mif1', 'heic', 'avif')),
  sample(29, 'image/jxl', '\xff\n', 1),
  sample(29, 'image/jxl', '\0\0\0\x0cJXL \r\n\x87\n', 1),
  sample(30, 'image/openraster', 'PK\x03\x04', 26, 'mimetypeimage/openraster', 4),
  sample(31, 'image/vnd.djvu', 'AT&TFORM', 4, 'DJV'),
  ...drawings.map((version) =>
    withMisses(
      32,
      'image/vnd.dwg',
      latin1(version),
      latin1(version).subarray(0, 5),
      latin1('AC1099'),
    ),
  ),
  ...mp4Brands.map((brand) =>
    withMisses(
      33,
      'video/mp4',
      joined([4, 'ftyp', brand]),
      joined([4, 'ftyp', brand.slice(0, 3)]),
      joined([4, 'ftyp', `${brand.slice(0, 3)}~`]),
      joined([4, 'ftyq', brand]),
    ),
  ),
  sample(34, 'video/x-m4v', 4, 'ftypM4V'),
  withMisses(
    35,
    'video/x-matroska',
    joined(['\x1aE\xdf\xa3', 20, '\x42\x82\x88matroska', 222]),
    joined(['\x1aE\xdf\xa3', 20, '\x42\x82\x88matroska', 221]),
    joined(['\x1aE\xdf\xa3', 242, '\x42\x82\x88matroska', 9]), // ends behind byte 256
    joined(['\x1aE\xdf\xa3', 20, '\x42\x82\x88matroskb', 222]),
  ),
  withMisses(
    36,
    'video/webm',
    joined(['\x1aE\xdf\xa3', 245, '\x42\x82\x84webm', 1]),
    joined(['\x1aE\xdf\xa3', 246, '\x42\x82\x84webm', 1]),
  ),
  sample(37, 'video/quicktime', 4, 'ftypqt  ', 4),
  sample(37, 'video/quicktime', 4, 'moov', 8),
  sample(37, 'video/quicktime', 4, 'mdat', 8),
  sample(37, 'video/quicktime', 12, 'mdat'),
  sample(38, 'video/x-msvideo', 'RIFF', 4, 'AVI'),
  sample(39, 'video/x-ms-wmv', '0&\xb2u\x8ef\xcf\x11\xa6\xd9'),
  withMisses(
    40,
    'video/mpeg',
    latin1('\0\0\x01\xb0'),
    latin1('\0\0\x01\xaf'),
    latin1('\0\0\x01\xc0'),
  ),
  sample(40, 'video/mpeg', '\0\0\x01\xbf'),
  sample(41, 'video/x-flv', 'FLV\x01'),
  sample(42, 'audio/midi', 'MThd'),
  sample(43, 'audio/mpeg', 'ID3'),
  sample(43, 'audio/mpeg', '\xff\xfb', 1),
  sample(43, 'audio/mpeg', '\xff\xf3', 1),
  sample(43, 'audio/mpeg', '\xff\xf2', 1),
  sample(44, 'audio/m4a', 4, 'ftypM4A'),
  sample(44, 'audio/m4a', 'M4A ', 7),
  sample(45, 'audio/opus', 'OggS', 24, 'OpusHead'),
  sample(46, 'audio/ogg', 'OggS'),
  sample(47, 'audio/x-flac', 'fLaC'),
  sample(48, 'audio/x-wav', 'RIFF', 4, 'WAVE'),
  sample(49, 'audio/amr', '#!AMR\n', 6),
  sample(50, 'audio/aac', '\xff\xf1'),
  sample(50, 'audio/aac', '\xff\xf9'),
  sample(51, 'audio/x-aiff', 'FORM', 4, 'AIFF'),
  sample(52, 'audio/x-dsf', 'DSD ', 1),
  sample(53, 'audio/x-ape', 'MAC ', 1),
  sample(54, 'application/font-woff', 'wOFF\0\x01\0\0'),
  sample(55, 'application/font-woff', 'wOF2\0\x01\0\0'),
  sample(56, 'application/font-sfnt', '\0\x01\0\0\0'),
  sample(57, 'application/font-sfnt', 'OTTO\0'),
  withMisses(
    58,
    'application/msword',
    compoundFile('0609020000000000c000000000000046'),
    compoundFile('0609020000000000c000000000000047'),
    compoundFile('0609020000000000c000000000000046').subarray(0, 1500),
  ),
  withMisses(
    59,
    `${office}.wordprocessingml.document`,
    officeFile('word/'),
    officeFile('ward/'),
    Buffer.concat([
      zipEntry('a', 20),
      zipEntry('_rels/.rels', 20),
      zipEntry('word/a'),
      zipEntry('word/b'),
    ]),
  ),
  withMisses(59, `${office}.wordprocessingml.document`, zipEntry('word/'), zipEntry('word')),
  withMisses(
    60,
    'application/vnd.ms-excel',
    compoundFile('1008020000000000c000000000000046'),
    compoundFile('3008020000000000c000000000000046'),
  ),
  withMisses(
    60,
    'application/vnd.ms-excel',
    compoundFile('2008020000000000c000000000000046'),
    compoundFile(otherClass),
  ),
  withMisses(61, `${office}.spreadsheetml.sheet`, officeFile('xl/'), officeFile('xk/')),
  withMisses(61, `${office}.spreadsheetml.sheet`, zipEntry('xl/'), zipEntry('xl')),
  withMisses(
    62,
    'application/vnd.ms-powerpoint',
    compoundFile('108d81649b4fcf1186ea00aa00b929e8'),
    compoundFile(otherClass),
  ),
  withMisses(63, `${office}.presentationml.presentation`, officeFile('ppt/'), officeFile('ppu/')),
  withMisses(63, `${office}.presentationml.presentation`, zipEntry('ppt/'), zipEntry('ppt')),
  ...['text', 'spreadsheet', 'presentation'].map((kind, index) =>
    sample(
      64 + index,
      `${openDocument}.${kind}`,
      'PK\x03\x04',
      26,
      'mimetype',
      12,
      `vnd.oasis.opendocument.${kind}`,
    ),
  ),
  sample(68, 'application/zip', 'PK\x03\x04'),
  sample(68, 'application/zip', 'PK\x05\x06'),
  sample(68, 'application/zip', 'PK\x07\x08'),
  sample(68, 'application/zip', 'PK00PK\x03\x04'),
  sample(69, 'application/x-tar', 257, 'ustar'),
  sample(70, 'application/x-par2', 'PAR2\0PKT', 1),
  sample(71, 'application/vnd.rar', 'Rar!\x1a\x07\0'),
  sample(71, 'application/vnd.rar', 'Rar!\x1a\x07\x01'),
  sample(72, 'application/gzip', '\x1f\x8b\x08'),
  sample(73, 'application/x-bzip2', 'BZh'),
  sample(74, 'application/vnd.bzip3', 'BZ3v1'),
  sample(75, 'application/x-7z-compressed', '7z\xbc\xaf\x27\x1c'),
  sample(76, 'application/x-xz', '\xfd7zXZ\0'),
  sample(77, 'application/pdf', '%PDF'),
  sample(77, 'application/pdf', 9, '%PDF'),
  sample(78, 'application/x-shockwave-flash', 'CWS'),
  sample(78, 'application/x-shockwave-flash', 'FWS'),
  sample(79, 'application/rtf', '{\\rtf'),
  sample(80, 'application/octet-stream', 8, '\x02\0\x01', 23, 'LP'),
  sample(80, 'application/octet-stream', 8, '\x01\0\0', 23, 'LP'),
  sample(80, 'application/octet-stream', 8, '\x02\0\x02', 23, 'LP'),
  sample(81, 'application/postscript', '%!'),
  sample(82, 'application/vnd.sqlite3', 'SQLi'),
  sample(83, 'application/x-nintendo-nes-rom', 'NES\x1a'),
  sample(84, 'application/x-google-chrome-extension', 'Cr24'),
  sample(85, 'application/vnd.ms-cab-compressed', 'MSCF'),
  sample(85, 'application/vnd.ms-cab-compressed', 'ISc('),
  sample(86, 'application/vnd.debian.binary-package', '!<arch>\ndebian-binary'),
  sample(87, 'application/x-unix-archive', '!<arch>'),
  sample(88, 'application/x-compress', '\x1f\xa0'),
  sample(88, 'application/x-compress', '\x1f\x9d'),
  sample(89, 'application/x-lzip', 'LZIP'),
  sample(90, 'application/x-rpm', '\xed\xab\xee\xdb', 93),
  sample(91, 'application/dicom', 128, 'DICM'),
  sample(92, 'application/zstd', '\x28\xb5\x2f\xfd'),
  withMisses(
    92,
    'application/zstd',
    Buffer.concat([uint32le(0x184d2a53), uint32le(2), latin1('ab\x28\xb5\x2f\xfd')]),
    Buffer.concat([uint32le(0x184d2a63), uint32le(2), latin1('ab\x28\xb5\x2f\xfd')]),
    Buffer.concat([uint32le(0x184d2a53), uint32le(3), latin1('ab\x28\xb5\x2f\xfd')]),
  ),
  sample(93, 'application/x-lz4', '\x04\x22\x4d\x18'),
  withMisses(
    93,
    'application/x-lz4',
    Buffer.concat([
      ...[uint32le(0x184d2a5f), uint32le(0)],
      ...[uint32le(0x184d2a50), uint32le(1), latin1('a\x04\x22\x4d\x18')],
    ]),
    Buffer.concat([uint32le(0x184d2a50), uint32le(0xffffffff), latin1('\x04\x22\x4d\x18')]),
  ),
  withMisses(94, 'application/x-ole-storage', latin1(oleMagic), latin1(oleMagic).subarray(0, 7)),
  sample(95, 'application/x-cpio', '\xc7q'),
  sample(95, 'application/x-cpio', 'q\xc7'),
  sample(95, 'application/x-cpio', '070701', 1),
  ...htmlTags.map((tag) =>
    withMisses(
      96,
      'text/html',
      latin1(` \t\n\f\r<${tag.toLowerCase()}>`),
      latin1(`<${tag}`),
      latin1(`<${tag}z`),
      latin1(`\v<${tag}>`),
    ),
  ),
  sample(96, 'text/html', '<HTML '),
  withMisses(97, 'text/xml', latin1('\n <?XmL'), latin1('<?xm'), latin1('<xml')),
  withMisses(97, 'text/xml', latin1('\xef\xbb\xbf<?xml'), latin1('\xef\xbb\xbf <?xml')),
  withMisses(97, 'text/xml', latin1(' \xff\xfe\xfe\xff<?xml'), latin1('\xff\xff<?xml')),
  sample(98, 'text/x-shellscript', '#!', 1),
];
