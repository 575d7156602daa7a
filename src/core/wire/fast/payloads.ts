/**
 * What stands in frames: lists of hashes, answers to them, nodes, pack records, acknowledgements. Encoders take columns as
 * the stores keep them; readers look at a payload in place and refuse whatever does not fill it exactly.
 *
 * | payload | layout (little endian) |
 * |---|---|
 * | hashes | 16 bytes each |
 * | missing | bit n of byte n / 8 belongs to hash n; unused bits are 0 |
 * | nodes | for each: id 16, u32 length of the node blob, u32 length of the children blob, both blobs |
 * | records | for each: the 48-byte header of `format/pack-record` and its body; content, chunk or manifest |
 * | acknowledgement | u64 frames, u64 items and u64 payload bytes that are durable, counted from the start of the stream |
 */
import {
  decodeRecordHeader,
  type RecordHeader,
  recordHeaderLength,
  recordKinds,
} from '../../format/pack-record.js';
import { IntegrityError } from '../../model/errors.js';
import { type Hash, hashBytesLength, hashFromBytes, writeHash } from '../../model/hash.js';
import type { NodeBlobs } from '../../model/node.js';
import { type Frame, malformed, rawFrame } from './frame.js';

/** A node with its id. */
export interface FramedNode {
  readonly id: Hash;
  readonly blobs: NodeBlobs;
}

/** A record in a payload. */
export interface FramedRecord {
  readonly header: RecordHeader;
  readonly start: number; // of the header in the payload
  readonly bodyStart: number;
  readonly end: number; // of the body
}

/** What a receiver has made durable, counted from the start of the stream. */
export interface Acknowledgement {
  readonly frameCount: number;
  readonly itemCount: number; // records and nodes
  readonly storedBytes: number; // of payloads
}

/** The most hashes of one frame. */
export const maxHashesPerFrame = 1_000_000;

const nodeHeaderLength = hashBytesLength + 8;

/** Returns a frame of hashes. @param hashes 16 bytes each */
export function hashesFrame(hashes: Uint8Array): Frame {
  return rawFrame('hashes', hashes, hashes.length / hashBytesLength);
}

/** Yields a long column of hashes in as many frames as it needs; at least one. */
export function* hashesFrames(hashes: Uint8Array): Generator<Frame> {
  const step = maxHashesPerFrame * hashBytesLength;
  for (let start = 0; start === 0 || start < hashes.length; start += step) {
    yield hashesFrame(hashes.subarray(start, start + step));
  }
}

/** Returns the hashes of a frame, 16 bytes each. @throws InvalidInputError when they do not fill it */
export function hashesIn(frame: Frame): Uint8Array {
  expectLength(frame, 'hashes', frame.itemCount * hashBytesLength);
  return frame.payload;
}

/** Returns the answer to a list of `count` hashes. @param isMissing tells it for each by its index */
export function missingFrame(count: number, isMissing: (index: number) => boolean): Frame {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < count; index++) {
    if (isMissing(index)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return rawFrame('missing', bits, count);
}

/**
 * Returns the hashes of `asked` that a frame calls missing, 16 bytes each, in their order.
 * @throws InvalidInputError when the frame answers another list
 */
export function missingIn(frame: Frame, asked: Uint8Array): Uint8Array {
  const count = asked.length / hashBytesLength;
  if (frame.itemCount !== count) throw malformed('an answer is of another length than its list');
  expectLength(frame, 'missing', Math.ceil(count / 8));
  const missing = new Uint8Array(asked.length);
  let length = 0;
  for (let index = 0; index < count; index++) {
    if ((((frame.payload[index >> 3] ?? 0) >> (index & 7)) & 1) === 0) continue;
    const start = index * hashBytesLength;
    missing.set(asked.subarray(start, start + hashBytesLength), length);
    length += hashBytesLength;
  }
  return missing.subarray(0, length);
}

/** Returns a frame of nodes. */
export function nodesFrame(nodes: readonly FramedNode[]): Frame {
  const length = nodes.reduce((total, node) => total + framedNodeLength(node.blobs), 0);
  const payload = new Uint8Array(length);
  const view = new DataView(payload.buffer);
  let offset = 0;
  for (const { id, blobs } of nodes) {
    writeHash(id, payload, offset);
    view.setUint32(offset + 16, blobs.node.length, true);
    view.setUint32(offset + 20, blobs.children.length, true);
    payload.set(blobs.node, offset + nodeHeaderLength);
    payload.set(blobs.children, offset + nodeHeaderLength + blobs.node.length);
    offset += framedNodeLength(blobs);
  }
  return rawFrame('nodes', payload, nodes.length);
}

/** Returns how many bytes a node takes in a frame. */
export function framedNodeLength(blobs: NodeBlobs): number {
  return nodeHeaderLength + blobs.node.length + blobs.children.length;
}

/**
 * Yields the nodes of a decoded payload; the blobs are views of it.
 * @throws InvalidInputError when they do not fill it
 */
export function* nodesIn(payload: Uint8Array, itemCount: number): Generator<FramedNode> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  let offset = 0;
  for (let index = 0; index < itemCount; index++) {
    const nodeStart = offset + nodeHeaderLength;
    if (nodeStart > payload.length) throw cutOff('node');
    const childrenStart = nodeStart + view.getUint32(offset + 16, true);
    const end = childrenStart + view.getUint32(offset + 20, true);
    if (end > payload.length) throw cutOff('node');
    const node = payload.subarray(nodeStart, childrenStart);
    yield {
      id: hashFromBytes(payload, offset),
      blobs: { node, children: payload.subarray(childrenStart, end) },
    };
    offset = end;
  }
  if (offset !== payload.length) throw malformed('nodes do not fill their frame');
}

/**
 * Returns a frame of records as they stand in a pack.
 * @param records headers and bodies, one after the other
 */
export function recordsFrame(records: Uint8Array, recordCount: number): Frame {
  return rawFrame('records', records, recordCount);
}

/**
 * Yields where the records of a payload lie. Whether bodies have their checksums and hashes is for whoever stores them.
 * @throws InvalidInputError when they do not fill it, or one is no content, chunk or manifest
 */
export function* recordsIn(payload: Uint8Array, itemCount: number): Generator<FramedRecord> {
  let offset = 0;
  for (let index = 0; index < itemCount; index++) {
    const header = recordHeaderAt(payload, offset);
    const bodyStart = offset + recordHeaderLength;
    const end = bodyStart + header.storedLength;
    if (end > payload.length) throw cutOff('record');
    if (header.kind === recordKinds.node) throw malformed('a record holds a node');
    if (!Number.isSafeInteger(header.rawLength)) throw malformed('a record is too long');
    yield { header, start: offset, bodyStart, end };
    offset = end;
  }
  if (offset !== payload.length) throw malformed('records do not fill their frame');
}

/** Returns a frame that says what is durable. */
export function acknowledgementFrame(acknowledgement: Acknowledgement): Frame {
  const payload = new Uint8Array(24);
  const view = new DataView(payload.buffer);
  const { frameCount, itemCount, storedBytes } = acknowledgement;
  [frameCount, itemCount, storedBytes].forEach((count, index) => {
    view.setBigUint64(index * 8, BigInt(count), true);
  });
  return rawFrame('acknowledgement', payload, 1);
}

/** Returns what a frame says is durable. @throws InvalidInputError when it is malformed */
export function acknowledgementIn(frame: Frame): Acknowledgement {
  expectLength(frame, 'acknowledgement', 24);
  const view = new DataView(frame.payload.buffer, frame.payload.byteOffset, 24);
  const [frameCount = 0, itemCount = 0, storedBytes = 0] = [0, 8, 16].map((at) =>
    Number(view.getBigUint64(at, true)),
  );
  if (![frameCount, itemCount, storedBytes].every(Number.isSafeInteger)) {
    throw malformed('an acknowledgement is out of range');
  }
  return { frameCount, itemCount, storedBytes };
}

function recordHeaderAt(payload: Uint8Array, offset: number): RecordHeader {
  try {
    return decodeRecordHeader(payload, offset);
  } catch (error) {
    if (error instanceof IntegrityError) throw malformed('a record cannot be read');
    throw error;
  }
}

function expectLength(frame: Frame, kind: Frame['kind'], length: number): void {
  if (frame.kind !== kind) throw malformed(`${kind} were expected, not ${frame.kind}`);
  if (frame.rawLength !== length || frame.payload.length !== length) {
    throw malformed(`a frame of ${kind} does not hold as much as it says`);
  }
}

function cutOff(what: string) {
  return malformed(`a ${what} is cut off`);
}
