import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Hash } from '../../../src/core/model/hash.js';
import { WantedVersions } from '../../../src/core/remote/wanted-versions.js';

const version = fc.record({
  hash: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((number) => number.toString(16) as Hash),
  sizeBytes: fc.nat(2 ** 31),
});

test('a list of wanted contents gives back what it was made of', () => {
  fc.assert(
    fc.property(fc.array(version), (versions) => {
      const wanted = WantedVersions.of(versions);
      expect([...wanted]).toEqual(versions);
      expect(wanted.count).toBe(versions.length);
      expect(wanted.sizeBytes).toBe(versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    }),
  );
});
