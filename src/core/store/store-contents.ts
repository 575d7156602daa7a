/**
 * The job `storeContents`: takes contents that arrived over a connection, inflates and hashes them, and appends those that are
 * what their names say to the pack of the slot. One that is not is reported and spoils nothing for the others.
 */
import { gunzipSync } from 'node:zlib';
import { chunkingThresholdBytes } from '../format/chunking.js';
import { hashInto } from '../format/hashing.js';
import { recordCodecs, recordKinds } from '../format/pack-record.js';
import type {
  RefusedItem,
  StoreContentsInput,
  StoreContentsOutput,
} from '../model/arrival-jobs.js';
import { IntegrityError } from '../model/errors.js';
import { equalHashBytes, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { appendManifest, ChunkAppender } from './chunk-appender.js';
import { PackWriter } from './pack-writer.js';

/** Does the job. @throws OperationError when the pack cannot be written */
export function storeContents(input: StoreContentsInput): StoreContentsOutput {
  const { bytes, lengths, gzipped } = input;
  using writer = new PackWriter(input.slot, { inArena: true });
  const appended = new HashTable(lengths.length);
  const refused: RefusedItem[] = [];
  let start = 0;
  for (const [index, length] of lengths.entries()) {
    const body = bytes.subarray(start, start + length);
    start += length;
    const expected = input.hashes.subarray(index * hashBytesLength, (index + 1) * hashBytesLength);
    try {
      const content = gzipped[index] === 1 ? inflate(body, input.largestBytes) : body;
      requireHash(content, expected);
      if (appended.add(expected) >= 0) appendContent(writer, content, expected);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      refused.push({ index, message: error.message });
    }
  }
  return { ...writer.finish(), refused };
}

function requireHash(content: Uint8Array, expected: Uint8Array): void {
  const hash = new Uint8Array(hashBytesLength);
  hashInto(content, hash, 0);
  if (equalHashBytes(hash, 0, expected, 0)) return;
  throw new IntegrityError(
    `A content with hash ${hashFromBytes(hash)} arrived as ${hashFromBytes(expected)}.`,
  );
}

/** Large contents are cut without looking for chunks that are stored: few of them come whole. */
function appendContent(writer: PackWriter, content: Uint8Array, hash: Uint8Array): void {
  const sizeBytes = content.length;
  if (sizeBytes <= chunkingThresholdBytes) {
    const lengths = { storedLength: sizeBytes, rawLength: sizeBytes };
    const fields = { kind: recordKinds.content, codec: recordCodecs.raw, ...lengths, hash };
    writer.append(fields, content);
    return;
  }
  const chunks = new ChunkAppender(writer);
  chunks.take(content, true);
  const { chunkHashes, chunkLengths } = chunks;
  appendManifest(writer, { hash, sizeBytes, chunkHashes, chunkLengths });
}

function inflate(body: Uint8Array, largestBytes: number): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: largestBytes });
  } catch (cause) {
    throw new IntegrityError('The content is no valid gzip data, or too large.', { cause });
  }
}
