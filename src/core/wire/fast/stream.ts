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
  rawFrame,
} from './frame.js';

/** How much a stream has carried. */
export interface StreamTotals {
  frameCount: number;
  recordCount: number;
  nodeCount: number;
  storedBytes: number; // of all payloads
}

/** What a stream may hold at most. */
export interface StreamLimits {
  readonly maxTotalBytes?: number;
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
  const end = rawFrame('end', encodeTotals(totals), 1);
  yield encodeFrameHeader(end);
  yield end.payload;
}

/**
 * Yields the frames of a stream without the one that ends it; each payload has a buffer of its own, to be transferred.
 * @throws InvalidInputError when the stream is malformed, altered, cut off, or larger than allowed
 */
export async function* readFrames(
  stream: ByteStream,
  limits: StreamLimits = {},
): AsyncGenerator<Frame> {
  const source = new ByteSource(stream, 'The stream of frames', {
    maxBytes: limits.maxTotalBytes ?? Number.MAX_SAFE_INTEGER,
  });
  const totals = noTotals();
  const header = new Uint8Array(frameHeaderLength);
  try {
    checkPreamble(await source.read(preambleLength));
    for (;;) {
      await source.readInto(header);
      const { storedLength, ...fields } = decodeFrameHeader(header);
      const payload = new Uint8Array(storedLength);
      await source.readInto(payload);
      checkFrame(header, payload);
      const frame = { ...fields, payload };
      if (frame.kind === 'end') {
        checkTotals(totals, frame);
        break;
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
  return { frameCount: 0, recordCount: 0, nodeCount: 0, storedBytes: 0 };
}

function addTo(totals: StreamTotals, frame: Frame): void {
  totals.frameCount++;
  if (frame.kind === 'records') totals.recordCount += frame.itemCount;
  if (frame.kind === 'nodes') totals.nodeCount += frame.itemCount;
  totals.storedBytes += frame.payload.length;
}

function encodeTotals(totals: StreamTotals): Uint8Array {
  const payload = new Uint8Array(32);
  const view = new DataView(payload.buffer);
  const { frameCount, recordCount, nodeCount, storedBytes } = totals;
  [frameCount, recordCount, nodeCount, storedBytes].forEach((count, index) => {
    view.setBigUint64(index * 8, BigInt(count), true);
  });
  return payload;
}

function checkTotals(totals: StreamTotals, end: Frame): void {
  const expected = encodeTotals(totals);
  if (end.payload.length !== expected.length || Buffer.compare(end.payload, expected) !== 0) {
    throw malformed('it does not hold as much as its end says');
  }
}
