/**
 * Reads from the payload of a file or directory only what a walk of the tree needs, as places in the bytes: no
 * objects, no text. One `EntryPeek` is used again for all children of a vnode. It never reads as valid what ends
 * outside its range, but it does not check what it steps over: payloads from elsewhere are decoded whole by
 * `node-file` when they arrive.
 */
import { IntegrityError } from '../model/errors.js';
import { type NodeType, nodeTypes } from '../model/node.js';
import { MsgpackReader, textAt } from './msgpack-reader.js';
import { envelopeBytes } from './node-codec.js';

const two32 = 2 ** 32;
const markerF = 0x46; // of "File"
const markerD = 0x44; // of "Dir"

/** What was found in one payload; hashes are 16 bytes in the order of the payload, most significant first. */
export class EntryPeek {
  type: NodeType = nodeTypes.file; // file or dir
  nameStart = 0; // UTF-8 bytes of the name, up to nameEnd
  nameEnd = 0;
  hashOffset = 0; // content hash of a file, id of a directory
  sizeBytes = 0; // of the file, or of all files at or below the directory
  entryCount = 0; // direct children of a directory, 0 for files and in the old form
  lastCommitIdOffset = 0;
  metadataHashOffset = -1; // files only; -1: none
  combinedHashOffset = -1; // files only
  modifiedSeconds = 0;
  modifiedNanoseconds = 0;
  dataTypeStart = 0; // files only: bytes of the data type, up to dataTypeEnd
  dataTypeEnd = 0;
  metadataStart = 0; // files only: msgpack metadata; `metadataEndOf` gives its end
  payloadEnd = 0;
}

/**
 * Sets `peek` to what the payload of a file or directory between `start` and `end` says.
 * @throws IntegrityError when it is neither, or ends early
 */
export function peekEntry(bytes: Uint8Array, start: number, end: number, peek: EntryPeek): void {
  peekName(bytes, start, end, peek);
  if (peek.type === nodeTypes.dir) peekDir(bytes, peek);
  else peekFile(bytes, peek);
}

/**
 * Sets only the type and the name range of `peek`: what a binary search needs.
 * @throws IntegrityError when the payload is neither a file nor a directory, or ends early
 */
export function peekName(bytes: Uint8Array, start: number, end: number, peek: EntryPeek): void {
  let at = start;
  if (bytes[at] === 0x91 && bytes[at + 1] === 0x81) at += envelopeBytes;
  at += bytes[at] === 0xdc ? 3 : 1;
  if (bytes[at] === 0xa4 && bytes[at + 1] === markerF) {
    peek.type = nodeTypes.file;
    at += 5;
  } else if (bytes[at] === 0xa3 && bytes[at + 1] === markerD) {
    peek.type = nodeTypes.dir;
    at += 4;
  } else fail(at);
  peek.payloadEnd = Math.min(end, bytes.length);
  peek.nameStart = textStart(bytes, at);
  peek.nameEnd = peek.nameStart + textLength(bytes, at);
  if (peek.nameEnd > peek.payloadEnd) fail(at);
}

/** Returns the name that `peek` found. @throws IntegrityError when it is not valid UTF-8 */
export function peekedName(bytes: Uint8Array, peek: EntryPeek): string {
  return textAt(bytes, peek.nameStart, peek.nameEnd);
}

/** Returns the data type that `peek` found in the payload of a file. @throws IntegrityError when it is not valid UTF-8 */
export function peekedDataType(bytes: Uint8Array, peek: EntryPeek): string {
  return textAt(bytes, peek.dataTypeStart, peek.dataTypeEnd);
}

/** Returns where the metadata of a peeked file ends. @throws IntegrityError when it ends early */
export function metadataEndOf(bytes: Uint8Array, peek: EntryPeek): number {
  const start = peek.metadataStart;
  if (bytes[start] === 0xc0) return start + 1;
  const reader = new MsgpackReader(bytes, start, peek.payloadEnd);
  reader.skip();
  return reader.position;
}

function peekFile(bytes: Uint8Array, peek: EntryPeek): void {
  let at = peek.nameEnd;
  if (bytes[at] === 0xc0) {
    peek.metadataHashOffset = -1;
    at++;
  } else {
    peek.metadataHashOffset = hashAt(bytes, at);
    at = peek.metadataHashOffset + 16;
  }
  peek.hashOffset = hashAt(bytes, at);
  peek.combinedHashOffset = hashAt(bytes, peek.hashOffset + 16);
  at = peek.combinedHashOffset + 16;
  peek.sizeBytes = integerAt(bytes, at);
  peek.lastCommitIdOffset = hashAt(bytes, at + integerLength(bytes, at));
  at = peek.lastCommitIdOffset + 16;
  peek.modifiedSeconds = integerAt(bytes, at);
  at += integerLength(bytes, at);
  peek.modifiedNanoseconds = integerAt(bytes, at);
  at += integerLength(bytes, at);
  peek.dataTypeStart = textStart(bytes, at);
  peek.dataTypeEnd = peek.dataTypeStart + textLength(bytes, at);
  peek.metadataStart = peek.dataTypeEnd;
  peek.entryCount = 0;
  if (peek.metadataStart >= peek.payloadEnd || peek.sizeBytes < 0) fail(at);
}

function peekDir(bytes: Uint8Array, peek: EntryPeek): void {
  peek.hashOffset = hashAt(bytes, peek.nameEnd);
  let at = peek.hashOffset + 16;
  const first = integerAt(bytes, at);
  at += integerLength(bytes, at);
  // The old form has no number of entries: the hash of the last commit follows the size at once.
  if (bytes[at] === 0xc4) {
    peek.entryCount = 0;
    peek.sizeBytes = first;
  } else {
    peek.entryCount = first;
    peek.sizeBytes = integerAt(bytes, at);
    at += integerLength(bytes, at);
  }
  peek.lastCommitIdOffset = hashAt(bytes, at);
  peek.metadataHashOffset = -1;
  peek.combinedHashOffset = -1;
  peek.modifiedSeconds = 0;
  peek.modifiedNanoseconds = 0;
  if (peek.lastCommitIdOffset + 16 > peek.payloadEnd) fail(at);
}

/** Returns where the 16 bytes of the hash at `at` start. */
function hashAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xc4 || bytes[at + 1] !== 16) fail(at);
  return at + 2;
}

function integerLength(bytes: Uint8Array, at: number): number {
  const marker = bytes[at] ?? 0;
  if (marker < 0x80 || marker >= 0xe0) return 1;
  if (marker >= 0xcc && marker <= 0xcf) return 1 + (1 << (marker - 0xcc));
  if (marker >= 0xd0 && marker <= 0xd3) return 1 + (1 << (marker - 0xd0));
  return fail(at);
}

/** Returns the integer at `at`; 64-bit values as two's complement, which serves wrapped counters too. */
function integerAt(bytes: Uint8Array, at: number): number {
  const marker = bytes[at] ?? 0;
  if (marker < 0x80) return marker;
  if (marker === 0xcc) return bytes[at + 1] ?? 0;
  if (marker === 0xcd) return int32At(bytes, at + 1) >>> 16;
  if (marker === 0xce) return int32At(bytes, at + 1) >>> 0;
  if (marker === 0xcf) return int64At(bytes, at + 1);
  return marker >= 0xe0 ? marker - 0x100 : signedAt(bytes, at, marker);
}

function signedAt(bytes: Uint8Array, at: number, marker: number): number {
  if (marker === 0xd0) return int32At(bytes, at + 1) >> 24;
  if (marker === 0xd1) return int32At(bytes, at + 1) >> 16;
  if (marker === 0xd2) return int32At(bytes, at + 1);
  return marker === 0xd3 ? int64At(bytes, at + 1) : fail(at);
}

function int64At(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) * two32 + (int32At(bytes, at + 4) >>> 0);
}

function int32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}

function textStart(bytes: Uint8Array, at: number): number {
  const marker = bytes[at] ?? 0;
  if (marker >> 5 === 5) return at + 1;
  if (marker === 0xd9) return at + 2;
  if (marker === 0xda) return at + 3;
  return marker === 0xdb ? at + 5 : fail(at);
}

function textLength(bytes: Uint8Array, at: number): number {
  const marker = bytes[at] ?? 0;
  if (marker >> 5 === 5) return marker & 0x1f;
  if (marker === 0xd9) return bytes[at + 1] ?? 0;
  if (marker === 0xda) return ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return int32At(bytes, at + 1) >>> 0;
}

function fail(at: number): never {
  throw new IntegrityError(`A node is damaged: a file or directory was expected (byte ${at}).`);
}
