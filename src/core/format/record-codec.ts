/**
 * How bodies of records are compressed and decoded. Whether compression pays is found out from a sample, so that bytes that do not
 * compress cost little more than they would raw. The codec of every record stands in its header.
 */
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib';
import { chunkingThresholdBytes } from './chunking.js';
import { type RecordHeader, recordCodecs, recordKinds } from './pack-record.js';

/** A body that became smaller. */
export interface CompressedBody {
  readonly body: Uint8Array;
  readonly codec: number; // of `recordCodecs`
}

/** A compressed body must save at least this share: less does not pay for decoding it at every read. */
const leastSaving = 0.2;

const sampleCount = 512;
const samplePieces = 8;

/** Two bytes of a sample are equal this many times as often as in random bytes, or compression is not tried. */
const leastRepetition = 1.6;

const largestTrialBytes = 8 * 1024;
const smallestTrialBytes = 2 * 1024;
const counts = new Uint16Array(256);

/** Nodes are the largest records that are compressed and not cut. */
const largestNodeBytes = 256 * 1024 * 1024;

const pieceMargin = 64;
const largestPieceBytes = 4 * 1024 * 1024;

const fastBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/**
 * Returns a content or chunk in its compressed form, undefined when that would not be smaller by a fifth. What does not compress is
 * mostly told by a sample of 512 bytes (about 1 us), else by a trial with an eighth of the bytes, 8 KiB at most.
 */
export function compressContent(content: Uint8Array): CompressedBody | undefined {
  if (isDense(content) || !isTrialSmaller(content)) return undefined;
  const body = brotliCompressSync(content, {
    params: { ...fastBrotli.params, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  return isSmaller(body, content) ? { body, codec: recordCodecs.brotli } : undefined;
}

/** Returns the body of a node record, deflated when that makes it smaller. */
export function compressNode(raw: Uint8Array): CompressedBody {
  const body = deflateRawSync(raw, { level: 1 });
  return body.length < raw.length
    ? { body, codec: recordCodecs.deflateRaw }
    : { body: raw, codec: recordCodecs.raw };
}

/**
 * Returns the decoded body of a record. It is never longer than a record of its kind may be, whatever the header says.
 * @throws RangeError when the codec is not known, or the header promises what no record may hold
 * @throws the error of zlib when the body is damaged or decodes to more than the header promises
 */
export function decodeBody(header: RecordHeader, body: Uint8Array): Uint8Array {
  const { codec, kind, rawLength } = header;
  if (codec === recordCodecs.raw) return body;
  if (rawLength > largestDecoded(kind)) throw new RangeError(`it promises ${rawLength} bytes`);
  // One piece of memory for the whole, and some bytes by which zlib sees that it ends there.
  const chunkSize = Math.min(rawLength + pieceMargin, largestPieceBytes);
  const limit = { maxOutputLength: Math.max(1, rawLength), chunkSize };
  if (codec === recordCodecs.deflateRaw) return inflateRawSync(body, limit);
  if (codec === recordCodecs.brotli) return brotliDecompressSync(body, limit);
  throw new RangeError(`codec ${codec} is not known to this program`);
}

/** Lists of chunks are never compressed: the length in their header is another one. */
function largestDecoded(kind: RecordHeader['kind']): number {
  if (kind === recordKinds.node) return largestNodeBytes;
  return kind === recordKinds.manifest ? -1 : chunkingThresholdBytes;
}

/**
 * Says whether the bytes are spread evenly, as those of images, sound and archives are: by how often two bytes of a sample are
 * equal. The sample is taken in pieces from everywhere, so that no header decides.
 */
function isDense(bytes: Uint8Array): boolean {
  counts.fill(0);
  const pieceBytes = Math.min(sampleCount / samplePieces, Math.floor(bytes.length / samplePieces));
  const stride = Math.floor(bytes.length / samplePieces);
  for (let piece = 0; piece < samplePieces; piece++) {
    const start = piece * stride;
    for (let at = start; at < start + pieceBytes; at++) {
      const value = bytes[at] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  const total = pieceBytes * samplePieces;
  let pairs = 0;
  for (const count of counts) pairs += count * (count - 1);
  return pairs * counts.length < leastRepetition * total * (total - 1);
}

/** Compresses a part from the middle of what is large. */
function isTrialSmaller(content: Uint8Array): boolean {
  const length = Math.min(largestTrialBytes, content.length >> 3);
  if (length < smallestTrialBytes) return true;
  const start = (content.length - length) >> 1;
  const part = content.subarray(start, start + length);
  return isSmaller(brotliCompressSync(part, fastBrotli), part);
}

function isSmaller(body: Uint8Array, content: Uint8Array): boolean {
  return body.length <= content.length * (1 - leastSaving);
}
