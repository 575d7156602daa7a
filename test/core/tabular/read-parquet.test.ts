import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { readTable, readTextTable } from '../../../src/core/tabular/read-table.js';
import { diffTables } from '../../../src/core/tabular/row-diff.js';
import type { Table } from '../../../src/core/tabular/table.js';

type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

async function parquet(columnData: Columns, options: object = {}): Promise<Table> {
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, ...options }));
  const reading = await readTable(bytes, 'parquet');
  if (reading.kind !== 'table') throw new Error(reading.kind);
  return reading.table;
}

const columns: Columns = [
  { name: 'id', data: [1n, 2n, 3n], type: 'INT64' },
  { name: 'score', data: [0.5, 1, 2.25], type: 'DOUBLE' },
  { name: 'label', data: ['cat', null, 'cow'], type: 'STRING', nullable: true },
  { name: 'seen', data: [true, false, true], type: 'BOOLEAN' },
];

describe('readTable of parquet', () => {
  test('gives the columns with their types and the values as text', async () => {
    const table = await parquet([
      ...columns,
      { name: 'at', data: [new Date(0), new Date(1), new Date(2)], type: 'TIMESTAMP' },
      { name: 'n', data: [1, 2, 3], type: 'INT32' },
    ]);
    expect(table.columns).toEqual([
      { name: 'id', dtype: 'i64' },
      { name: 'score', dtype: 'f64' },
      { name: 'label', dtype: 'str' },
      { name: 'seen', dtype: 'bool' },
      { name: 'at', dtype: expect.stringMatching(/^datetime\[/) },
      { name: 'n', dtype: 'i32' },
    ]);
    expect(table.rowCount).toBe(3);
    expect(table.readRow(1)).toEqual(['2', '1', null, 'false', '1970-01-01T00:00:00.001Z', '2']);
  });

  test('reads several row groups, and codecs beyond snappy', async () => {
    const ids = Array.from({ length: 2500 }, (_, index) => BigInt(index));
    const table = await parquet([{ name: 'id', data: ids, type: 'INT64' }], {
      rowGroupSize: 1000,
      codec: 'GZIP',
      compressors: { GZIP: (input: Uint8Array) => new Uint8Array(gzipSync(input)) },
    });
    expect(table.rowCount).toBe(2500);
    expect(table.readRow(2499)).toEqual(['2499']);
  });

  test('agrees with the same table as csv', async () => {
    const text = 'id,score,label,seen\n1,0.5,cat,true\n2,1.0,,false\n3,2.25,cow,true\n';
    const reading = readTextTable(Buffer.from(text), 'csv');
    if (reading.kind !== 'table') throw new Error(reading.kind);
    const diff = diffTables(await parquet(columns), reading.table, { keys: ['id'] });
    expect(diff).toMatchObject({ rows: [], columnChanges: [] });
  });

  test('finds what changed between two versions', async () => {
    const changed = columns.map((column) =>
      column.name === 'score' ? { ...column, data: [0.5, 7, 2.25] } : column,
    );
    const diff = diffTables(await parquet(columns), await parquet(changed), { keys: ['id'] });
    expect(diff).toMatchObject({ modifiedCount: 1, addedCount: 0, removedCount: 0 });
    expect(diff.rows[0]?.values.slice(0, 3)).toEqual(['2', '1', '7']);
  });

  test('takes damaged files and other formats for irregular', async () => {
    const whole = new Uint8Array(parquetWriteBuffer({ columnData: columns }));
    const reading = (bytes: Uint8Array) => readTable(bytes, 'parquet');
    expect(await reading(whole.subarray(0, whole.length - 20))).toEqual({ kind: 'irregular' });
    expect(await reading(Buffer.from('id\n1\n'))).toEqual({ kind: 'irregular' });
    expect(await reading(new Uint8Array(0))).toEqual({ kind: 'irregular' });
  });
});

describe('readTable of text', () => {
  test('takes ragged rows and what is not text for irregular', async () => {
    expect(await readTable(Buffer.from('a,b\n1\n'), 'csv')).toEqual({ kind: 'irregular' });
    expect(await readTable(Uint8Array.of(0xff), 'csv')).toEqual({ kind: 'irregular' });
  });

  test('names the types of columns as metadata does', async () => {
    const reading = await readTable(Buffer.from('i\tf\tb\ts\n1\t1.5\ttrue\tx\n'), 'tsv');
    expect(reading.kind === 'table' && reading.table.columns.map(({ dtype }) => dtype)).toEqual([
      'i64',
      'f64',
      'bool',
      'str',
    ]);
  });
});
