import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf } from '../../../src/core/format/buckets.js';
import { hashToBytes } from '../../../src/core/model/hash.js';
import { joinPath, type RepoPath } from '../../../src/core/model/path.js';
import { BucketFinder, groupByBucket } from '../../../src/core/tree/bucket.js';
import { oracleHash } from '../../helpers/node-vectors.js';

test('finds the bucket of the full path, names of any length', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', 'a', 'ünï/b'),
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 })),
      fc.integer({ min: 1, max: 5000 }),
      (directory, names, count) => {
        const finder = new BucketFinder(directory as RepoPath, count);
        for (const name of names) {
          const path = Buffer.from(joinPath(directory as RepoPath, name));
          const bytes = Buffer.from(`x${name}y`);
          expect(finder.find(bytes, 1, bytes.length - 1)).toBe(
            bucketOf(hashToBytes(oracleHash(path)), 0, count),
          );
        }
      },
    ),
  );
});

test('groups entries by bucket and keeps their order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6)), (list) => {
      const { order, starts } = groupByBucket(Uint32Array.from(list), 7);
      const grouped = Array.from({ length: 7 }, (_, bucket) => [
        ...order.subarray(starts[bucket], starts[bucket + 1]),
      ]);
      const expected = grouped.map((_, bucket) =>
        list.flatMap((value, index) => (value === bucket ? [index] : [])),
      );
      expect(grouped).toEqual(expected);
    }),
  );
});
