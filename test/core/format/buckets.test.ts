import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, entriesPerVNode, vnodeCount } from '../../../src/core/format/buckets.js';

function bigIntBucket(hash: Uint8Array, count: number): number {
  const value = BigInt(`0x${Buffer.from(hash).reverse().toString('hex')}`);
  return Number(value % BigInt(count));
}

test('takes the remainder of the whole 128-bit hash for every number of buckets', () => {
  const hashes = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.constantFrom(new Uint8Array(16), new Uint8Array(16).fill(255)),
  );
  const counts = fc.oneof(
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 2 ** 20 - 5, max: 2 ** 20 + 5 }),
    fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  );
  fc.assert(
    fc.property(hashes, counts, fc.nat(20), (hash, count, offset) => {
      const column = Buffer.concat([Buffer.alloc(offset, 7), hash, Buffer.alloc(3, 9)]);
      expect(bucketOf(column, offset, count)).toBe(bigIntBucket(hash, count));
    }),
    { numRuns: 2000 },
  );
});

test('gives an empty directory no vnode and a full vnode no neighbour', () => {
  expect(vnodeCount(0)).toBe(0);
  expect(vnodeCount(1)).toBe(1);
  expect(vnodeCount(entriesPerVNode)).toBe(1);
  expect(vnodeCount(entriesPerVNode + 1)).toBe(2);
});
