import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../../../src/core/format/metadata/byte-source.js';
import {
  openCollector,
  readMetadata,
  readMetadataFrom,
} from '../../../../src/core/format/metadata/read-metadata.js';

/** Files of pyarrow 26 and polars 1.44 with what the original client stored for them. */
const folder = join(import.meta.dirname, '../../../fixtures/tables');
const names = readdirSync(folder).filter((name) => !name.endsWith('.json'));
const expected: Record<string, { height: number; fields: Record<string, string> }> = JSON.parse(
  readFileSync(join(folder, 'expected.json'), 'utf8'),
);

const files = names.map((name) => ({
  ...{ name, bytes: readFileSync(join(folder, name)) },
  kind: { dataType: 'tabular', extension: name.slice(name.lastIndexOf('.') + 1) } as const,
}));

function fileOf(name: string): (typeof files)[number] {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no file ${name}`);
  return file;
}

describe('parquet and arrow files', () => {
  test.each(files)('$name', ({ name, bytes, kind }) => {
    const { metadata, dataType } = readMetadata(kind, bytes);
    const fields = Object.entries(expected[name]?.fields ?? {});
    expect(dataType).toBe('tabular');
    expect(metadata).toMatchObject({
      ...{ kind: 'tabular', width: fields.length, height: expected[name]?.height },
      fields: fields.map(([field, dtype]) => ({ name: field, dtype })),
    });
  });

  test.each(files)('$name in places', ({ bytes, kind }) => {
    let readBytes = 0;
    const source: ByteSource = {
      sizeBytes: bytes.length,
      read(offset, length) {
        expect(offset).toBeGreaterThanOrEqual(0);
        const part = Uint8Array.from(bytes.subarray(offset, offset + length));
        readBytes += part.length;
        return part;
      },
    };
    expect(openCollector(kind)).toBeUndefined();
    expect(readMetadataFrom(kind, source)).toEqual(readMetadata(kind, bytes));
    expect(readBytes).toBeLessThanOrEqual(bytes.length);
  });

  test.each(files)('$name as a table of another kind', ({ bytes, kind }) => {
    for (const extension of ['parquet', 'arrow', 'json', 'jsonl']) {
      if (extension === kind.extension) continue;
      expect(readMetadata({ ...kind, extension }, bytes).dataType).toBe('binary');
    }
  });

  test.each(files)('$name cut off', ({ bytes, kind }) => {
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 61) {
      expect(readMetadata(kind, bytes.subarray(0, length))).toEqual({
        ...{ metadata: undefined, dataType: 'binary' },
      });
    }
  });

  test('damage never throws', () => {
    const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), {
      ...{ minLength: 1, maxLength: 6 },
    });
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, ({ bytes, kind }, edits) => {
        const damaged = Uint8Array.from(bytes);
        // The footer lies at the end, there damage matters.
        for (const { at, byte } of edits) damaged[bytes.length - 1 - (at % bytes.length)] = byte;
        const { metadata, dataType } = readMetadata(kind, damaged);
        expect(dataType).toBe(metadata === undefined ? 'binary' : 'tabular');
      }),
      { numRuns: 3000 },
    );
  });

  test('random footers never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (footer, isParquet) => {
        const bytes = isParquet ? parquetAround(footer) : arrowAround(footer);
        readMetadata({ dataType: 'tabular', extension: isParquet ? 'parquet' : 'arrow' }, bytes);
      }),
      { numRuns: 3000 },
    );
  });
});

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return length;
}

function parquetAround(footer: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('PAR1'), footer, lengthOf(footer), Buffer.from('PAR1')]);
}

function arrowAround(footer: Uint8Array): Buffer {
  const start = Buffer.from('ARROW1\0\0');
  return Buffer.concat([start, footer, lengthOf(footer), Buffer.from('ARROW1')]);
}

/** Returns a footer with the given schema elements (as bytes of the compact protocol) and three rows. */
function parquetOf(elements: readonly (readonly number[])[], rows = [0x16, 6]): Buffer {
  const list = [0x19, 0xfc, ...varint(elements.length), ...elements.flat()];
  return parquetAround(Uint8Array.from([0x15, 2].concat(list, rows, [0])));
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

const rootOf = (children: number): number[] => [0x48, 1, 0x72, 0x15, children * 2, 0];
const parquet = { dataType: 'tabular', extension: 'parquet' } as const;

describe('parquet schemas', () => {
  const leaf = [0x15, 4, 0x25, 2, 0x18, 1, 0x61, 0]; // int64, optional, "a"

  test.each<[string, number[][], string | undefined]>([
    ['one column', [rootOf(1), leaf], '1x3 a:i64'],
    ['no columns', [rootOf(0)], '0x3'],
    [
      'a leaf that counts its children',
      [rootOf(1), [...leaf.slice(0, -1), 0x15, 0, 0]],
      '1x3 a:i64',
    ],
    ['a repeated leaf', [rootOf(1), [0x15, 4, 0x25, 4, 0x18, 1, 0x61, 0]], '1x3 a:list[i64]'],
    ['a group', [rootOf(1), [0x35, 0, 0x18, 1, 0x67, 0x15, 4, 0], leaf, leaf], '1x3 g:struct[2]'],
    ['no repetition', [rootOf(1), [0x15, 4, 0x38, 1, 0x61, 0]], undefined],
    ['no type', [rootOf(1), [0x35, 2, 0x18, 1, 0x61, 0]], undefined],
    ['an unknown type', [rootOf(1), [0x15, 16, 0x25, 2, 0x18, 1, 0x61, 0]], undefined],
    ['a name that is no UTF-8', [rootOf(1), [0x15, 4, 0x25, 2, 0x18, 1, 0xff, 0]], undefined],
    ['the same name twice', [rootOf(2), leaf, leaf], undefined],
    ['too few elements', [rootOf(2), leaf], undefined],
    ['too many elements', [rootOf(1), leaf, leaf], undefined],
    ['nothing', [], undefined],
  ])('%s', (_, elements, table) => {
    const { metadata } = readMetadata(parquet, parquetOf(elements));
    const shown =
      metadata?.kind === 'tabular'
        ? `${metadata.width}x${metadata.height} ${metadata.fields.map(({ name, dtype }) => `${name}:${dtype}`).join(' ')}`.trim()
        : undefined;
    expect(shown).toBe(table);
  });

  test('no number of rows, or a negative one', () => {
    expect(readMetadata(parquet, parquetOf([rootOf(1), leaf], [])).metadata).toBeUndefined();
    expect(readMetadata(parquet, parquetOf([rootOf(1), leaf], [0x16, 5])).metadata).toBeUndefined();
  });

  test('deep nesting ends', () => {
    const group = [0x35, 0, 0x18, 1, 0x67, 0x15, 2, 0];
    const deep = [rootOf(1), ...Array.from({ length: 100_000 }, () => group), leaf];
    expect(readMetadata(parquet, parquetOf(deep)).metadata).toBeUndefined();
    const structs = Uint8Array.from({ length: 100_000 }, () => 0x1c);
    expect(readMetadata(parquet, parquetAround(structs)).metadata).toBeUndefined();
  });

  test('a list may not be longer than the footer', () => {
    const huge = Uint8Array.of(0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0);
    expect(readMetadata(parquet, parquetAround(huge)).metadata).toBeUndefined();
  });
});

describe('arrow files', () => {
  const { bytes, kind } = fileOf('batches.arrow');
  /** Where the footer describes the three batches: offset u64, length of the header u64, length of the body u64. */
  const blocks = [3152, 3176, 3200];

  test('rows are counted over all batches', () => {
    for (const block of blocks)
      expect(bytes.readUInt32LE(bytes.readUInt32LE(block))).toBe(0xffffffff);
    expect(readMetadata(kind, bytes).metadata).toMatchObject({ height: 5 });
  });

  test.each<[string, (damaged: Buffer, block: number) => void]>([
    ['beyond the end', (damaged, block) => damaged.writeUInt32LE(bytes.length, block)],
    ['longer than the file', (damaged, block) => damaged.writeUInt32LE(bytes.length, block + 16)],
    ['that is no batch', (damaged, block) => damaged.writeUInt32LE(0, block)],
    ['without a header', (damaged, block) => damaged.writeUInt32LE(0, block + 8)],
  ])('a batch %s', (_, damage) => {
    for (const block of blocks) {
      const damaged = Buffer.from(bytes);
      damage(damaged, block);
      expect(readMetadata(kind, damaged).metadata).toBeUndefined();
    }
  });

  test('batches that overlap', () => {
    const damaged = Buffer.from(bytes);
    for (const block of blocks) damaged.writeUInt32LE(Math.floor(bytes.length / 2), block + 16);
    expect(readMetadata(kind, damaged).metadata).toBeUndefined();
  });
});
