import { createRequire } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  getKernel,
  HashBuilder,
  hash64Into,
  hashBytes,
  hashInto,
  hashText,
  hashTextInto,
  prepareHashing,
  StreamingHash,
} from '../../../src/core/format/hashing.js';
import { type Hash, hashFromBytes, hashToBytes } from '../../../src/core/model/hash.js';

const { xxh3 } = createRequire(import.meta.url)(
  '@node-rs/xxhash',
) as typeof import('@node-rs/xxhash');

const noise = Buffer.alloc(3_000_000);
for (let index = 0, state = 1; index < noise.length; index++) {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  noise[index] = state >>> 24;
}

function oracle(bytes: Uint8Array): Hash {
  return xxh3.xxh128(bytes).toString(16) as Hash;
}

function oneShotAt(length: number): Hash {
  const kernel = getKernel();
  kernel.memory.set(noise.subarray(0, length), kernel.arenaStart);
  kernel.hashAt(kernel.arenaStart, length, kernel.digestStart);
  return hashFromBytes(kernel.memory, kernel.digestStart);
}

describe.each(['simd', 'portable'] as const)('with the %s engine', (engine) => {
  beforeAll(() => prepareHashing({ engine }));
  afterAll(() => prepareHashing());

  test('the engine is in use', () => {
    expect(getKernel().engine).toBe(engine);
  });

  describe('one-shot hashes', () => {
    test('equal @node-rs/xxhash for every length from 0 to 2100', () => {
      for (let length = 0; length <= 2100; length++) {
        expect(oneShotAt(length), `${length} bytes`).toBe(oracle(noise.subarray(0, length)));
      }
    });

    test('equal @node-rs/xxhash for larger inputs, in the arena, in the scratch area and in pieces', () => {
      const length = fc.oneof(
        fc.integer({ min: 2101, max: 20_000 }),
        fc.integer({ min: 260_000, max: 265_000 }),
        fc.integer({ min: 20_000, max: 3_000_000 }),
      );
      fc.assert(
        fc.property(length, (bytes) => {
          const input = noise.subarray(noise.length - bytes);
          expect(hashBytes(input)).toBe(oracle(input));
          if (bytes <= getKernel().arenaBytes) {
            expect(oneShotAt(bytes)).toBe(oracle(noise.subarray(0, bytes)));
          }
        }),
        { numRuns: 60 },
      );
    });

    test('are written little-endian at the offset, with nothing around them touched', () => {
      const out = new Uint8Array(24).fill(0xee);
      hashInto(noise.subarray(0, 100), out, 4);
      expect(out.subarray(4, 20)).toEqual(hashToBytes(oracle(noise.subarray(0, 100))));
      expect([...out.subarray(0, 4), ...out.subarray(20)]).toEqual(Array(8).fill(0xee));
    });

    test('of a large input that lies in kernel memory need no copy', () => {
      const kernel = getKernel();
      const bytes = kernel.memory.subarray(kernel.arenaStart, kernel.arenaStart + 1_000_000);
      noise.copy(bytes);
      expect(hashBytes(bytes)).toBe(oracle(noise.subarray(0, 1_000_000)));
    });

    test('give their low half as a checksum', () => {
      const input = noise.subarray(0, 777);
      const out = Buffer.alloc(8);
      hash64Into(input, out, 0);
      expect(out.readBigUInt64LE()).toBe(BigInt.asUintN(64, xxh3.xxh128(input)));
    });

    test('of text are those of its UTF-8 bytes', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
          const out = new Uint8Array(16);
          hashTextInto(text, out, 0);
          expect(hashText(text)).toBe(oracle(Buffer.from(text)));
          expect(hashFromBytes(out)).toBe(oracle(Buffer.from(text)));
        }),
      );
      const long = 'é'.repeat(200_000);
      expect(hashText(long)).toBe(oracle(Buffer.from(long)));
    });
  });

  describe('StreamingHash', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 70 }),
        fc.integer({ min: 0, max: 1100 }),
        fc.integer({ min: 0, max: 300_000 }),
      ),
      { maxLength: 12 },
    );

    test('gives the one-shot hash however the input is split, and at every point on the way', () => {
      fc.assert(
        fc.property(pieces, (lengths) => {
          const stream = new StreamingHash();
          let end = 0;
          for (const length of lengths) {
            stream.update(noise.subarray(end, end + length));
            end += length;
            expect(stream.digest()).toBe(oracle(noise.subarray(0, end)));
          }
        }),
        { numRuns: 200 },
      );
    });

    test('agrees for every length up to 600 and every place of a single split', () => {
      for (let length = 0; length <= 600; length += 7) {
        const expected = oracle(noise.subarray(0, length));
        for (let split = 0; split <= length; split++) {
          const stream = new StreamingHash();
          stream.update(noise.subarray(0, split)).update(noise.subarray(split, length));
          if (stream.digest() !== expected) expect.fail(`${length} bytes split at ${split}`);
        }
      }
    });

    test('keeps interleaved streams and one-shot hashes apart', () => {
      const streams = Array.from({ length: 50 }, () => ({ hash: new StreamingHash(), end: 0 }));
      for (let round = 0; round < 40; round++) {
        streams.forEach((stream, index) => {
          const end = stream.end + ((index * 977 + round * 331) % 3000);
          stream.hash.update(noise.subarray(stream.end, end));
          stream.end = end;
        });
        hashBytes(noise.subarray(0, 100_000 + round));
      }
      for (const { hash, end } of streams) {
        expect(hash.digest()).toBe(oracle(noise.subarray(0, end)));
      }
    });

    test('reads pieces that lie in kernel memory in place', () => {
      const kernel = getKernel();
      noise.copy(kernel.memory, kernel.arenaStart, 0, 500_000);
      const stream = new StreamingHash();
      stream.updateAt(kernel.arenaStart, 300_001);
      stream.update(
        kernel.memory.subarray(kernel.arenaStart + 300_001, kernel.arenaStart + 500_000),
      );
      const out = new Uint8Array(20);
      stream.digestInto(out, 4);
      expect(hashFromBytes(out, 4)).toBe(oracle(noise.subarray(0, 500_000)));
    });

    test('goes on from a saved state', () => {
      fc.assert(
        fc.property(pieces, (lengths) => {
          let stream = new StreamingHash();
          let end = 0;
          for (const length of lengths) {
            stream.update(noise.subarray(end, end + length));
            end += length;
            const saved = stream.save();
            stream.update(noise.subarray(0, 10));
            stream = new StreamingHash(saved);
          }
          expect(stream.digest()).toBe(oracle(noise.subarray(0, end)));
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('HashBuilder', () => {
    test('hashes the concatenation of its parts and starts over after a reset', () => {
      const builder = new HashBuilder();
      const hash = '5aae1d2' as Hash;
      const column = Buffer.concat([Buffer.alloc(16), hashToBytes(hash)]);
      const number = 2 ** 40 + 77;
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(number));
      for (const [text, count] of [
        ['plain.txt', 3],
        ['größe/漢字.png', 5000],
        ['x'.repeat(100), 2],
      ] as const) {
        builder.reset().text('vnode');
        const parts: Uint8Array[] = [Buffer.from('vnode')];
        for (let index = 0; index < count; index++) {
          builder.byte(1).text(text).byte(0).hash(hash).hashAt(column, 16).u64(number).bytes(size);
          const le16 = hashToBytes(hash);
          parts.push(Buffer.from(`\x01${text}\0`), le16, le16, size, size);
        }
        const expected = Buffer.concat(parts);
        const out = new Uint8Array(16);
        builder.digestInto(out, 0);
        expect(builder.length).toBe(expected.length);
        expect(builder.digest()).toBe(oracle(expected));
        expect(hashFromBytes(out)).toBe(oracle(expected));
      }
    });
  });
});
