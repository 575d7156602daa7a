import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userMetadataHashInto } from '../../../src/core/format/user-metadata.js';
import { hashFromBytes, zeroHash } from '../../../src/core/model/hash.js';
import { jsonValue } from '../../helpers/json-values.js';
import { oracleHash } from '../../helpers/node-vectors.js';

function hashOf(metadata: Uint8Array, shift = 0): string {
  const out = new Uint8Array(20).fill(1);
  const bytes = Buffer.concat([Buffer.alloc(shift, 0x91), metadata, Buffer.alloc(shift)]);
  const isSet = userMetadataHashInto(bytes, shift, bytes.length, out, 2);
  expect(isSet).toBe(hashFromBytes(out, 2) !== zeroHash);
  return hashFromBytes(out, 2);
}

const value = fc.option(
  jsonValue.filter((json) => json !== null),
  { freq: 2 },
);
const column = fc.tuple(fc.string(), fc.constantFrom('i64', 'str'), value, value);

function table(
  size: number,
  columns: readonly (readonly unknown[])[],
  schema: unknown,
): Uint8Array {
  return encode([[columns.length, size, ['cafe', columns, schema]]]);
}

test('covers the metadata of columns and schema, and nothing else of a table', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(column), value, fc.nat(9), (size, columns, schema, shift) => {
      const parts = columns
        .filter((fields) => fields[2] !== null)
        .map((fields) => Buffer.concat([Buffer.from(`\x01${fields[0]}\0`), encode(fields[2])]));
      if (schema !== null) parts.push(Buffer.concat([Uint8Array.of(0), encode(schema)]));
      const expected = parts.length === 0 ? zeroHash : oracleHash(Buffer.concat(parts));
      expect(hashOf(table(size, columns, schema), shift)).toBe(expected);
    }),
  );
});

test.each([
  ['no metadata', null],
  ['text', [[2, 6]]],
  ['an image', [[640, 480, null]]],
  ['a video', [[1.5, 640, 480]]],
  ['an array in place of a schema', [[1, 2, [1, 2, 3]]]],
])('finds nothing that a user set in %s', (_, metadata) => {
  expect(hashOf(encode(metadata))).toBe(zeroHash);
});

test('takes damaged metadata for metadata without a user part', () => {
  fc.assert(
    fc.property(fc.array(column), value, fc.nat(), (columns, schema, cut) => {
      const bytes = table(5, columns, schema);
      hashOf(bytes.subarray(0, cut % bytes.length));
    }),
  );
});
