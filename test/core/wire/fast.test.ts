/** The frames of the fast path: streams come back as they were written, and nothing else is taken for one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import type { CommitId, Hash } from '../../../src/core/model/hash.js';
import { hashColumn, hashesOf } from '../../../src/core/model/hash-column.js';
import * as conversation from '../../../src/core/wire/fast/conversation.js';
import {
  encodeFrameHeader,
  encodePreamble,
  type Frame,
  frameHeaderLength,
  maxPayloadBytes,
} from '../../../src/core/wire/fast/frame.js';
import { fastHeader, formatOffer, isFastOffered } from '../../../src/core/wire/fast/negotiation.js';
import * as payloads from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { collect, gather, inPieces, pieceSizes } from '../../helpers/streams.js';

const id = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => value.toString(16) as Hash);
const enough = 2 ** 30;

const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => payloads.recordsFrame(bytes, Math.ceil(bytes.length / 50))),
  fc.array(id, { maxLength: 9 }).map((ids) => listOf(hashColumn(ids))),
  fc
    .integer({ min: 0, max: 40 })
    .map((count) =>
      payloads.missingFrame(listOf(new Uint8Array(count * 16)), (at) => at % 3 === 0),
    ),
  fc
    .array(fc.record({ name: fc.string({ maxLength: 9 }), commitId: id as fc.Arbitrary<CommitId> }))
    .map(conversation.branchesFrame),
);

function listOf(hashes: Uint8Array): Frame {
  const [frame] = payloads.hashesFrames('contents', hashes);
  if (frame === undefined) throw new Error('a frame was expected');
  return frame;
}

describe('the negotiation', () => {
  test('agrees with another of ours, and with a newer one', () => {
    expect(fastHeader).toBe('oxen-fast');
    expect(formatOffer()).toBe('1');
    expect(isFastOffered(formatOffer())).toBe(true);
    expect(isFastOffered('7; more=1')).toBe(true);
  });

  test.each([
    undefined,
    '',
    'x',
    '-1',
    '0',
    ['1'],
    `1${' '.repeat(300)}x`,
  ])('falls back to the standard protocol for %j', (value) => {
    expect(isFastOffered(value)).toBe(false);
  });
});

describe('streams of frames', () => {
  test('come back in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 6 }), pieceSizes, async (frames, sizes) => {
        const stream = await gather(writeFrames(frames));
        const read = await collect(readFrames(inPieces(stream, sizes), enough));
        expect(read.map(plain)).toEqual(frames.map(plain));
      }),
      { numRuns: 80 },
    );
  });

  test('with any changed bit are refused, but for those in records, which have checksums of their own', async () => {
    const frames = [
      conversation.branchesFrame([{ name: 'main', commitId: 'abc' as CommitId }]),
      listOf(new Uint8Array(32).fill(3)),
      payloads.recordsFrame(new Uint8Array(0), 1),
    ];
    const stream = await gather(writeFrames(frames));
    await fc.assert(
      fc.asyncProperty(fc.nat(stream.length - 1), fc.nat(7), async (at, bit) => {
        const changed = stream.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await expect(collect(readFrames([changed], enough))).rejects.toThrow(InvalidInputError);
      }),
      { numRuns: 400 },
    );
  });

  test('that are cut off anywhere, or go on, are refused', async () => {
    const stream = await gather(writeFrames([listOf(new Uint8Array(32))]));
    for (let length = 0; length < stream.length; length++) {
      const cut = readFrames([stream.subarray(0, length)], enough);
      await expect(collect(cut)).rejects.toThrow('cut off');
    }
    const longer = Buffer.concat([stream, Buffer.alloc(1)]);
    await expect(collect(readFrames([longer], enough))).rejects.toThrow('follows its end');
  });

  test('that lost a frame are refused', async () => {
    const frame = listOf(new Uint8Array(16));
    const whole = await gather(writeFrames([frame, frame]));
    const frameLength = frameHeaderLength + 16;
    const lost = Buffer.concat([
      whole.subarray(0, 8 + frameLength),
      whole.subarray(8 + 2 * frameLength),
    ]);
    await expect(collect(readFrames([lost], enough))).rejects.toThrow('as its end says');
  });

  test.each<[string, (header: Uint8Array) => void]>([
    ['an unknown kind', (header) => (header[0] = 9)],
    ['kind 0', (header) => (header[0] = 0)],
    ['unknown objects', (header) => (header[1] = 7)],
    ['reserved bits', (header) => (header[2] = 1)],
    ['an enormous length', (header) => header.fill(0xff, 8, 12)],
  ])('with %s are refused', async (_, change) => {
    const header = encodeFrameHeader(listOf(new Uint8Array(16)));
    change(header);
    const stream = Buffer.concat([encodePreamble(), header, Buffer.alloc(16)]);
    await expect(collect(readFrames([stream], enough))).rejects.toThrow(InvalidInputError);
  });

  test('are not written with payloads over the limit of their kind', () => {
    const { missing } = maxPayloadBytes;
    const large: Frame = { ...listOf(new Uint8Array(missing + 1)), kind: 'missing' };
    expect(() => encodeFrameHeader(large)).toThrow(InvalidInputError);
  });

  test('of the wrong kind or version, or over their limit, are refused', async () => {
    const json = Buffer.from('{"hashes":[]}'.repeat(3));
    await expect(collect(readFrames([json], enough))).rejects.toThrow('no preamble');
    const newer = encodePreamble();
    newer[4] = 2;
    await expect(collect(readFrames([newer], enough))).rejects.toThrow('version 2');
    const stream = await gather(writeFrames([listOf(new Uint8Array(160))]));
    await expect(collect(readFrames([stream], 100))).rejects.toThrow('larger');
  });

  test('give payloads whose buffers can be transferred', async () => {
    const stream = await gather(writeFrames([listOf(new Uint8Array(48))]));
    const [read] = await collect(readFrames(inPieces(stream, [9]), enough));
    expect(read?.payload.byteOffset).toBe(0);
    expect(read?.payload.buffer.byteLength).toBe(48);
  });
});

function plain(frame: Frame) {
  return { ...frame, payload: Buffer.from(frame.payload).toString('hex') };
}

describe('payloads', () => {
  test('of answers name the missing hashes of their list', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 40 }), (asked) => {
        const list = listOf(hashColumn(asked.map(([hash]) => hash)));
        const answer = payloads.missingFrame(list, (index) => asked[index]?.[1] === true);
        const expected = asked.filter(([, isMissing]) => isMissing).map(([hash]) => hash);
        expect(hashesOf(payloads.missingIn(answer, list))).toEqual(expected);
      }),
    );
  });

  test('of answers to another list, and lists that do not fill them, are refused', () => {
    const answer = payloads.missingFrame(listOf(new Uint8Array(48)), () => true);
    const list = listOf(new Uint8Array(64));
    expect(() => payloads.missingIn(answer, list)).toThrow(InvalidInputError);
    const short = { ...answer, payload: new Uint8Array(0) };
    expect(() => payloads.missingIn(short, listOf(new Uint8Array(48)))).toThrow(InvalidInputError);
    expect(() => payloads.hashesIn(answer)).toThrow('hashes were expected');
    const odd = { ...list, payload: new Uint8Array(17) };
    expect(() => payloads.hashesIn(odd)).toThrow(InvalidInputError);
  });

  test('of long lists are cut into frames', () => {
    const counts = (length: number) =>
      Array.from(payloads.hashesFrames('nodes', new Uint8Array(16 * length)), (f) => f.itemCount);
    expect(counts(150_000)).toEqual([65_536, 65_536, 18_928]);
    expect(counts(0)).toEqual([0]);
  });
});

describe('conversations', () => {
  const head = 'abc' as CommitId;

  test('come back as they were said', () => {
    const branches = [{ name: 'a/b', commitId: head }];
    expect(conversation.branchesIn(conversation.branchesFrame(branches))).toEqual(branches);
    const begin = { head, haves: [head] };
    expect(conversation.fetchBeginIn(conversation.fetchBeginFrame(begin))).toEqual(begin);
  });

  test.each([
    '',
    '[]',
    '{"head":"../x","haves":[]}',
    '{"head":"abc","haves":["x"]}',
    '{"branches":[{"name":1}]}',
  ])('that are malformed are refused: %s', (source) => {
    const payload = Buffer.from(source);
    const frame: Frame = { kind: 'begin', objects: 'commits', itemCount: 1, payload };
    expect(() => conversation.fetchBeginIn(frame)).toThrow(InvalidInputError);
    expect(() => conversation.branchesIn(frame)).toThrow(InvalidInputError);
    expect(() => conversation.branchesIn({ ...frame, itemCount: 2 })).toThrow(InvalidInputError);
  });
});
