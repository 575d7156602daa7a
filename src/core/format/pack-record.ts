/**
 * The record of a pack file: a 48-byte header that describes itself, then the stored body. With it an index can be
 * rebuilt by reading packs from front to back, and a torn tail is recognised. Also here: the body of a manifest
 * record, the list of chunks that make up a large file. Files and their order are `store/pack-*`.
 *
 * | offset | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 4 | magic `OXNR` |
 * | 4 | 4 | header checksum: low 32 bits of XXH3-128 of bytes 8 to 47 |
 * | 8 | 1 | kind: 1 content, 2 chunk, 3 manifest, 4 node |
 * | 9 | 1 | codec of the stored body: 0 raw, 1 deflate-raw, 3 brotli; 2 is reserved for zstd |
 * | 10 | 2 | 0 |
 * | 12 | 4 | stored length of the body |
 * | 16 | 16 | hash: of the content, of the chunk, of the file a manifest describes, or the id of the node |
 * | 32 | 8 | raw length: of the decoded body; for a manifest, of the file it describes |
 * | 40 | 8 | body checksum: low 64 bits of XXH3-128 of the stored body |
 */
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import { hash64Into, hashInto } from './hashing.js';

/** Bytes of a record header. */
export const recordHeaderLength = 48;

/** What a record holds. */
export const recordKinds = { content: 1, chunk: 2, manifest: 3, node: 4 } as const;

/** The number of a record kind. */
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds];

/** How the body of a record is stored. */
export const recordCodecs = { raw: 0, deflateRaw: 1, brotli: 3 } as const;

/** The number of a codec. */
export type RecordCodec = (typeof recordCodecs)[keyof typeof recordCodecs];

/** Names of the record kinds, by their number. */
export const recordKindNames: readonly string[] = ['', 'content', 'chunk', 'manifest', 'node'];

/** The fields of a record header; columns are read at an offset so that bulk code needs no views. */
export interface RecordFields {
  readonly kind: number;
  readonly codec: number;
  readonly storedLength: number; // bytes of the body that follows the header
  readonly rawLength: number; // bytes of the decoded content
  readonly hash: Uint8Array; // 16 bytes at `hashOffset`
  readonly hashOffset?: number; // 0 when absent
  /** Low 8 bytes of the hash of the stored body; when absent the hash itself covers the stored body (raw content and chunks). */
  readonly bodyChecksum?: Uint8Array;
}

/** A decoded record header. */
export interface RecordHeader {
  readonly kind: RecordKind;
  readonly codec: number; // may be one that this version cannot decode
  readonly storedLength: number;
  readonly rawLength: number;
  readonly hash: Uint8Array; // a copy of the 16 bytes
  readonly bodyChecksum: Uint8Array; // a copy of the 8 bytes
}

const magic = [0x4f, 0x58, 0x4e, 0x52] as const; // OXNR
const checkedStart = 8;
const hashStart = 16;
const checksumStart = 40;
const checksumLength = 8;
const twoTo32 = 0x1_0000_0000;
const scratch = new Uint8Array(hashBytesLength);

/** Writes the 48 bytes of a record header into `out` at `offset`. */
export function encodeRecordHeader(fields: RecordFields, out: Uint8Array, offset: number): void {
  const { hash, hashOffset = 0, bodyChecksum } = fields;
  out[offset + 8] = fields.kind;
  out[offset + 9] = fields.codec;
  out[offset + 10] = 0;
  out[offset + 11] = 0;
  writeUint32(out, offset + 12, fields.storedLength);
  for (let index = 0; index < hashBytesLength; index++) {
    out[offset + hashStart + index] = hash[hashOffset + index] ?? 0;
  }
  writeUint32(out, offset + 32, fields.rawLength % twoTo32);
  writeUint32(out, offset + 36, Math.floor(fields.rawLength / twoTo32));
  const source = bodyChecksum ?? hash;
  const sourceOffset = bodyChecksum === undefined ? hashOffset : 0;
  for (let index = 0; index < checksumLength; index++) {
    out[offset + checksumStart + index] = source[sourceOffset + index] ?? 0;
  }
  hash64Into(out.subarray(offset + checkedStart, offset + recordHeaderLength), scratch, 0);
  for (let index = 0; index < 4; index++) {
    out[offset + index] = magic[index] ?? 0;
    out[offset + 4 + index] = scratch[index] ?? 0;
  }
}

/** Says whether the four bytes at `offset` are the magic of a record. */
export function startsRecord(bytes: Uint8Array, offset: number): boolean {
  return (
    bytes[offset] === magic[0] &&
    bytes[offset + 1] === magic[1] &&
    bytes[offset + 2] === magic[2] &&
    bytes[offset + 3] === magic[3]
  );
}

/** Returns what is wrong with the header at `offset` as a sentence part, or undefined when it is good. */
export function recordHeaderProblem(bytes: Uint8Array, offset: number): string | undefined {
  if (offset + recordHeaderLength > bytes.length) return 'the record header is cut off';
  if (!startsRecord(bytes, offset)) return 'no record starts here';
  hash64Into(bytes.subarray(offset + checkedStart, offset + recordHeaderLength), scratch, 0);
  for (let index = 0; index < 4; index++) {
    if (bytes[offset + 4 + index] !== scratch[index]) return 'the record header is damaged';
  }
  const kind = bytes[offset + 8] ?? 0;
  if (kind < recordKinds.content || kind > recordKinds.node) return `kind ${kind} is not known`;
  return undefined;
}

/**
 * Returns the header that starts at `offset`.
 * @throws IntegrityError when there is no good header
 */
export function decodeRecordHeader(bytes: Uint8Array, offset: number): RecordHeader {
  const problem = recordHeaderProblem(bytes, offset);
  if (problem !== undefined) throw new IntegrityError(`Pack record: ${problem}.`);
  return {
    kind: (bytes[offset + 8] ?? 0) as RecordKind,
    codec: bytes[offset + 9] ?? 0,
    storedLength: readUint32(bytes, offset + 12),
    rawLength: readUint32(bytes, offset + 32) + readUint32(bytes, offset + 36) * twoTo32,
    hash: bytes.slice(offset + hashStart, offset + hashStart + hashBytesLength),
    bodyChecksum: bytes.slice(offset + checksumStart, offset + recordHeaderLength),
  };
}

/** Returns the body checksum of a stored body: 8 bytes. */
export function checksumBody(body: Uint8Array): Uint8Array {
  const checksum = new Uint8Array(checksumLength);
  hash64Into(body, checksum, 0);
  return checksum;
}

/**
 * Says whether `body` is what the header promised.
 * @param digest receives the hash of `body`, 16 bytes: the hash of the content where that is stored as it is
 */
export function bodyMatches(
  header: RecordHeader,
  body: Uint8Array,
  digest: Uint8Array = scratch,
): boolean {
  if (body.length !== header.storedLength) return false;
  hashInto(body, digest, 0);
  for (let index = 0; index < checksumLength; index++) {
    if (digest[index] !== header.bodyChecksum[index]) return false;
  }
  return true;
}

/** The chunks of a large file, in order. */
export interface Manifest {
  readonly chunkHashes: Uint8Array; // 16 bytes a chunk
  readonly chunkLengths: Uint32Array; // bytes of each chunk
}

const manifestEntryLength = hashBytesLength + 4;

/** Returns the body of a manifest record: per chunk 16 bytes of hash and 4 bytes of length, little endian. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { chunkHashes, chunkLengths } = manifest;
  const body = new Uint8Array(chunkLengths.length * manifestEntryLength);
  for (let index = 0; index < chunkLengths.length; index++) {
    const from = index * hashBytesLength;
    const to = index * manifestEntryLength;
    body.set(chunkHashes.subarray(from, from + hashBytesLength), to);
    writeUint32(body, to + hashBytesLength, chunkLengths[index] ?? 0);
  }
  return body;
}

/**
 * Returns the chunks listed in the body of a manifest record.
 * @throws IntegrityError when the length is not a whole number of entries
 */
export function decodeManifest(body: Uint8Array): Manifest {
  if (body.length % manifestEntryLength !== 0) {
    throw new IntegrityError(`A manifest of ${body.length} bytes is not a whole list of chunks.`);
  }
  const count = body.length / manifestEntryLength;
  const chunkHashes = new Uint8Array(count * hashBytesLength);
  const chunkLengths = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const from = index * manifestEntryLength;
    chunkHashes.set(body.subarray(from, from + hashBytesLength), index * hashBytesLength);
    chunkLengths[index] = readUint32(body, from + hashBytesLength);
  }
  return { chunkHashes, chunkLengths };
}

function writeUint32(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value;
  out[offset + 1] = value >>> 8;
  out[offset + 2] = value >>> 16;
  out[offset + 3] = value >>> 24;
}

function readUint32(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  const high = (bytes[offset + 2] ?? 0) | ((bytes[offset + 3] ?? 0) << 8);
  return low + high * 0x10000;
}
