/** Streams of frames and records in them, good and bad ones. */
import { hashBytes } from '../../src/core/format/hashing.js';
import {
  checksumBody,
  encodeManifest,
  encodeRecordHeader,
  type Manifest,
  recordHeaderLength,
  recordKinds,
} from '../../src/core/format/pack-record.js';
import { type Hash, hashToBytes } from '../../src/core/model/hash.js';
import { encodeNodeRecord } from '../../src/core/store/node-record.js';
import type { Frame } from '../../src/core/wire/fast/frame.js';
import { hashesFrames, recordsFrame } from '../../src/core/wire/fast/payloads.js';
import { writeFrames } from '../../src/core/wire/fast/stream.js';
import { type Entry, storedVNode } from './stored-dir.js';
import { gather } from './streams.js';

/** Returns the record of a content or chunk, under its own hash unless another one is given. */
export function contentRecord(
  content: Uint8Array,
  hash: Hash = hashBytes(content),
  kind: number = recordKinds.content,
): Uint8Array {
  const length = content.length;
  return record({ kind, rawLength: length, hash }, content);
}

/** Returns the record of a list of chunks. */
export function manifestRecord(manifest: Manifest, hash: Hash, rawLength: number): Uint8Array {
  return record({ kind: recordKinds.manifest, rawLength, hash }, encodeManifest(manifest));
}

/** Returns the record of a vnode with an entry for each name. */
export function vnodeRecord(id: Hash, names: readonly string[]): Uint8Array {
  const entries = names.map(
    (name): Entry => ({ name, kind: 'file', hash: 'abc' as Hash, sizeBytes: 1 }),
  );
  return encodeNodeRecord(hashToBytes(id), storedVNode(id, entries));
}

/** Returns a stream with all records in one frame. */
export function recordStream(records: readonly Uint8Array[]): Promise<Uint8Array> {
  return streamOf([recordsFrame(new Uint8Array(Buffer.concat(records)), records.length)]);
}

/** Returns a stream with a list of hashes. */
export function hashStream(objects: Frame['objects'], hashes: Uint8Array): Promise<Uint8Array> {
  return streamOf([...hashesFrames(objects, hashes)]);
}

/** Returns the bytes of a stream of frames. */
export async function streamOf(frames: readonly Frame[]): Promise<Uint8Array> {
  return gather(writeFrames(frames));
}

function record(
  fields: { readonly kind: number; readonly rawLength: number; readonly hash: Hash },
  body: Uint8Array,
): Uint8Array {
  const whole = new Uint8Array(recordHeaderLength + body.length);
  const header = {
    ...fields,
    codec: 0,
    storedLength: body.length,
    hash: hashToBytes(fields.hash),
    bodyChecksum: checksumBody(body),
  };
  encodeRecordHeader(header, whole, 0);
  whole.set(body, recordHeaderLength);
  return whole;
}
