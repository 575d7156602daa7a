/**
 * The payloads of commits, directories, vnodes and files as msgpack (merkle-format.md, section 3): values to
 * bytes and back, byte for byte as the original writes them. Files in bulk go through `file-payload` and
 * `entry-peek`, which make no objects; the blobs that hold payloads are `node-file`.
 *
 * | kind | fields of the array |
 * |---|---|
 * | Commit | hash, "Commit", parent ids, message, author, email, time |
 * | Dir | "Dir", name, hash, entries, bytes, last commit, mtime seconds, nanoseconds, counts by type, bytes by type |
 * | VNode | hash, "VNode", entries |
 * | File | see `file-payload` |
 *
 * All four stand in an envelope `[{"V0_25_0": array}]`. Directories and vnodes without a number of entries, and
 * files, may come without it: that is how repositories older than 0.25 wrote them.
 */
import { IntegrityError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitNode, DirNode, FileNode, VNode } from '../model/node.js';
import { MsgpackWriter } from './msgpack.js';
import { MsgpackReader } from './msgpack-reader.js';
import { readTimestamp, writeTimestamp } from './timestamp.js';

const version = 'V0_25_0';
const envelope = Uint8Array.of(0x91, 0x81, 0xa7, ...Buffer.from(version));

/** Number of bytes of the envelope before the array of fields. */
export const envelopeBytes = envelope.length;

/** Appends the payload of a commit. */
export function writeCommit(writer: MsgpackWriter, commit: CommitNode): void {
  openEnvelope(writer, 7);
  writer.hash(commit.id);
  writer.text('Commit');
  writer.array(commit.parentIds.length);
  for (const parentId of commit.parentIds) writer.hash(parentId);
  writer.text(commit.message);
  writer.text(commit.author);
  writer.text(commit.email);
  writeTimestamp(writer, commit.timestamp);
}

/**
 * Appends the payload of a directory and returns the place of the 16 bytes of its last commit id in the
 * writer, most significant first. The maps are written in their own order: ascending keys is ours.
 */
export function writeDir(writer: MsgpackWriter, dir: DirNode): number {
  openEnvelope(writer, 10);
  writer.text('Dir');
  writer.text(dir.name);
  writer.hash(dir.hash);
  writer.integer(dir.entryCount);
  writer.counter(dir.sizeBytes);
  writer.hash(dir.lastCommitId);
  const lastCommitAt = writer.length - 16;
  writer.integer(0);
  writer.integer(0);
  writeCounters(writer, dir.dataTypeCounts);
  writeCounters(writer, dir.dataTypeSizes);
  return lastCommitAt;
}

/** Appends the payload of a vnode. */
export function writeVNode(writer: MsgpackWriter, vnode: VNode): void {
  openEnvelope(writer, 3);
  writer.hash(vnode.hash);
  writer.text('VNode');
  writer.integer(vnode.entryCount);
}

/** Appends the payload of a file, with the one chunk and the storage kind that the original always writes. */
export function writeFile(writer: MsgpackWriter, file: FileNode): void {
  openEnvelope(writer, 16);
  writer.text('File');
  writer.text(file.name);
  if (file.metadataHash === undefined) writer.nil();
  else writer.hash(file.metadataHash);
  writer.hash(file.hash);
  writer.hash(file.combinedHash);
  writer.integer(file.sizeBytes);
  writer.hash(file.lastCommitId);
  writer.integer(file.modified.seconds);
  writer.integer(file.modified.nanoseconds);
  writer.text(file.dataType);
  writer.raw(file.metadata);
  writer.text(file.mimeType);
  writer.text(file.extension);
  writer.array(1);
  writer.hash(file.hash);
  writer.text('SingleFile');
  writer.text('Disk');
}

/** Returns the payload of a commit. */
export function encodeCommit(commit: CommitNode): Uint8Array {
  const writer = new MsgpackWriter(512);
  writeCommit(writer, commit);
  return writer.copy();
}

/** Returns the payload of a directory. */
export function encodeDir(dir: DirNode): Uint8Array {
  const writer = new MsgpackWriter(512);
  writeDir(writer, dir);
  return writer.copy();
}

/** Returns the payload of a vnode. */
export function encodeVNode(vnode: VNode): Uint8Array {
  const writer = new MsgpackWriter(64);
  writeVNode(writer, vnode);
  return writer.copy();
}

/** Returns the payload of a file. */
export function encodeFile(file: FileNode): Uint8Array {
  const writer = new MsgpackWriter(512);
  writeFile(writer, file);
  return writer.copy();
}

/**
 * Returns the commit whose payload lies from `start` up to `end`.
 * @throws IntegrityError when it is not the payload of a commit
 */
export function decodeCommit(bytes: Uint8Array, start = 0, end = bytes.length): CommitNode {
  const reader = new MsgpackReader(bytes, start, end);
  expectFields(openFields(reader), 7, 'commit');
  const id = reader.hash() as CommitId;
  reader.literal('Commit');
  const parentIds = Array.from({ length: reader.array() }, () => reader.hash() as CommitId);
  const message = reader.text();
  const author = reader.text();
  const email = reader.text();
  const timestamp = readTimestamp(reader);
  reader.finish();
  return { id, parentIds, message, author, email, timestamp };
}

/**
 * Returns the directory whose payload lies from `start` up to `end`; the old form without a number of entries
 * gives 0 entries.
 * @throws IntegrityError when it is not the payload of a directory
 */
export function decodeDir(bytes: Uint8Array, start = 0, end = bytes.length): DirNode {
  const reader = new MsgpackReader(bytes, start, end);
  const isBare = expectFields(openFields(reader), 10, 'directory', 9);
  reader.literal('Dir');
  const name = reader.text();
  const hash = reader.hash();
  const entryCount = isBare ? 0 : reader.unsigned();
  const sizeBytes = reader.counter();
  const lastCommitId = reader.hash();
  reader.integer();
  reader.integer();
  const dataTypeCounts = readCounters(reader);
  const dataTypeSizes = readCounters(reader);
  reader.finish();
  return { hash, name, entryCount, sizeBytes, lastCommitId, dataTypeCounts, dataTypeSizes };
}

/**
 * Returns the vnode whose payload lies from `start` up to `end`; the old form gives 0 entries.
 * @throws IntegrityError when it is not the payload of a vnode
 */
export function decodeVNode(bytes: Uint8Array, start = 0, end = bytes.length): VNode {
  const reader = new MsgpackReader(bytes, start, end);
  const isBare = expectFields(openFields(reader), 3, 'vnode', 2);
  const hash = reader.hash();
  reader.literal('VNode');
  const entryCount = isBare ? 0 : reader.unsigned();
  reader.finish();
  return { hash, entryCount };
}

/**
 * Returns the file whose payload lies from `start` up to `end`. Its metadata bytes are a view.
 * @throws IntegrityError when it is not the payload of a file
 */
export function decodeFile(bytes: Uint8Array, start = 0, end = bytes.length): FileNode {
  const reader = new MsgpackReader(bytes, start, end);
  expectFields(openFields(reader), 16, 'file', 16);
  reader.literal('File');
  const name = reader.text();
  const metadataHash = reader.nil() ? undefined : reader.hash();
  const hash = reader.hash();
  const combinedHash = reader.hash();
  const sizeBytes = reader.unsigned();
  const lastCommitId = reader.hash();
  const modified = { seconds: reader.integer(), nanoseconds: reader.unsigned() };
  const dataType = reader.text();
  const metadataStart = reader.position;
  reader.skip();
  const metadata = bytes.subarray(metadataStart, reader.position);
  const mimeType = reader.text();
  const extension = reader.text();
  skipStorage(reader);
  const hashes = { hash, metadataHash, combinedHash, lastCommitId };
  return { name, ...hashes, sizeBytes, modified, dataType, metadata, mimeType, extension };
}

/**
 * Checks that the payload of a file lies from `start` up to `end`: what `decodeFile` does, without its objects.
 * @throws IntegrityError when it is not the payload of a file
 */
export function checkFilePayload(bytes: Uint8Array, start: number, end: number): void {
  const reader = new MsgpackReader(bytes, start, end);
  expectFields(openFields(reader), 16, 'file', 16);
  reader.literal('File');
  reader.skipText();
  if (!reader.nil()) reader.hashOffset();
  reader.hashOffset();
  reader.hashOffset();
  reader.unsigned();
  reader.hashOffset();
  reader.integer();
  reader.unsigned();
  reader.skipText();
  reader.skip();
  reader.skipText();
  reader.skipText();
  skipStorage(reader);
}

/** Steps over chunk hashes, chunk type and storage kind, which say nothing that a reader needs. */
function skipStorage(reader: MsgpackReader): void {
  const chunkCount = reader.array();
  for (let index = 0; index < chunkCount; index++) reader.hashOffset();
  reader.skipText();
  reader.skipText();
  reader.finish();
}

/** The fields of a payload as found: how many, and whether they stand without the envelope. */
interface FieldHeader {
  readonly count: number;
  readonly isBare: boolean;
}

function openEnvelope(writer: MsgpackWriter, fieldCount: number): void {
  writer.raw(envelope);
  writer.array(fieldCount);
}

function openFields(reader: MsgpackReader): FieldHeader {
  const count = reader.array();
  if (count !== 1) return { count, isBare: true };
  const variants = reader.map();
  if (variants !== 1) throw new IntegrityError('A node is damaged: its version is missing.');
  const found = reader.text();
  if (found !== version) {
    throw new IntegrityError(`A node has the unknown version ${JSON.stringify(found)}.`, {
      hint: 'It may have been written by a newer Oxen.',
    });
  }
  return { count: reader.array(), isBare: false };
}

/** Checks the number of fields and returns whether it is the old form, which has `bareCount` of them. */
function expectFields(
  header: FieldHeader,
  count: number,
  what: string,
  bareCount?: number,
): boolean {
  const expected = header.isBare ? bareCount : count;
  if (header.count === expected) return header.isBare;
  throw new IntegrityError(
    `A node is damaged: a ${what} has ${expected ?? count} fields, ${header.count} were found.`,
  );
}

function writeCounters(writer: MsgpackWriter, counters: ReadonlyMap<string, number>): void {
  writer.map(counters.size);
  for (const [key, value] of counters) {
    writer.text(key);
    writer.counter(value);
  }
}

function readCounters(reader: MsgpackReader): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (let left = reader.map(); left > 0; left--) counters.set(reader.text(), reader.counter());
  return counters;
}
