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
const keys = fc.string({ minLength: 1 }).filter((key) => key !== '__proto__');
const messages = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    arrays,
    fc.string(),
    fc.double(),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test('a gathered message says the same, and all its arrays share one buffer', () => {
  fc.assert(
    fc.property(messages, (message: unknown) => {
      const { value, transferList } = gather(message);
      expect(transferList.length).toBeLessThanOrEqual(1);
      const arrived = structuredClone(value, { transfer: transferList });
      expect(arrived).toEqual(message);
    }),
  );
});

test('the arrays of the sender stay as they are, and those of the message start at multiples of 8', () => {
  const sent = { odd: Uint8Array.of(1, 2, 3), part: new Uint8Array(64).subarray(5, 9) };
  const { value, transferList } = gather(sent);
  structuredClone(value, { transfer: transferList });
  expect(sent.odd).toEqual(Uint8Array.of(1, 2, 3));
  const again = gather(sent).value;
  for (const array of [again.odd, again.part]) expect(array.byteOffset % 8).toBe(0);
});

test('an array that fills a buffer which is given up is handed over as it is', () => {
  const given = Uint8Array.of(1, 2, 3);
  const { value, transferList } = gather({ given, kept: Uint8Array.of(4) }, [given.buffer]);
  expect(value.given).toBe(given);
  expect(transferList).toContain(given.buffer);
  expect(transferList).toHaveLength(2);
});
