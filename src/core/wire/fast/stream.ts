/**
 * Streams of frames: written with preamble and end, and read frame by frame. The end frame repeats how many frames, items
 * and bytes came before it, so a stream that was cut off between two frames is noticed too.
 */
import { ByteSource, type ByteStream } from '../byte-source.js';
import {
  checkFrame,
  checkPreamble,
  decodeFrameHeader,
  encodeFrameHeader,
  encodePreamble,
  type Frame,
  frameHeaderLength,
  malformed,
  preambleLength,
} from './frame.js';
import type { FrameBuffers } from './frame-buffers.js';

/** The most records of one request that brings objects: what it brings becomes known in one transaction. */
export const maxRecordsPerRequest = 4096;

/** The most bytes of one such request; senders begin no further frame after `fullRequestBytes`. */
export const maxRequestBytes = 64 * 1024 * 1024;

/** Bytes from which on such a request is full. */
export const fullRequestBytes = 16 * 1024 * 1024;

/** The most objects that one request may wish for. */
export const maxWishesPerRequest = 8192;

/** A frame that was read. */
export interface ReceivedFrame extends Frame {
  readonly payload: Uint8Array<ArrayBuffer>; // at the start of a buffer of its own
}

/** How much a stream has carried. */
interface StreamTotals {
  frameCount: number;
  itemCount: number;
  sizeBytes: number; // of all payloads
}

/** Yields the bytes of a stream of frames: preamble, frames, and the frame that ends it. Payloads are passed on. */
export async function* writeFrames(
  frames: AsyncIterable<Frame> | Iterable<Frame>,
): AsyncGenerator<Uint8Array> {
  const totals = noTotals();
  yield encodePreamble();
  for await (const frame of frames) {
    addTo(totals, frame);
    yield encodeFrameHeader(frame);
    if (frame.payload.length > 0) yield frame.payload;
  }
  const end = endFrame(totals);
  yield encodeFrameHeader(end);
  yield end.payload;
}

/**
 * Yields the frames of a stream without the one that ends it; each payload stands at the start of a buffer of its own.
 * @param maxTotalBytes of the whole stream
 * @param buffers give the memory for payloads of records; whoever takes a frame may give it back
 * @throws InvalidInputError when the stream is malformed, altered, cut off, or larger than allowed
 */
export async function* readFrames(
  stream: ByteStream,
  maxTotalBytes: number,
  buffers?: FrameBuffers,
): AsyncGenerator<ReceivedFrame> {
  const source = new ByteSource(stream, 'The stream of frames', { maxBytes: maxTotalBytes });
  const totals = noTotals();
  const header = new Uint8Array(frameHeaderLength);
  try {
    checkPreamble(await source.read(preambleLength));
    for (;;) {
      await source.readInto(header);
      const { length, ...fields } = decodeFrameHeader(header);
      const isLent = buffers !== undefined && fields.kind === 'records';
      const payload = isLent ? buffers.take(length) : new Uint8Array(length);
      await source.readInto(payload);
      checkFrame(fields.kind, header, payload);
      const frame = { ...fields, payload };
      if (frame.kind === 'end') {
        if (Buffer.compare(payload, endFrame(totals).payload) === 0) break;
        throw malformed('it does not hold as much as its end says');
      }
      addTo(totals, frame);
      yield frame;
    }
    if (!(await source.isAtEnd())) throw malformed('something follows its end');
  } finally {
    await source.close();
  }
}

function noTotals(): StreamTotals {
  return { frameCount: 0, itemCount: 0, sizeBytes: 0 };
}

function addTo(totals: StreamTotals, frame: Frame): void {
  totals.frameCount++;
  totals.itemCount += frame.itemCount;
  totals.sizeBytes += frame.payload.length;
}

function endFrame({ frameCount, itemCount, sizeBytes }: StreamTotals): Frame {
  const payload = new Uint8Array(24);
  const view = new DataView(payload.buffer);
  [frameCount, itemCount, sizeBytes].forEach((count, index) => {
    view.setBigUint64(index * 8, BigInt(count), true);
  });
  return { kind: 'end', objects: 'commits', itemCount: 1, payload };
}
