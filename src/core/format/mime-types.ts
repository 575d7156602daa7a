/**
 * The mime types that a file can get, as a numbered list, and the data type that follows from each. The numbers may be
 * stored: new types are only ever added at the end. Which type a file gets is decided by `file-type`.
 */
import { type DataType, dataTypes } from '../model/node.js';

/** All mime types; the place of a type in the list is its number. */
export const mimeTypes = [
  'application/octet-stream',
  'text/plain',
  'text/markdown',
  'application/wasm',
  'application/x-executable',
  'application/vnd.microsoft.portable-executable',
  'application/java',
  'application/x-llvm',
  'application/x-mach-binary',
  'application/vnd.android.dex',
  'application/vnd.android.dey',
  'application/x-x509-ca-cert',
  'application/x-qemu-disk',
  'application/epub+zip',
  'application/x-mobipocket-ebook',
  'image/jpeg',
  'image/jp2',
  'image/png',
  'image/gif',
  'image/webp',
  'image/x-canon-cr2',
  'image/tiff',
  'image/bmp',
  'image/vnd.ms-photo',
  'image/vnd.adobe.photoshop',
  'image/vnd.microsoft.icon',
  'image/heif',
  'image/avif',
  'image/jxl',
  'image/openraster',
  'image/vnd.djvu',
  'image/vnd.dwg',
  'video/mp4',
  'video/x-m4v',
  'video/x-matroska',
  'video/webm',
  'video/quicktime',
  'video/x-msvideo',
  'video/x-ms-wmv',
  'video/mpeg',
  'video/x-flv',
  'audio/midi',
  'audio/mpeg',
  'audio/m4a',
  'audio/opus',
  'audio/ogg',
  'audio/x-flac',
  'audio/x-wav',
  'audio/amr',
  'audio/aac',
  'audio/x-aiff',
  'audio/x-dsf',
  'audio/x-ape',
  'application/font-woff',
  'application/font-sfnt',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/zip',
  'application/x-tar',
  'application/x-par2',
  'application/vnd.rar',
  'application/gzip',
  'application/x-bzip2',
  'application/vnd.bzip3',
  'application/x-7z-compressed',
  'application/x-xz',
  'application/pdf',
  'application/x-shockwave-flash',
  'application/rtf',
  'application/postscript',
  'application/vnd.sqlite3',
  'application/x-nintendo-nes-rom',
  'application/x-google-chrome-extension',
  'application/vnd.ms-cab-compressed',
  'application/vnd.debian.binary-package',
  'application/x-unix-archive',
  'application/x-compress',
  'application/x-lzip',
  'application/x-rpm',
  'application/dicom',
  'application/zstd',
  'application/x-lz4',
  'application/x-ole-storage',
  'application/x-cpio',
  'text/html',
  'text/xml',
  'text/x-shellscript',
] as const;

/** The text form of a mime type that `file-type` gives. */
export type MimeType = (typeof mimeTypes)[number];

/** Types whose data type is fixed, whatever the file is called (merkle-format.md, section 2.2). */
const mediaTypes: ReadonlySet<string> = new Set<MimeType>([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/x-canon-cr2',
  'image/tiff',
  'image/bmp',
  'image/heif',
  'image/avif',
  'video/mp4',
  'video/x-m4v',
  'video/x-msvideo',
  'video/quicktime',
  'video/mpeg',
  'video/webm',
  'video/x-matroska',
  'video/x-flv',
  'video/x-ms-wmv',
  'audio/midi',
  'audio/mpeg',
  'audio/m4a',
  'audio/x-wav',
  'audio/ogg',
  'audio/x-flac',
  'audio/aac',
  'audio/x-aiff',
  'audio/x-dsf',
  'audio/x-ape',
]);

const numberOfMimeType: ReadonlyMap<string, number> = new Map(
  mimeTypes.map((type, number) => [type, number]),
);

/** Numbers of the data types, by name. */
export const dataTypeNumbers = Object.fromEntries(
  dataTypes.map((type, number) => [type, number]),
) as Readonly<Record<DataType, number>>;

const dataTypeOfMime = Uint8Array.from(mimeTypes, (type) => dataTypeNumbers[halfOf(type)]);
const isMediaMime = Uint8Array.from(mimeTypes, (type) => (mediaTypes.has(type) ? 1 : 0));

/** Returns the number of a mime type, or undefined when the list lacks it. */
export function mimeTypeNumber(mimeType: string): number | undefined {
  return numberOfMimeType.get(mimeType);
}

/** Returns the number of the data type that a mime type alone leads to. */
export function dataTypeNumberOfMime(number: number): number {
  return dataTypeOfMime[number] ?? dataTypeNumbers.binary;
}

/** Says whether the mime type decides the data type even for names such as `a.csv`. */
export function isMediaMimeNumber(number: number): boolean {
  return isMediaMime[number] === 1;
}

function halfOf(mimeType: string): DataType {
  const half = mimeType.slice(0, mimeType.indexOf('/'));
  return half === 'text' || half === 'image' || half === 'video' || half === 'audio'
    ? half
    : 'binary';
}
