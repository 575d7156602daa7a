/**
 * The jobs `storeRecords` and `hashPieces`: records that arrive as they lie in a pack of the sender. Nothing of a record is
 * believed: header, checksum and the hash of the decoded content are computed, a node is checked whole, before it is appended as it is. The hash of a
 * large content is that of its chunks in a row, so it is computed when they are stored.
 */
import { chunkingThresholdBytes, defaultChunking } from '../format/chunking.js';
import { hashInto, StreamingHash } from '../format/hashing.js';
import { checkNode } from '../format/node-check.js';
import {
  bodyMatches,
  decodeManifest,
  decodeRecordHeader,
  type RecordHeader,
  recordCodecs,
  recordHeaderLength,
  recordKinds,
} from '../format/pack-record.js';
import { decodeBody } from '../format/record-codec.js';
import type {
  HashPiecesInput,
  HashPiecesOutput,
  ReceivedManifest,
  StoreRecordsInput,
  StoreRecordsOutput,
} from '../model/arrival-jobs.js';
import { IntegrityError } from '../model/errors.js';
import { equalHashBytes, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import { NodeCollector } from './node-columns.js';
import { decodeNodeBody } from './node-record.js';
import { inlineNodeLimit } from './node-row.js';
import { PackReader } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';

const digest = new Uint8Array(hashBytesLength); // of the body at hand

/**
 * Does the job `storeRecords`.
 * @throws IntegrityError when a record is damaged, not what it says, or none of those that may travel
 * @throws OperationError when the pack cannot be written
 */
export function storeRecords(input: StoreRecordsInput): StoreRecordsOutput {
  const { memory, recordCount } = input;
  const records = memory.subarray(0, input.sizeBytes);
  using writer = new PackWriter(input.slot, { inArena: true });
  const manifests: ReceivedManifest[] = [];
  const nodes = new NodeCollector();
  let offset = 0;
  for (let index = 0; index < recordCount; index++) {
    const header = decodeRecordHeader(records, offset);
    if (!input.kinds.includes(header.kind)) throw damaged(header, 'it is of another kind');
    const start = offset + recordHeaderLength;
    offset = start + header.storedLength;
    const body = records.subarray(start, offset);
    if (!bodyMatches(header, body, digest)) {
      throw damaged(header, 'its bytes are not those that were sent');
    }
    const content = decode(header, body);
    if (header.kind === recordKinds.manifest) {
      manifests.push(readManifest(header, content));
      continue;
    }
    const small = header.kind === recordKinds.node ? checkedNode(header, content) : undefined;
    if (header.kind !== recordKinds.node) checkContent(header, content);
    if (small === undefined) writer.append(header, body);
    else nodes.add(header.hash, small.node, small.children);
  }
  if (offset !== records.length) throw new IntegrityError('Records do not fill their frame.');
  return { ...writer.finish(), manifests, nodes: nodes.finish(), memory };
}

/**
 * Does the job `hashPieces`.
 * @throws IntegrityError when a chunk is damaged or missing
 */
export function hashPieces(input: HashPiecesInput): HashPiecesOutput {
  using reader = new PackReader(input.packDirectory, { inArena: true });
  const whole = new StreamingHash();
  let sizeBytes = 0;
  for (const [row, packId] of input.packIds.entries()) {
    const place = {
      packId,
      offset: input.offsets[row] ?? 0,
      storedLength: input.storedLengths[row] ?? 0,
    };
    const hashOffset = row * hashBytesLength;
    const expected = { kind: recordKinds.chunk, hash: input.hashes, hashOffset };
    const { content } = reader.read(place, expected);
    whole.update(content);
    sizeBytes += content.length;
  }
  const hash = new Uint8Array(hashBytesLength);
  whole.digestInto(hash, 0);
  return { hash, sizeBytes };
}

function decode(header: RecordHeader, body: Uint8Array): Uint8Array {
  try {
    return decodeBody(header, body);
  } catch (cause) {
    throw damaged(header, 'it cannot be decoded', cause);
  }
}

/** Checks length and hash of a decoded content; of one that is stored as it is, `digest` holds the hash already. */
function checkContent(header: RecordHeader, content: Uint8Array): void {
  if (content.length !== header.rawLength) throw damaged(header, 'its length is wrong');
  const isChunk = header.kind === recordKinds.chunk;
  if (content.length > (isChunk ? defaultChunking.largestBytes : chunkingThresholdBytes)) {
    throw damaged(header, 'it is too large');
  }
  if (header.codec !== recordCodecs.raw) hashInto(content, digest, 0);
  if (!equalHashBytes(digest, 0, header.hash, 0)) {
    throw damaged(header, `its content has the hash ${hashFromBytes(digest)}`);
  }
}

/** Returns the blobs of a node that belongs into the database, after checking all of it; undefined for one that is a record. */
function checkedNode(header: RecordHeader, content: Uint8Array): NodeBlobs | undefined {
  const blobs = decodeNodeBody(content);
  const { type } = checkNode(hashFromBytes(header.hash), blobs);
  const isSmall = blobs.node.length + blobs.children.length <= inlineNodeLimit;
  return isSmall || type === nodeTypes.commit ? blobs : undefined;
}

function readManifest(header: RecordHeader, body: Uint8Array): ReceivedManifest {
  const manifest = decodeManifest(body);
  const length = manifest.chunkLengths.reduce((sum, chunk) => sum + chunk, 0);
  if (length !== header.rawLength) throw damaged(header, 'its chunks have another length');
  return { hash: header.hash, sizeBytes: header.rawLength, ...manifest };
}

function damaged(header: RecordHeader, problem: string, cause?: unknown): IntegrityError {
  const what = `The record of ${hashFromBytes(header.hash)} was refused: ${problem}.`;
  return new IntegrityError(what, cause === undefined ? {} : { cause });
}
