import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MsgpackWriter } from '../../../src/core/format/msgpack.js';
import { MsgpackReader, maxDepth, textAt } from '../../../src/core/format/msgpack-reader.js';
import { IntegrityError, InvalidInputError } from '../../../src/core/model/errors.js';
import { hashFromBytes } from '../../../src/core/model/hash.js';
import { jsonValue } from '../../helpers/json-values.js';

function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter(16);
  write(writer);
  return writer.copy();
}

const wholeNumber = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(...[7, 8, 15, 16, 31, 32, 52].flatMap((bits) => [2 ** bits, -(2 ** bits)])),
);

test('writes integers as the oracle does and reads them back', () => {
  fc.assert(
    fc.property(wholeNumber, (value) => {
      const bytes = written((writer) => writer.integer(value));
      expect([...bytes]).toEqual([...encode(value)]);
      expect(new MsgpackReader(bytes).integer()).toBe(value);
    }),
  );
});

test('writes texts as the oracle does and reads them back', () => {
  const lengths = [31, 32, 255, 256, 65_535, 65_536].flatMap((length) =>
    ['a', 'é'].map((letter) => letter.repeat(length)),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...lengths)), (value) => {
      const bytes = written((writer) => writer.text(value));
      expect(Buffer.from(bytes).equals(encode(value))).toBe(true);
      expect(new MsgpackReader(bytes).text()).toBe(value);
    }),
  );
});

test('writes doubles without narrowing and reads them back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      const bytes = written((writer) => writer.double(value));
      expect(bytes.length).toBe(9);
      expect(decode(bytes)).toBe(value);
      expect(new MsgpackReader(bytes).double()).toBe(value);
    }),
  );
});

test('writes hashes as sixteen bytes, most significant first', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const payload = written((writer) => writer.hash(hashFromBytes(bytes)));
      expect([...payload]).toEqual([...encode(Uint8Array.from(bytes).reverse())]);
      expect(new MsgpackReader(payload).hash()).toBe(hashFromBytes(bytes));
    }),
  );
});

test('writes headers of arrays and maps of every size', () => {
  for (const count of [0, 15, 16, 65_535, 65_536]) {
    const array = written((writer) => writer.array(count));
    expect([...array]).toEqual([...encode(new Array(count).fill(0)).subarray(0, array.length)]);
    const map = written((writer) => writer.map(count));
    const pairs = Object.fromEntries(Array.from({ length: count }, (_, index) => [index, 0]));
    expect([...map]).toEqual([...encode(pairs).subarray(0, map.length)]);
  }
});

test('keeps counters that wrapped below zero', () => {
  const bytes = written((writer) => writer.counter(-5));
  expect(decode(bytes, { useBigInt64: true })).toBe(2n ** 64n - 5n);
  expect(new MsgpackReader(bytes).counter()).toBe(-5);
});

test('refuses numbers that a node cannot hold exactly', () => {
  for (const value of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => written((writer) => writer.integer(value))).toThrow(InvalidInputError);
  }
  expect(() => new MsgpackReader(encode(2n ** 60n, { useBigInt64: true })).integer()).toThrow(
    IntegrityError,
  );
});

test('steps over any value and ends where it ends', () => {
  fc.assert(
    fc.property(jsonValue, fc.uint8Array(), (value, rest) => {
      const bytes = encode(value);
      const reader = new MsgpackReader(Buffer.concat([bytes, rest]));
      reader.skip();
      expect(reader.position).toBe(bytes.length);
    }),
  );
});

test('refuses nesting beyond the limit without exhausting the stack', () => {
  const nested = (depth: number) => Uint8Array.from([...new Uint8Array(depth).fill(0x91), 0xc0]);
  new MsgpackReader(nested(maxDepth)).skip();
  expect(() => new MsgpackReader(nested(maxDepth + 1)).skip()).toThrow(IntegrityError);
  expect(() => new MsgpackReader(nested(1_000_000)).skip()).toThrow(IntegrityError);
});

test('refuses lengths beyond the data before using them', () => {
  const claims = [
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xdb, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0xc9, 0xff, 0xff, 0xff, 0xff],
  ];
  for (const claim of claims) {
    expect(() => new MsgpackReader(Uint8Array.from(claim)).skip()).toThrow(IntegrityError);
  }
});

test('refuses texts that are not UTF-8, and keeps a real replacement character', () => {
  const broken = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]];
  for (const bytes of broken) {
    expect(() => textAt(Uint8Array.from(bytes), 0, bytes.length)).toThrow(IntegrityError);
  }
  const replacement = Buffer.from('\ufeffa\ufffdb');
  expect(textAt(replacement, 0, replacement.length)).toBe('\ufeffa\ufffdb');
});

const readers: readonly ((reader: MsgpackReader) => unknown)[] = [
  (reader) => reader.nil(),
  (reader) => reader.array(),
  (reader) => reader.map(),
  (reader) => reader.integer(),
  (reader) => reader.unsigned(),
  (reader) => reader.counter(),
  (reader) => reader.double(),
  (reader) => reader.text(),
  (reader) => reader.hash(),
  (reader) => reader.skip(),
];

test('fails only with an integrity error on arbitrary bytes, and never reads past the end', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.nat(readers.length - 1)), (bytes, calls) => {
      const reader = new MsgpackReader(Buffer.concat([bytes, Buffer.alloc(8)]), 0, bytes.length);
      try {
        for (const call of calls) readers[call]?.(reader);
      } catch (error) {
        expect(error).toBeInstanceOf(IntegrityError);
      }
      expect(reader.position).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});
