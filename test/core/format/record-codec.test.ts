import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checksumBody,
  type RecordHeader,
  type RecordKind,
  recordCodecs,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import { compressContent, decodeBody } from '../../../src/core/format/record-codec.js';

const contentLimit = 4 * 1024 * 1024;

function headerOf(
  body: Uint8Array,
  codec: number,
  rawLength: number,
  kind: RecordKind = recordKinds.content,
): RecordHeader {
  const hash = new Uint8Array(16);
  return {
    kind,
    codec,
    storedLength: body.length,
    rawLength,
    hash,
    bodyChecksum: checksumBody(body),
  };
}

/** Bytes without a pattern; the same for the same seed. */
function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

describe('compressing a content', () => {
  test('gives it back byte by byte, when it does anything', () => {
    const words = fc.constantFrom('cat', 'dog', ',', '\n', '0.25', '"label"', 'ü');
    const text = fc.array(words, { minLength: 1, maxLength: 4000 }).map((list) => list.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ maxLength: 3000 })), (content) => {
        const raw = Buffer.from(content);
        const compressed = compressContent(raw);
        if (compressed === undefined) return;
        const header = headerOf(compressed.body, compressed.codec, raw.length);
        expect(raw.equals(decodeBody(header, compressed.body))).toBe(true);
        expect(compressed.body.length).toBeLessThanOrEqual(raw.length * 0.8);
      }),
      { numRuns: 60 },
    );
  });

  test.each([512, 4096, 100_000, 1_000_000])('leaves %i bytes of noise as they are', (length) => {
    expect(compressContent(noise(length))).toBeUndefined();
  });

  test('is not deceived by a header of text before noise', () => {
    const content = Buffer.concat([Buffer.alloc(2000, 'title '), noise(500_000)]);
    expect(compressContent(content)).toBeUndefined();
  });

  test('leaves what would save little as it is', () => {
    const content = noise(200_000).map((byte, index) => (index % 7 === 0 ? 0 : byte));
    expect(compressContent(content)).toBeUndefined();
  });

  test('takes a table', () => {
    const table = Array.from({ length: 5000 }, (_, row) => `${row},images/${row}.jpg,cat\n`).join(
      '',
    );
    expect(compressContent(Buffer.from(table))?.body.length).toBeLessThan(table.length / 3);
  });
});

describe('decoding a record', () => {
  const zeros = Buffer.alloc(contentLimit);

  test.each([
    ['brotli', recordCodecs.brotli, brotliCompressSync(zeros)],
    ['deflate', recordCodecs.deflateRaw, deflateRawSync(zeros)],
  ])('of %s ends where its header says that it ends', (_, codec, bomb) => {
    expect(() => decodeBody(headerOf(bomb, codec, 1000), bomb)).toThrow(/1000 bytes|larger/);
    expect(decodeBody(headerOf(bomb, codec, zeros.length), bomb).length).toBe(zeros.length);
  });

  test('refuses lengths that no record of its kind has, before it decodes anything', () => {
    const body = brotliCompressSync(Buffer.alloc(10));
    for (const rawLength of [contentLimit + 1, 2 ** 40, 2 ** 60]) {
      const promised = headerOf(body, recordCodecs.brotli, rawLength);
      expect(() => decodeBody(promised, body)).toThrow(`it promises ${rawLength} bytes`);
    }
  });

  test('refuses a compressed list of chunks', () => {
    const body = brotliCompressSync(Buffer.alloc(20));
    const header = headerOf(body, recordCodecs.brotli, 20, recordKinds.manifest);
    expect(() => decodeBody(header, body)).toThrow('it promises 20 bytes');
  });

  test('refuses codecs that it does not know', () => {
    expect(() => decodeBody(headerOf(zeros, 2, 10), zeros)).toThrow('codec 2 is not known');
  });
});
