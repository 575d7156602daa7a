import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeRecordHeader,
  recordCodecs,
  recordHeaderLength,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import { type CommitId, type Hash, hashFromBytes } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import * as conversation from '../../../src/core/wire/fast/conversation.js';
import {
  encodeFrameHeader,
  encodePreamble,
  type Frame,
  maxPayloadBytes,
  rawFrame,
} from '../../../src/core/wire/fast/frame.js';
import {
  agree,
  fastHeader,
  formatOffer,
  ownOffer,
  parseOffer,
} from '../../../src/core/wire/fast/negotiation.js';
import * as payloads from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { collect, gather, inPieces, pieceSizes } from '../../helpers/streams.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const id = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => value.toString(16) as Hash);
const node = fc.record({ id, blobs: fc.record({ node: bytes, children: bytes }) });

const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.array(node, { maxLength: 4 }).map(payloads.nodesFrame),
  fc.array(id, { maxLength: 9 }).map((ids) => payloads.hashesFrame(columnOf(ids))),
  fc
    .integer({ min: 0, max: 40 })
    .map((count) => payloads.missingFrame(count, (at) => at % 3 === 0)),
  fc
    .record({ branch: fc.string({ maxLength: 9 }), commitId: id as fc.Arbitrary<CommitId> })
    .map(conversation.pushBeginFrame),
  fc
    .record({
      frameCount: fc.maxSafeNat(),
      itemCount: fc.maxSafeNat(),
      storedBytes: fc.maxSafeNat(),
    })
    .map(payloads.acknowledgementFrame),
);

function columnOf(ids: readonly Hash[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(ids.map((hash) => Buffer.from(hash.padStart(32, '0'), 'hex').reverse())),
  );
}

function recordOf(kind: number, body: Uint8Array, rawLength = body.length): Uint8Array {
  const record = new Uint8Array(recordHeaderLength + body.length);
  const hash = new Uint8Array(16).fill(kind);
  const fields = { kind, codec: 0, storedLength: body.length, rawLength, hash };
  encodeRecordHeader(fields, record, 0);
  record.set(body, recordHeaderLength);
  return record;
}

describe('the negotiation', () => {
  test('agrees with another of ours', () => {
    expect(fastHeader).toBe('oxen-fast');
    expect(formatOffer(ownOffer)).toBe('1; codecs=raw,deflate,brotli');
    expect(agree(ownOffer, parseOffer(formatOffer(ownOffer)))).toEqual(ownOffer);
  });

  test('finds the codecs that both can read, and understands newer peers', () => {
    const newer = parseOffer('7; codecs=raw,zstd; more=1');
    expect(agree(ownOffer, newer)).toEqual({ version: 1, codecs: [recordCodecs.raw] });
  });

  test.each([
    undefined,
    '',
    'x',
    '-1',
    '0',
    '1; codecs=zstd',
    `1${' '.repeat(300)}`,
  ])('falls back to the standard protocol for %j', (value) => {
    expect(agree(ownOffer, parseOffer(value))).toBeUndefined();
  });
});

describe('streams of frames', () => {
  test('come back in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 6 }), pieceSizes, async (frames, sizes) => {
        const stream = await gather(writeFrames(frames));
        const read = await collect(readFrames(inPieces(stream, sizes)));
        expect(read.map(plain)).toEqual(frames.map(plain));
      }),
      { numRuns: 80 },
    );
  });

  test('with any changed bit are refused', async () => {
    const frames = [
      payloads.nodesFrame([
        { id: 'abc' as Hash, blobs: { node: Uint8Array.of(1), children: Uint8Array.of(2) } },
      ]),
      payloads.hashesFrame(new Uint8Array(32).fill(3)),
      payloads.recordsFrame(recordOf(recordKinds.content, Uint8Array.of(1, 2, 3)), 1),
    ];
    const stream = await gather(writeFrames(frames));
    await fc.assert(
      fc.asyncProperty(fc.nat(stream.length - 1), fc.nat(7), async (at, bit) => {
        const changed = stream.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await expect(collect(readFrames([changed]))).rejects.toThrow(InvalidInputError);
      }),
      { numRuns: 400 },
    );
  });

  test('that are cut off anywhere, or go on, are refused', async () => {
    const stream = await gather(writeFrames([payloads.hashesFrame(new Uint8Array(32))]));
    for (let length = 0; length < stream.length; length++) {
      await expect(collect(readFrames([stream.subarray(0, length)]))).rejects.toThrow('cut off');
    }
    const longer = Buffer.concat([stream, Buffer.alloc(1)]);
    await expect(collect(readFrames([longer]))).rejects.toThrow('follows its end');
  });

  test('that lost a frame are refused', async () => {
    const frame = payloads.hashesFrame(new Uint8Array(16));
    const whole = await gather(writeFrames([frame, frame]));
    const frameLength = 24 + 16;
    const lost = Buffer.concat([
      whole.subarray(0, 8 + frameLength),
      whole.subarray(8 + 2 * frameLength),
    ]);
    await expect(collect(readFrames([lost]))).rejects.toThrow('as its end says');
  });

  test.each<[string, (header: Uint8Array) => void]>([
    ['an unknown kind', (header) => (header[0] = 9)],
    ['kind 0', (header) => (header[0] = 0)],
    ['an unknown codec', (header) => (header[1] = 7)],
    ['reserved bits', (header) => (header[2] = 1)],
    ['a length that is not that of the payload', (header) => (header[12] = 1)],
    ['an enormous length', (header) => header.fill(0xff, 8, 16)],
  ])('with %s are refused', async (_, change) => {
    const header = encodeFrameHeader(payloads.hashesFrame(new Uint8Array(16)));
    change(header);
    const stream = Buffer.concat([encodePreamble(), header, Buffer.alloc(16)]);
    await expect(collect(readFrames([stream]))).rejects.toThrow(InvalidInputError);
  });

  test('refuse payloads over the limit of their kind on both sides', async () => {
    const large = rawFrame('problem', new Uint8Array(maxPayloadBytes.problem + 1), 1);
    expect(() => encodeFrameHeader(large)).toThrow(InvalidInputError);
    const packed = { ...large, codec: 1, payload: Uint8Array.of(1) };
    expect(() => encodeFrameHeader(packed)).toThrow(InvalidInputError);
  });

  test('of the wrong kind or version, or over their limit, are refused', async () => {
    await expect(collect(readFrames([Buffer.from('{"hashes":[]}'.repeat(3))]))).rejects.toThrow(
      'no preamble',
    );
    const newer = encodePreamble();
    newer[4] = 2;
    await expect(collect(readFrames([newer]))).rejects.toThrow('version 2');
    const stream = await gather(writeFrames([payloads.hashesFrame(new Uint8Array(160))]));
    await expect(collect(readFrames([stream], { maxTotalBytes: 100 }))).rejects.toThrow('larger');
  });

  test('carry compressed payloads', async () => {
    const nodes = payloads.nodesFrame([
      { id: 'abc' as Hash, blobs: { node: new Uint8Array(900), children: new Uint8Array(90) } },
    ]);
    const payload = new Uint8Array(deflateRawSync(nodes.payload));
    const packed = { ...nodes, codec: recordCodecs.deflateRaw, payload };
    const [read] = await collect(readFrames(writeFrames([packed])));
    if (read === undefined) throw new Error('a frame was expected');
    const inflated = inflateRawSync(read.payload, { maxOutputLength: read.rawLength });
    expect([...payloads.nodesIn(inflated, read.itemCount)][0]?.blobs.node.length).toBe(900);
  });

  test('give payloads whose buffers can be transferred', async () => {
    const [read] = await collect(
      readFrames(
        inPieces(await gather(writeFrames([payloads.hashesFrame(new Uint8Array(48))])), [9]),
      ),
    );
    expect(read?.payload.byteOffset).toBe(0);
    expect(read?.payload.buffer.byteLength).toBe(48);
  });
});

function plain(frame: Frame) {
  return { ...frame, payload: Buffer.from(frame.payload).toString('hex') };
}

describe('payloads', () => {
  test('of nodes give the nodes', () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 6 }), (nodes) => {
        const frame = payloads.nodesFrame(nodes);
        expect([...payloads.nodesIn(frame.payload, frame.itemCount)]).toEqual(nodes);
      }),
    );
  });

  test('of nodes that are too short, too long, or lie are refused', () => {
    const { payload } = payloads.nodesFrame([
      { id: 'abc' as Hash, blobs: { node: new Uint8Array(5), children: new Uint8Array(7) } },
    ]);
    const lying = payload.slice();
    lying.fill(0xff, 16, 24);
    for (const [bad, count] of [
      [payload.subarray(0, 10), 1],
      [payload.subarray(0, -1), 1],
      [Buffer.concat([payload, Buffer.alloc(1)]), 1],
      [payload, 0],
      [payload, 2],
      [lying, 1],
    ] as const) {
      expect(() => [...payloads.nodesIn(bad, count)]).toThrow(InvalidInputError);
    }
  });

  test('of records tell where they lie', () => {
    const content = recordOf(recordKinds.content, Uint8Array.of(1, 2, 3));
    const manifest = recordOf(recordKinds.manifest, new Uint8Array(20), 5e9);
    const frame = payloads.recordsFrame(new Uint8Array(Buffer.concat([content, manifest])), 2);
    const records = [...payloads.recordsIn(frame.payload, frame.itemCount)];
    expect(
      records.map(({ header, start, bodyStart, end }) => [
        header.kind,
        header.rawLength,
        start,
        bodyStart,
        end,
      ]),
    ).toEqual([
      [1, 3, 0, 48, 51],
      [3, 5e9, 51, 99, 119],
    ]);
  });

  test('of records that are damaged, cut off, or hold nodes are refused', () => {
    const good = recordOf(recordKinds.chunk, new Uint8Array(10));
    const damaged = good.slice();
    damaged[20] = 1;
    for (const [bad, count] of [
      [good.subarray(0, 40), 1],
      [good.subarray(0, 50), 1],
      [Buffer.concat([good, Buffer.alloc(3)]), 1],
      [good, 2],
      [damaged, 1],
      [recordOf(recordKinds.node, new Uint8Array(4)), 1],
    ] as const) {
      expect(() => [...payloads.recordsIn(bad, count)]).toThrow(InvalidInputError);
    }
  });

  test('of answers name the missing hashes of their list', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 40 }), (asked) => {
        const column = columnOf(asked.map(([hash]) => hash));
        const frame = payloads.missingFrame(asked.length, (index) => asked[index]?.[1] === true);
        const missing = payloads.missingIn(frame, column);
        const found = Array.from({ length: missing.length / 16 }, (_, index) =>
          hashFromBytes(missing, index * 16),
        );
        expect(found).toEqual(asked.filter(([, isMissing]) => isMissing).map(([hash]) => hash));
      }),
    );
  });

  test('of answers to another list are refused', () => {
    const frame = payloads.missingFrame(3, () => true);
    expect(() => payloads.missingIn(frame, new Uint8Array(64))).toThrow(InvalidInputError);
    const short = { ...frame, payload: new Uint8Array(0), rawLength: 0 };
    expect(() => payloads.missingIn(short, new Uint8Array(48))).toThrow(InvalidInputError);
    expect(() => payloads.hashesIn(frame)).toThrow('hashes were expected');
    const odd = rawFrame('hashes', new Uint8Array(17), 1);
    expect(() => payloads.hashesIn(odd)).toThrow(InvalidInputError);
  });

  test('of long lists are cut into frames', () => {
    const frames = [...payloads.hashesFrames(new Uint8Array(16 * 2_500_000))];
    expect(frames.map(({ itemCount }) => itemCount)).toEqual([1_000_000, 1_000_000, 500_000]);
    expect([...payloads.hashesFrames(new Uint8Array(0))].length).toBe(1);
  });

  test('of acknowledgements come back, and cannot count beyond 2^53', () => {
    const acknowledgement = { frameCount: 3, itemCount: 5000, storedBytes: 2 ** 40 };
    const frame = payloads.acknowledgementFrame(acknowledgement);
    expect(payloads.acknowledgementIn(frame)).toEqual(acknowledgement);
    const huge = { ...frame, payload: new Uint8Array(24).fill(0xff) };
    expect(() => payloads.acknowledgementIn(huge)).toThrow(InvalidInputError);
  });
});

describe('conversations', () => {
  const head = 'abc' as CommitId;

  test('come back as they were said', () => {
    const begin = { branch: 'a/b', commitId: head };
    expect(conversation.pushBeginIn(conversation.pushBeginFrame(begin))).toEqual(begin);
    for (const branchHead of [head, undefined]) {
      const answer = { branchHead, maxRequestBytes: 1 << 24, parallelRequests: 4 };
      expect(conversation.pushAnswerIn(conversation.pushAnswerFrame(answer))).toEqual(answer);
    }
    const wish = {
      heads: [head],
      haves: [],
      isShallow: false,
      depth: -1,
      subtrees: ['a/b' as RepoPath],
    };
    expect(conversation.nodesBeginIn(conversation.nodesBeginFrame(wish))).toEqual(wish);
    expect(conversation.objectsBeginIn(conversation.objectsBeginFrame({ kind: 'chunks' }))).toEqual(
      { kind: 'chunks' },
    );
    const problem = { hash: head, code: 'integrity' as const, message: 'It is damaged.' };
    expect(conversation.problemIn(conversation.problemFrame(problem))).toEqual(problem);
  });

  test.each([
    '',
    '[]',
    '{"kind":"everything"}',
    '{"heads":["../x"],"haves":[],"shallow":false,"depth":-1,"subtrees":[]}',
    '{"heads":[],"haves":[],"shallow":false,"depth":-1,"subtrees":["../x"]}',
    '{"heads":[],"haves":[],"shallow":false,"depth":-1,"subtrees":[".oxen"]}',
    '{"heads":[],"haves":[],"shallow":false,"depth":-2,"subtrees":[]}',
  ])('that are malformed are refused: %s', (source) => {
    const frame = rawFrame('begin', Buffer.from(source), 1);
    expect(() => conversation.objectsBeginIn(frame)).toThrow(InvalidInputError);
    expect(() => conversation.nodesBeginIn(frame)).toThrow(InvalidInputError);
    expect(() => conversation.pushBeginIn(frame)).toThrow(InvalidInputError);
    expect(() => conversation.problemIn(frame)).toThrow(InvalidInputError);
  });
});
