/** Walks over the chunks of RIFF and IFF files (wav, aiff): four characters, a size, content, a padding byte after odd sizes. */
import { uint32be, uint32le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';

const fileHeaderBytes = 12;
const headerBytes = 8;
const maxChunks = 10_000; // more than any real file has

/** One chunk of a file. */
export interface IffChunk {
  readonly kind: string; // four characters
  readonly start: number; // of its content
  readonly sizeBytes: number; // of its content
}

/** Returns the chunks after the file header, up to the first one that is damaged or exceeds the file. */
export function readIffChunks(source: ByteSource, isBigEndian: boolean): IffChunk[] {
  const chunks: IffChunk[] = [];
  let at = fileHeaderBytes;
  while (source.sizeBytes - at >= headerBytes && chunks.length < maxChunks) {
    const header = source.read(at, headerBytes);
    const kind = Buffer.from(header.subarray(0, 4)).toString('latin1');
    const sizeBytes = isBigEndian ? uint32be(header, 4) : uint32le(header, 4);
    if (!isKind(kind) || sizeBytes > source.sizeBytes - at) break;
    chunks.push({ kind, start: at + headerBytes, sizeBytes });
    at = nextStart(source, at + headerBytes + sizeBytes, sizeBytes % 2);
  }
  return chunks;
}

/** Some writers leave the padding byte out; then the next kind stands in its place. */
function nextStart(source: ByteSource, end: number, padding: number): number {
  if (padding === 0) return end;
  const next = source.read(end, 4);
  const isMissing = next.length === 4 && next[0] !== 0;
  return isMissing && isKind(Buffer.from(next).toString('latin1')) ? end : end + 1;
}

/** Printable characters, with blanks only at the end. */
function isKind(kind: string): boolean {
  return /^[\x21-\x7e]*\x20*$/.test(kind);
}
