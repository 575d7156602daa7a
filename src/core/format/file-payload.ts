/**
 * Writes file payloads in bulk, straight from packed columns: no object and no text hash per file. A commit of
 * a million files passes here a million times; bench/cases/encoding.ts holds its cost.
 *
 * A file payload is the envelope of `node-codec` and an array of 16: "File", name, metadata hash or nil, content
 * hash, combined hash, size, last commit id, mtime seconds, mtime nanoseconds, data type, metadata or nil, mime
 * type, extension, [content hash], "SingleFile", "Disk" (merkle-format.md, section 3).
 */
import { type MsgpackWriter, putHash, putInteger, putText, putTextHeader } from './msgpack.js';

const head = bytesOf('\x91\x81\xa7V0_25_0\xdc\x00\x10\xa4File');
const tail = bytesOf('\xaaSingleFile\xa4Disk');
const fixedBytes = 256; // head, tail, five hashes, numbers and headers never need more
const longCopy = 128;
const dot = 0x2e;
const none = new Uint8Array(0);

/**
 * One file as places in packed columns. Make one, set its fields for each file in turn and pass it to
 * `encodeFileInto`. Hashes are 16 little-endian bytes at the given offset.
 */
export class FileColumns {
  name: Uint8Array = none; // UTF-8, from nameStart up to nameEnd
  nameStart = 0;
  nameEnd = 0;
  hash: Uint8Array = none; // of the content
  hashOffset = 0;
  metadataHash: Uint8Array = none;
  metadataHashOffset = -1; // -1: no metadata
  combinedHash: Uint8Array = none;
  combinedHashOffset = 0;
  lastCommitId: Uint8Array = none;
  lastCommitIdOffset = 0;
  sizeBytes = 0;
  modifiedSeconds = 0;
  modifiedNanoseconds = 0;
  dataType = '';
  mimeType = '';
  metadata: Uint8Array = none; // msgpack, from metadataStart up to metadataEnd; an empty range stands for nil
  metadataStart = 0;
  metadataEnd = 0;
}

/**
 * Appends the payload of `file`; the extension comes from its name. Returns the place of the 16 bytes of the
 * last commit id in the writer, most significant first, so that a commit id known later can be put there.
 */
export function encodeFileInto(writer: MsgpackWriter, file: FileColumns): number {
  const nameLength = file.nameEnd - file.nameStart;
  const metadataLength = file.metadataEnd - file.metadataStart;
  const textUnits = file.dataType.length + file.mimeType.length;
  const bytes = writer.reserve(fixedBytes + nameLength * 2 + metadataLength + textUnits * 3);
  let at = writer.length;
  bytes.set(head, at);
  at = putSlice(bytes, at + head.length, file.name, file.nameStart, file.nameEnd);
  if (file.metadataHashOffset < 0) bytes[at++] = 0xc0;
  else at = putHash(bytes, at, file.metadataHash, file.metadataHashOffset);
  at = putHash(bytes, at, file.hash, file.hashOffset);
  at = putHash(bytes, at, file.combinedHash, file.combinedHashOffset);
  at = putInteger(bytes, at, file.sizeBytes);
  at = putHash(bytes, at, file.lastCommitId, file.lastCommitIdOffset);
  const lastCommitAt = at - 16;
  at = putInteger(bytes, at, file.modifiedSeconds);
  at = putInteger(bytes, at, file.modifiedNanoseconds);
  at = putText(bytes, at, file.dataType);
  if (metadataLength === 0) bytes[at++] = 0xc0;
  else at = copyRange(bytes, at, file.metadata, file.metadataStart, file.metadataEnd);
  at = putText(bytes, at, file.mimeType);
  const extension = extensionStart(file.name, file.nameStart, file.nameEnd);
  at = putSlice(bytes, at, file.name, extension, file.nameEnd);
  bytes[at++] = 0x91;
  at = putHash(bytes, at, file.hash, file.hashOffset);
  bytes.set(tail, at);
  writer.length = at + tail.length;
  return lastCommitAt;
}

/**
 * Returns where the extension of the name starts: after its last dot, or at `end` when there is none, when that
 * dot comes first or last (merkle-format.md, section 2.2).
 */
export function extensionStart(name: Uint8Array, start: number, end: number): number {
  for (let index = end - 1; index > start; index--) {
    if (name[index] === dot) return index + 1;
  }
  return end;
}

function putSlice(
  bytes: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  return copyRange(bytes, putTextHeader(bytes, position, end - start), source, start, end);
}

/** Copies short ranges byte by byte, because a call of `set` with a view costs more than they do. */
function copyRange(
  bytes: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > longCopy) {
    bytes.set(source.subarray(start, end), position);
    return position + end - start;
  }
  let at = position;
  for (let index = start; index < end; index++) bytes[at++] = source[index] ?? 0;
  return at;
}

function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(Buffer.from(latin1, 'latin1'));
}
