/**
 * The frames in which two of ours talk: a preamble, then frames up to one that says how many there were. Every length is
 * limited before memory is taken, every payload has a checksum, so a torn or altered stream cannot pass for a whole one.
 *
 * | preamble | size | meaning |
 * |---|---|---|
 * | 0 | 4 | magic `OXNF` |
 * | 4 | 4 | version, 1 |
 *
 * | frame | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 1 | kind, see `frameKinds` |
 * | 1 | 1 | codec of the payload: 0 raw, 1 deflate-raw |
 * | 2 | 2 | 0 |
 * | 4 | 4 | number of items in the payload |
 * | 8 | 4 | stored length of the payload |
 * | 12 | 4 | length of the payload when decoded |
 * | 16 | 8 | checksum: low 64 bits of XXH3-128 of the stored payload, XOR the same of bytes 0 to 15 |
 * | 24 | | payload |
 */
import { hash64Into } from '../../format/hashing.js';
import { recordCodecs } from '../../format/pack-record.js';
import { InvalidInputError } from '../../model/errors.js';
import { fastVersion } from './negotiation.js';

/** Bytes of the preamble. */
export const preambleLength = 8;

/** Bytes of a frame header. */
export const frameHeaderLength = 24;

/** What a frame holds; the numbers are those of the header. */
export const frameKinds = {
  begin: 1, // JSON: what is asked for or answered
  hashes: 2, // hashes, 16 bytes each
  missing: 3, // one bit for each hash of a list: 1 when it is missing
  records: 4, // pack records: header and body, one after the other
  nodes: 5, // nodes: id, lengths, both blobs
  acknowledgement: 6, // what is durable so far
  problem: 7, // JSON: something that could not be taken or given
  end: 8, // how much there was
} as const;

/** The name of a kind of frame. */
export type FrameKind = keyof typeof frameKinds;

/** The largest payload of each kind in bytes, stored and decoded. */
export const maxPayloadBytes: Readonly<Record<FrameKind, number>> = {
  begin: 1024 * 1024,
  hashes: 16 * 1024 * 1024,
  missing: 128 * 1024,
  records: 64 * 1024 * 1024,
  nodes: 64 * 1024 * 1024,
  acknowledgement: 24,
  problem: 64 * 1024,
  end: 32,
};

/** How much a sender puts into one frame of records or nodes before it starts the next, in bytes. */
export const targetPayloadBytes = 1024 * 1024;

/** A frame. */
export interface Frame {
  readonly kind: FrameKind;
  readonly codec: number;
  readonly itemCount: number;
  readonly payload: Uint8Array; // as stored; in memory of its own when it was read
  readonly rawLength: number; // of the decoded payload, in bytes
}

/** The fields of a header. */
export interface FrameHeader extends Omit<Frame, 'payload'> {
  readonly storedLength: number;
}

const magic = 0x464e584f; // OXNF
const kindNames = Object.keys(frameKinds) as FrameKind[];
const plainCodecs: readonly number[] = Object.values(recordCodecs);
const checksumStart = 16;
const checksumLength = 8;
const scratch = new Uint8Array(checksumLength);
const expected = new Uint8Array(checksumLength);

/** Returns the preamble of a stream. */
export function encodePreamble(): Uint8Array {
  const preamble = new Uint8Array(preambleLength);
  new DataView(preamble.buffer).setUint32(0, magic, true);
  preamble[4] = fastVersion;
  return preamble;
}

/** Checks a preamble. @throws InvalidInputError when it is none, or of another version */
export function checkPreamble(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, preambleLength);
  if (view.getUint32(0, true) !== magic) throw malformed('it has no preamble');
  if (view.getUint32(4, true) !== fastVersion) {
    throw malformed(`version ${view.getUint32(4, true)} is not known`);
  }
}

/** Returns a raw frame. */
export function rawFrame(kind: FrameKind, payload: Uint8Array, itemCount: number): Frame {
  return { kind, codec: recordCodecs.raw, itemCount, payload, rawLength: payload.length };
}

/** Returns the header of a frame. @throws InvalidInputError when its payload is larger than its kind may be */
export function encodeFrameHeader(frame: Frame): Uint8Array {
  const { kind, codec, itemCount, payload, rawLength } = frame;
  if (Math.max(payload.length, rawLength) > maxPayloadBytes[kind]) throw tooLarge(kind);
  const header = new Uint8Array(frameHeaderLength);
  const view = new DataView(header.buffer);
  header[0] = frameKinds[kind];
  header[1] = codec;
  view.setUint32(4, itemCount, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, rawLength, true);
  writeChecksum(header, payload, header, checksumStart);
  return header;
}

/** Returns what a header says. @throws InvalidInputError when it cannot be, or announces too much */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderLength);
  const kind = kindNames.find((name) => frameKinds[name] === bytes[0]);
  if (kind === undefined) throw malformed(`frames of kind ${bytes[0]} are not known`);
  const codec = bytes[1] ?? 0;
  const [itemCount, storedLength, rawLength] = [4, 8, 12].map((at) => view.getUint32(at, true));
  if (itemCount === undefined || storedLength === undefined || rawLength === undefined) {
    throw malformed('a header is cut off');
  }
  if (view.getUint16(2, true) !== 0 || !plainCodecs.includes(codec)) {
    throw malformed(`a frame has codec ${codec}`);
  }
  if (codec === recordCodecs.raw && storedLength !== rawLength) {
    throw malformed('a frame contradicts its length');
  }
  if (Math.max(storedLength, rawLength) > maxPayloadBytes[kind]) throw tooLarge(kind);
  return { kind, codec, itemCount, storedLength, rawLength };
}

/**
 * Checks header and payload against their checksum.
 * @throws InvalidInputError when one of them was altered
 */
export function checkFrame(header: Uint8Array, payload: Uint8Array): void {
  writeChecksum(header, payload, expected, 0);
  for (let index = 0; index < checksumLength; index++) {
    if (expected[index] !== header[checksumStart + index]) throw malformed('a checksum is wrong');
  }
}

/** Returns the error for a stream that cannot be read. */
export function malformed(problem: string): InvalidInputError {
  return new InvalidInputError(`The stream of frames is refused: ${problem}.`);
}

function tooLarge(kind: FrameKind): InvalidInputError {
  return malformed(`a frame of ${kind} is larger than ${maxPayloadBytes[kind]} bytes`);
}

function writeChecksum(
  header: Uint8Array,
  payload: Uint8Array,
  out: Uint8Array,
  outOffset: number,
): void {
  hash64Into(header.subarray(0, checksumStart), scratch, 0);
  hash64Into(payload, out, outOffset);
  for (let index = 0; index < checksumLength; index++) {
    out[outOffset + index] = (out[outOffset + index] ?? 0) ^ (scratch[index] ?? 0);
  }
}
