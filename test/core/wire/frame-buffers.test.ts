/** Memory of frames is used again, but never by two at once, and never more of it is kept than was agreed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameBuffers, smallestKeptBytes } from '../../../src/core/wire/fast/frame-buffers.js';
import { recordsFrame } from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { collect } from '../../helpers/streams.js';

const mebibyte = 1024 * 1024;

test('memory that came back is lent again, for as much or less', () => {
  const buffers = new FrameBuffers();
  const first = buffers.take(2 * mebibyte);
  buffers.giveBack(first.buffer);
  const second = buffers.take(mebibyte + 1);
  expect(second.buffer).toBe(first.buffer);
  expect(second).toHaveLength(mebibyte + 1);
  expect(buffers.take(mebibyte).buffer).not.toBe(first.buffer);
});

test('memory that is lent belongs to one at a time', () => {
  const lengths = fc.array(fc.nat({ max: 5 * mebibyte }), { maxLength: 12 });
  fc.assert(
    fc.property(lengths, fc.array(fc.nat({ max: 11 })), (wanted, returned) => {
      const buffers = new FrameBuffers();
      const lent = wanted.map((length) => buffers.take(length));
      const kept = new Set(lent);
      for (const index of returned) {
        const bytes = lent[index];
        if (bytes === undefined || !kept.delete(bytes)) continue;
        buffers.giveBack(bytes.buffer);
      }
      const again = wanted.map((length) => buffers.take(length));
      const inUse = [...kept, ...again];
      expect(new Set(inUse.map(({ buffer }) => buffer)).size).toBe(inUse.length);
      expect(again.map(({ length }) => length)).toEqual(wanted);
    }),
    { numRuns: 30 },
  );
});

test('short payloads have memory of their own', () => {
  const buffers = new FrameBuffers();
  const short = buffers.take(smallestKeptBytes - 1);
  expect(short.buffer.byteLength).toBe(short.length);
  buffers.giveBack(short.buffer);
  expect(buffers.take(smallestKeptBytes - 1).buffer).not.toBe(short.buffer);
});

test('no more than 24 MiB are kept, and no giant', () => {
  const buffers = new FrameBuffers();
  const lent = Array.from({ length: 30 }, () => buffers.take(mebibyte));
  for (const bytes of lent) buffers.giveBack(bytes.buffer);
  const known = new Set(lent.map(({ buffer }) => buffer));
  const again = Array.from({ length: 30 }, () => buffers.take(mebibyte));
  expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(24);
  const giant = buffers.take(8 * mebibyte);
  buffers.giveBack(giant.buffer);
  expect(buffers.take(8 * mebibyte).buffer).not.toBe(giant.buffer);
});

test('a stream is read into them, one frame after the other', async () => {
  const buffers = new FrameBuffers();
  const payloads = [1, 2, 3].map((value) => new Uint8Array(mebibyte - value).fill(value));
  const frames = payloads.map((payload) => recordsFrame(payload, 1));
  const used = new Set<ArrayBufferLike>();
  const seen: number[] = [];
  for await (const { payload } of readFrames(writeFrames(frames), 2 ** 30, buffers)) {
    used.add(payload.buffer);
    const value = payload[0] ?? 0;
    seen.push(value);
    expect(payload).toHaveLength(mebibyte - value);
    expect(payload.every((byte) => byte === value)).toBe(true);
    buffers.giveBack(payload.buffer);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(used.size).toBe(1);
  const kept = await collect(readFrames(writeFrames(frames), 2 ** 30, buffers));
  expect(kept.map(({ payload }) => payload[0])).toEqual([1, 2, 3]);
});
