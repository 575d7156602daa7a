import { expect, test } from 'vitest';
import { diffKindOf, type FileFacts } from '../../../src/core/diff/file-kind.js';
import { diffImages } from '../../../src/core/diff/image-diff.js';

const text: FileFacts = { name: 'a.md', dataType: 'text' };
const table: FileFacts = { name: 't.csv', dataType: 'tabular' };
const parquet: FileFacts = { name: 't.parquet', dataType: 'tabular' };
const image: FileFacts = { name: 'i.png', dataType: 'image' };
const binary: FileFacts = { name: 'b.bin', dataType: 'binary' };

test.each([
  [text, text, 'text'],
  [undefined, text, 'text'],
  [table, table, 'table'],
  [table, undefined, 'table'],
  [parquet, parquet, 'table'],
  [table, text, 'text'],
  [parquet, text, 'binary'],
  [image, image, 'image'],
  [image, binary, 'binary'],
  [binary, undefined, 'binary'],
  [{ name: 'T.NDJSON', dataType: 'tabular' }, undefined, 'table'],
] as const)('compares %o with %o as %s', (left, right, kind) => {
  expect(diffKindOf(left, right)).toBe(kind);
});

test('says of images whether they were resized or converted', () => {
  const png = { sizeBytes: 10, mimeType: 'image/png', width: 4, height: 3 };
  const jpeg = { sizeBytes: 9, mimeType: 'image/jpeg', width: 4, height: 2 };
  expect(diffImages(png, jpeg)).toMatchObject({ isResized: true, isConverted: true });
  expect(diffImages(png, { ...png, sizeBytes: 8 })).toMatchObject({
    isResized: false,
    isConverted: false,
  });
  expect(diffImages(undefined, png)).toMatchObject({ left: undefined, isResized: false });
});
