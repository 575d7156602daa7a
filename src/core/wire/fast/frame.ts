/**
 * The frames in which two of ours talk: a preamble, then frames up to one that says how many there were. Every length is
 * limited before memory is taken, and everything has a checksum, so a torn or altered stream cannot pass for a whole one.
 *
 * | preamble | size | meaning |
 * |---|---|---|
 * | 0 | 4 | magic `OXNF` |
 * | 4 | 4 | version, 1 |
 *
 * | frame | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 1 | kind, see `frameKinds` |
 * | 1 | 1 | what its hashes name, see `objectKinds` |
 * | 2 | 2 | 0 |
 * | 4 | 4 | number of items in the payload |
 * | 8 | 4 | length of the payload |
 * | 12 | 8 | checksum: low 64 bits of XXH3-128 of bytes 0 to 11, XOR the same of the payload; the payload of records is left out, as each record has checksums of its own |
 * | 20 | | payload |
 */
import { hash64Into } from '../../format/hashing.js';
import { InvalidInputError } from '../../model/errors.js';
import { fastVersion } from './negotiation.js';

/** Bytes of the preamble. */
export const preambleLength = 8;

/** Bytes of a frame header. */
export const frameHeaderLength = 20;

/** What a frame holds; the numbers are those of the header. */
export const frameKinds = {
  begin: 1, // JSON: what is asked for or answered
  hashes: 2, // hashes, 16 bytes each
  missing: 3, // one bit for each hash of a list: 1 when it is missing
  records: 4, // pack records: header and body, one after the other
  end: 5, // how much there was
} as const;

/** The name of a kind of frame. */
export type FrameKind = keyof typeof frameKinds;

/** What hashes name; the numbers are those of the header. */
export const objectKinds = { commits: 0, contents: 1, chunks: 2, nodes: 3 } as const;

/** A kind of object. */
export type ObjectKind = keyof typeof objectKinds;

/** The largest payload of each kind in bytes. */
export const maxPayloadBytes: Readonly<Record<FrameKind, number>> = {
  begin: 16 * 1024 * 1024,
  hashes: 1024 * 1024,
  missing: 8 * 1024,
  records: 32 * 1024 * 1024,
  end: 24,
};

/** A frame. */
export interface Frame {
  readonly kind: FrameKind;
  readonly objects: ObjectKind; // what its hashes name; `commits` where there are none
  readonly itemCount: number;
  readonly payload: Uint8Array;
}

/** The fields of a header. */
export interface FrameHeader extends Omit<Frame, 'payload'> {
  readonly length: number; // of the payload
}

const magic = 0x464e584f; // OXNF
const kindNames = Object.keys(frameKinds) as FrameKind[];
const objectNames = Object.keys(objectKinds) as ObjectKind[];
const checksumStart = 12;
const checksumLength = 8;
const scratch = new Uint8Array(checksumLength);
const expected = new Uint8Array(checksumLength);
const nothing = new Uint8Array(0);

/** Returns the preamble of a stream. */
export function encodePreamble(): Uint8Array {
  const preamble = new Uint8Array(preambleLength);
  const view = new DataView(preamble.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, fastVersion, true);
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

/** Returns the header of a frame. @throws InvalidInputError when its payload is larger than its kind may be */
export function encodeFrameHeader(frame: Frame): Uint8Array {
  const { kind, objects, itemCount, payload } = frame;
  if (payload.length > maxPayloadBytes[kind]) throw tooLarge(kind);
  const header = new Uint8Array(frameHeaderLength);
  const view = new DataView(header.buffer);
  header[0] = frameKinds[kind];
  header[1] = objectKinds[objects];
  view.setUint32(4, itemCount, true);
  view.setUint32(8, payload.length, true);
  writeChecksum(header, kind === 'records' ? nothing : payload, header, checksumStart);
  return header;
}

/** Returns what a header says. @throws InvalidInputError when it cannot be, or announces too much */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderLength);
  const kind = kindNames.find((name) => frameKinds[name] === bytes[0]);
  if (kind === undefined) throw malformed(`frames of kind ${bytes[0]} are not known`);
  const objects = objectNames.find((name) => objectKinds[name] === bytes[1]);
  if (objects === undefined || view.getUint16(2, true) !== 0) {
    throw malformed('a header cannot be read');
  }
  const length = view.getUint32(8, true);
  if (length > maxPayloadBytes[kind]) throw tooLarge(kind);
  return { kind, objects, itemCount: view.getUint32(4, true), length };
}

/**
 * Checks header and payload against their checksum; the payload of records is not looked at.
 * @throws InvalidInputError when one of them was altered
 */
export function checkFrame(kind: FrameKind, header: Uint8Array, payload: Uint8Array): void {
  writeChecksum(header, kind === 'records' ? nothing : payload, expected, 0);
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
