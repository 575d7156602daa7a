import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Chunker,
  type ChunkingParameters,
  chunkingThresholdBytes,
  defaultChunking,
} from '../../../src/core/format/chunking.js';
import { getKernel, hashBytes, prepareHashing } from '../../../src/core/format/hashing.js';
import { cutterWords, findCut, gearTable } from '../../../src/core/format/kernel/gear-cutter.js';

const small: ChunkingParameters = { smallestBytes: 64, averageBytes: 256, largestBytes: 1024 };
const middle: ChunkingParameters = {
  smallestBytes: 2048,
  averageBytes: 16_384,
  largestBytes: 65_536,
};

function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function cut(bytes: Uint8Array, parameters = defaultChunking): number[] {
  const chunker = new Chunker(parameters);
  const lengths = chunker.feed(bytes);
  const last = chunker.finish();
  return last > 0 ? [...lengths, last] : lengths;
}

/** The cutter in plain TypeScript, fed with the whole file at once. */
function cutPlainly(bytes: Uint8Array, parameters: ChunkingParameters): number[] {
  const state = new Uint32Array(cutterWords);
  const bits = Math.log2(parameters.averageBytes);
  state.set(Object.values(parameters));
  state.set([2 ** (30 - bits), 2 ** (34 - bits)], 3);
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length; start += lengths.at(-1) ?? 0) {
    lengths.push(findCut(bytes, start, bytes.length, state) || bytes.length - start);
  }
  return lengths;
}

/** The definition: a chunk ends at the first admissible length whose last 32 bytes give a low fingerprint. */
function cutByDefinition(bytes: Uint8Array, parameters: ChunkingParameters): number[] {
  const gears = gearTable();
  const { smallestBytes, averageBytes, largestBytes } = parameters;
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length; start += lengths.at(-1) ?? 0) {
    const longest = Math.min(largestBytes, bytes.length - start);
    let length = Math.min(smallestBytes, longest);
    for (; length < longest; length++) {
      const end = start + length;
      let sum = 0n;
      for (let age = 0; age < 32; age++) {
        sum += BigInt(gears[bytes[end - 1 - age] ?? 0] ?? 0) << BigInt(age);
      }
      const chance = length < averageBytes ? 4 * averageBytes : averageBytes / 4;
      if (BigInt.asUintN(32, sum) < 2 ** 32 / chance) break;
    }
    lengths.push(length);
  }
  return lengths;
}

const data = noise(6_000_000, 42);
const text = Buffer.from(
  Array.from({ length: 60_000 }, (_, row) => `${row},name-${row % 977},${row * 31}\n`).join(''),
);

function hashesOf(bytes: Uint8Array): Set<string> {
  const hashes = new Set<string>();
  let at = 0;
  for (const length of cut(bytes, middle)) {
    hashes.add(hashBytes(bytes.subarray(at, at + length)));
    at += length;
  }
  return hashes;
}

describe.each(['simd', 'portable'] as const)('with the %s engine', (engine) => {
  beforeAll(() => prepareHashing({ engine }));
  afterAll(() => prepareHashing());

  describe('chunk boundaries', () => {
    test('are those of the plain form of the algorithm', () => {
      for (const parameters of [small, middle, defaultChunking]) {
        for (const bytes of [data, text, Buffer.alloc(300_000), data.subarray(0, 100)]) {
          expect(cut(bytes, parameters)).toEqual(cutPlainly(bytes, parameters));
        }
      }
    });

    test('are those of the definition', () => {
      for (const bytes of [data.subarray(0, 20_000), text.subarray(0, 20_000)]) {
        expect(cut(bytes, small)).toEqual(cutByDefinition(bytes, small));
      }
    });

    test('do not depend on the blocks in which a file is fed', () => {
      const whole = { small: cut(data.subarray(0, 200_000), small), middle: cut(data, middle) };
      const sizes = fc.array(
        fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 300_000 })),
        { minLength: 1, maxLength: 8 },
      );
      fc.assert(
        fc.property(sizes, (blocks) => {
          for (const [parameters, bytes, expected] of [
            [small, data.subarray(0, 200_000), whole.small],
            [middle, data, whole.middle],
          ] as const) {
            const chunker = new Chunker(parameters);
            const lengths: number[] = [];
            for (let at = 0, turn = 0; at < bytes.length; turn++) {
              const size = Math.max(blocks[turn % blocks.length] ?? 1, bytes.length >> 12);
              lengths.push(...chunker.feed(bytes.subarray(at, at + size)));
              at += size;
            }
            lengths.push(chunker.finish());
            expect(lengths.filter((length) => length > 0)).toEqual(expected);
          }
        }),
        { numRuns: 40 },
      );
    });

    test('are found one by one in kernel memory', () => {
      const { memory, arenaStart } = getKernel();
      data.copy(memory, arenaStart, 0, 4_000_000);
      const chunker = new Chunker();
      const lengths: number[] = [];
      let chunkStart = 0;
      for (let at = 0; at < 4_000_000; ) {
        const block = Math.min(256 * 1024, 4_000_000 - at);
        const used = chunker.findCutAt(arenaStart + at, block);
        at += used === 0 ? block : used;
        expect(chunker.pendingBytes).toBe(used === 0 ? at - chunkStart : 0);
        if (used === 0) continue;
        lengths.push(at - chunkStart);
        chunkStart = at;
      }
      expect([...lengths, chunker.finish()]).toEqual(cut(data.subarray(0, 4_000_000)));
    });

    test('of several files cut at once do not disturb one another', () => {
      const chunkers = [new Chunker(middle), new Chunker(small), new Chunker(middle)];
      const lengths: number[][] = chunkers.map(() => []);
      for (let at = 0; at < 500_000; at += 5000) {
        chunkers.forEach((chunker, index) => {
          const from = at + index * 1_000_000;
          lengths[index]?.push(...chunker.feed(data.subarray(from, from + 5000)));
        });
      }
      chunkers.forEach((chunker, index) => {
        const from = index * 1_000_000;
        expect([...(lengths[index] ?? []), chunker.finish()]).toEqual(
          cut(data.subarray(from, from + 500_000), index === 1 ? small : middle),
        );
      });
    });
  });

  describe('chunks', () => {
    test('add up to the file, and keep to the bounds but for the last', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 400_000 }), fc.integer(), (length, seed) => {
          const lengths = cut(noise(length, seed), small);
          expect(lengths.reduce((sum, chunk) => sum + chunk, 0)).toBe(length);
          for (const chunk of lengths.slice(0, -1)) {
            expect(chunk).toBeGreaterThanOrEqual(small.smallestBytes);
            expect(chunk).toBeLessThanOrEqual(small.largestBytes);
          }
        }),
        { numRuns: 30 },
      );
    });

    test('of constant bytes have the largest length', () => {
      const lengths = cut(Buffer.alloc(3_500_000));
      expect(lengths).toEqual([1_048_576, 1_048_576, 1_048_576, 354_272]);
    });

    test('are about as long as the average says', () => {
      const lengths = cut(data, middle);
      const mean = data.length / lengths.length;
      expect(mean).toBeGreaterThan(middle.averageBytes * 0.8);
      expect(mean).toBeLessThan(middle.averageBytes * 1.6);
    });

    test('are shared by an edited copy but for those around the edit', () => {
      const edits = fc.record({
        at: fc.integer({ min: 0, max: data.length }),
        insert: fc.integer({ min: 0, max: 3000 }),
        remove: fc.integer({ min: 0, max: 3000 }),
      });
      const original = hashesOf(data);
      fc.assert(
        fc.property(edits, ({ at, insert, remove }) => {
          const edited = Buffer.concat([
            data.subarray(0, at),
            noise(insert, 7),
            data.subarray(at + remove),
          ]);
          const fresh = [...hashesOf(edited)].filter((hash) => !original.has(hash));
          // Each further chunk finds the old boundaries again with a fixed chance; 6 was met once in some thousand runs.
          expect(fresh.length).toBeLessThanOrEqual(16);
          expect(original.size).toBeGreaterThan(250);
        }),
        { numRuns: 15 },
      );
    });

    test('start anew after a finished file', () => {
      const chunker = new Chunker(middle);
      chunker.feed(data.subarray(0, 123_457));
      chunker.finish();
      const lengths = chunker.feed(data);
      expect([...lengths, chunker.finish()]).toEqual(cut(data, middle));
    });
  });

  test('the format of chunks is fixed: thresholds and the boundaries of known bytes', () => {
    expect(chunkingThresholdBytes).toBe(4 * 1024 * 1024);
    expect(cut(data.subarray(0, 1_500_000))).toEqual([
      278_197, 268_454, 341_724, 303_625, 262_849, 45_151,
    ]);
  });
});
