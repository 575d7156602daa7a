/**
 * What stands in frames: lists of hashes, answers to them, and pack records. Encoders take columns as the stores keep them;
 * readers look at a payload in place and refuse whatever does not fill it exactly. Records are read where they are
 * stored (`store/store-records`).
 *
 * | payload | layout (little endian) |
 * |---|---|
 * | hashes | 16 bytes each |
 * | missing | bit n of byte n / 8 belongs to hash n; unused bits are 0 |
 * | records | for each: the 48-byte header of `format/pack-record` and its body |
 */
import { hashBytesLength } from '../../model/hash.js';
import { type Frame, malformed, maxPayloadBytes, type ObjectKind } from './frame.js';

/** Yields a column of hashes in as many frames as it needs; at least one. */
export function* hashesFrames(objects: ObjectKind, hashes: Uint8Array): Generator<Frame> {
  for (let start = 0; start === 0 || start < hashes.length; start += maxPayloadBytes.hashes) {
    const payload = hashes.subarray(start, start + maxPayloadBytes.hashes);
    yield { kind: 'hashes', objects, itemCount: payload.length / hashBytesLength, payload };
  }
}

/** Returns the hashes of a frame, 16 bytes each. @throws InvalidInputError when they do not fill it */
export function hashesIn(frame: Frame): Uint8Array {
  expectLength(frame, 'hashes', frame.itemCount * hashBytesLength);
  return frame.payload;
}

/** Returns the answer to a frame of hashes. @param isMissing tells it for each by its index */
export function missingFrame(asked: Frame, isMissing: (index: number) => boolean): Frame {
  const { objects, itemCount } = asked;
  const payload = new Uint8Array(Math.ceil(itemCount / 8));
  for (let index = 0; index < itemCount; index++) {
    if (isMissing(index)) payload[index >> 3] = (payload[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return { kind: 'missing', objects, itemCount, payload };
}

/**
 * Returns the hashes of the frame `asked` that `answer` calls missing, 16 bytes each, in their order.
 * @throws InvalidInputError when the frame answers another list
 */
export function missingIn(answer: Frame, asked: Frame): Uint8Array {
  const count = asked.itemCount;
  if (answer.itemCount !== count) throw malformed('an answer is of another length than its list');
  expectLength(answer, 'missing', Math.ceil(count / 8));
  const missing = new Uint8Array(asked.payload.length);
  let length = 0;
  for (let index = 0; index < count; index++) {
    if ((((answer.payload[index >> 3] ?? 0) >> (index & 7)) & 1) === 0) continue;
    const start = index * hashBytesLength;
    missing.set(asked.payload.subarray(start, start + hashBytesLength), length);
    length += hashBytesLength;
  }
  return missing.subarray(0, length);
}

/** Returns a frame of records. @param payload headers and bodies as they stand in a pack, one after the other */
export function recordsFrame(payload: Uint8Array, itemCount: number): Frame {
  return { kind: 'records', objects: 'commits', itemCount, payload };
}

/** @throws InvalidInputError when a frame is of another kind */
export function expectKind(frame: Frame, kind: Frame['kind']): void {
  if (frame.kind !== kind) throw malformed(`${kind} were expected, not ${frame.kind}`);
}

function expectLength(frame: Frame, kind: Frame['kind'], length: number): void {
  expectKind(frame, kind);
  if (frame.payload.length !== length) {
    throw malformed(`a frame of ${kind} does not hold as much as it says`);
  }
}
