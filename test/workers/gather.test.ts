import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gather } from '../../src/workers/gather.js';

const bytes = fc.uint8Array({ maxLength: 40 });
const arrays = fc.oneof(
  bytes,
  bytes.map((values) => Uint16Array.from(values)),
  bytes.map((values) => Uint32Array.from(values)),
  fc.float64Array({ maxLength: 10 }),
);
const messages = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    arrays,
    fc.string(),
    fc.double(),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test('a gathered message says the same, and all its arrays share one buffer', () => {
  fc.assert(
    fc.property(messages, (message) => {
      const { value, transferList } = gather(message, { giveUp: false });
      expect(transferList.length).toBeLessThanOrEqual(1);
      const arrived = structuredClone(value, { transfer: transferList });
      expect(arrived).toEqual(message);
    }),
  );
});

test('large arrays that fill their buffer are handed over when the sender gives them up', () => {
  const large = new Uint8Array(1 << 17).fill(7);
  const { value, transferList } = gather({ large, small: Uint8Array.of(1) }, { giveUp: true });
  expect(value.large).toBe(large);
  expect(transferList).toContain(large.buffer);
  expect(transferList).toHaveLength(2);
});

test('arrays that the sender keeps, and parts of larger buffers, are copied', () => {
  const large = new Uint8Array(1 << 18).fill(7);
  const kept = gather({ large }, { giveUp: false });
  expect(kept.transferList).not.toContain(large.buffer);
  const part = large.subarray(1, 1 + (1 << 17));
  const given = gather({ part }, { giveUp: true });
  expect(given.transferList).not.toContain(large.buffer);
  expect(given.value.part).toEqual(part);
});
