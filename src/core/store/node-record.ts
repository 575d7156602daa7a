/**
 * The body of a node record: length of the node blob u32 (little endian), node blob, children blob. It is deflated when
 * that is asked for and makes it smaller.
 */
import {
  checksumBody,
  encodeRecordHeader,
  type RecordFields,
  recordCodecs,
  recordHeaderLength,
  recordKinds,
} from '../format/pack-record.js';
import { type CompressedBody, compressNode } from '../format/record-codec.js';
import { IntegrityError } from '../model/errors.js';
import type { NodeBlobs } from '../model/node.js';

/** A body ready to be stored. */
export interface EncodedNode extends CompressedBody {
  readonly rawLength: number; // bytes before compression
}

const lengthBytes = 4;

/** Returns the body for the blobs of a node. */
export function encodeNodeBody(
  node: Uint8Array,
  children: Uint8Array,
  compress: boolean,
): EncodedNode {
  const raw = Buffer.allocUnsafe(lengthBytes + node.length + children.length);
  raw.writeUInt32LE(node.length);
  raw.set(node, lengthBytes);
  raw.set(children, lengthBytes + node.length);
  const encoded = compress ? compressNode(raw) : { body: raw, codec: recordCodecs.raw };
  return { ...encoded, rawLength: raw.length };
}

/** Returns the header fields for the record of a node. @param id 16 bytes */
export function nodeRecordFields(id: Uint8Array, encoded: EncodedNode): RecordFields {
  const { body, codec, rawLength } = encoded;
  const bodyChecksum = checksumBody(body);
  const storedLength = body.length;
  return { kind: recordKinds.node, codec, storedLength, rawLength, hash: id, bodyChecksum };
}

/** Returns the whole record of a node, not compressed. @param id 16 bytes */
export function encodeNodeRecord(id: Uint8Array, { node, children }: NodeBlobs): Uint8Array {
  const encoded = encodeNodeBody(node, children, false);
  const record = new Uint8Array(recordHeaderLength + encoded.body.length);
  encodeRecordHeader(nodeRecordFields(id, encoded), record, 0);
  record.set(encoded.body, recordHeaderLength);
  return record;
}

/**
 * Returns the blobs in a decoded body, as views.
 * @throws IntegrityError when the lengths do not fit
 */
export function decodeNodeBody(raw: Uint8Array): NodeBlobs {
  if (raw.length < lengthBytes) throw new IntegrityError('A node record is cut off.');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const nodeEnd = lengthBytes + view.getUint32(0, true);
  if (nodeEnd > raw.length) throw new IntegrityError('A node record is cut off.');
  return { node: raw.subarray(lengthBytes, nodeEnd), children: raw.subarray(nodeEnd) };
}
