import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutEnding } from '../../../src/core/diff/text-lines.js';
import {
  cellValue,
  countCells,
  findDelimiter,
  splitCells,
  splitRows,
} from '../../../src/core/tabular/delimited.js';
import { readJsonMembers, writeJsonMembers } from '../../../src/core/tabular/json-members.js';
import { findKeys, indexByKeys } from '../../../src/core/tabular/table-keys.js';
import { cellsOf, readTableText, type TableText } from '../../../src/core/tabular/table-text.js';

const cell = fc.oneof(
  fc.constantFrom('', 'a', '"', ',', '\n', '\r\n', 'x y', 'é', '""', 'a,b'),
  fc.string({ maxLength: 6 }).filter((text) => !/[\r\0\ufeff]/.test(text)),
);
const written = fc.record({ value: cell, isQuoted: fc.boolean() }).map(({ value, isQuoted }) => {
  const needsQuotes = /[",\r\n]/.test(value);
  return isQuoted || needsQuotes ? `"${value.replaceAll('"', '""')}"` : value;
});
const csv = fc
  .record({
    width: fc.integer({ min: 2, max: 4 }),
    cells: fc.array(written, { minLength: 4, maxLength: 24 }),
    ending: fc.constantFrom('\n', '\r\n'),
    isTerminated: fc.boolean(),
  })
  .map(({ width, cells, ending, isTerminated }) => {
    const rows: string[] = [];
    for (let at = 0; at + width <= cells.length; at += width) {
      rows.push(cells.slice(at, at + width).join(','));
    }
    return rows.join(ending) + (isTerminated ? ending : '');
  });

describe('rows and cells', () => {
  test('are those of csv-parse, and joined again they are the text', () => {
    fc.assert(
      fc.property(csv, (text) => {
        const rows = splitRows(text);
        const cells = rows?.map((row) => splitCells(withoutEnding(row), ','));
        expect(rows?.join('')).toBe(text);
        expect(rows?.map((row) => countCells(withoutEnding(row), ','))).toEqual(
          cells?.map((row) => row?.length),
        );
        expect(cells?.map((row) => row?.join(','))).toEqual(rows?.map(withoutEnding));
        const expected = parse(text, {
          record_delimiter: ['\r\n', '\n'],
          relax_column_count: true,
        });
        expect(cells?.map((row) => row?.map(cellValue))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['a"b,c', '"a"b,c', '"open', 'a,"b" ', '"a""b'])('refuse the quotes of %s', (text) => {
    const row = splitRows(text)?.[0];
    expect(row === undefined || countCells(row, ',') === -1).toBe(true);
  });

  test.each([
    ['a,b', ','],
    ['a;b', ';'],
    ['"a,b";c', ';'],
    ['a\tb', '\t'],
    ['a', ','],
  ])('are split in %j at %j', (header, delimiter) => {
    expect(findDelimiter(header)).toBe(delimiter);
  });
});

describe('JSON members', () => {
  test('hold the text of every value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 1),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent);
          const members = readJsonMembers(text);
          const parsed = JSON.parse(text) as Record<string, unknown>;
          expect([...(members?.values.keys() ?? [])].sort()).toEqual(Object.keys(parsed).sort());
          for (const [name, value] of members?.values ?? []) {
            expect(JSON.parse(value)).toEqual(parsed[name]);
          }
        },
      ),
    );
  });

  test('are written back with the spaces and digits they had', () => {
    const text = '{ "id" : 12345678901234567890, "b": [1, {"c": "}"}],  "d":1.0 }';
    const members = readJsonMembers(text);
    expect([...(members?.values ?? [])]).toEqual([
      ['id', '12345678901234567890'],
      ['b', '[1, {"c": "}"}]'],
      ['d', '1.0'],
    ]);
    if (members === undefined) throw new Error('not read');
    const pairs = [...members.values].map(
      ([name, value]) => [members.names.get(name) ?? '', value] as const,
    );
    expect(writeJsonMembers(pairs, members.layout)).toBe(
      '{ "id" : 12345678901234567890, "b" : [1, {"c": "}"}], "d" : 1.0 }',
    );
  });

  test.each(['', '[1]', '1', '{"a":1,"a":2}', '{"a":1', '{"a":1}{'])('refuse %j', (text) => {
    expect(readJsonMembers(text)).toBeUndefined();
  });
});

describe('readTableText', () => {
  const read = (text: string, format: TableText['format'] = 'csv') => readTableText(text, format);

  test('keeps a byte order mark apart from the first column', () => {
    expect(read('\ufeffid;name\n1;a\n')).toMatchObject({
      byteOrderMark: '\ufeff',
      delimiter: ';',
      columns: ['id', 'name'],
    });
  });

  test('takes the columns of jsonl from all rows', () => {
    const table = read('{"id":1,"a":2}\n{"id":2,"b":3}\n', 'jsonl');
    expect(table?.columns).toEqual(['id', 'a', 'b']);
    expect(table && [...cellsOf(table, withoutEnding(table.rows[1] ?? ''))]).toEqual([
      ['id', '2'],
      ['b', '3'],
    ]);
  });

  test.each([
    ['', 'csv'],
    ['a,b\n1\n', 'csv'],
    ['a,a\n1,2\n', 'csv'],
    ['a,b\n1,"2\n', 'csv'],
    ['{"a":1}\n\n{"a":2}\n', 'jsonl'],
  ] as const)('refuses %j as %s', (text, format) => {
    expect(read(text, format)).toBeUndefined();
  });
});

describe('key columns', () => {
  const tables = (...texts: string[]) => texts.flatMap((text) => readTableText(text, 'csv') ?? []);

  const keysOf = (...texts: string[]) => findKeys(tables(...texts))?.keys;

  test('are the fewest from the left that tell rows apart in every table', () => {
    expect(keysOf('id,v\n1,a\n2,a\n', 'id,v\n1,b\n')).toEqual(['id']);
    expect(keysOf('d,f,v\nx,1,a\nx,2,a\n', 'd,f,v\nx,1,a\n')).toEqual(['d', 'f']);
    expect(keysOf('a\n1\n1\n')).toBeUndefined();
    expect(keysOf('a,b\n,1\n2,1\n')).toBeUndefined();
  });

  test('are equal when their values are, with quotes or without', () => {
    const [table] = tables('id,v\n"1",a\n1,b\n');
    expect(table && indexByKeys([table], ['id'])).toBeUndefined();
  });

  test('number the rows of all versions alike', () => {
    const keyed = indexByKeys(tables('id,v\n1,a\n2,b\n', 'id,v\n3,c\n2,d\n'), ['id']);
    expect(keyed?.names).toEqual(['1', '2', '3']);
    expect(keyed?.tables.map(({ numbers }) => [...numbers])).toEqual([
      [0, 1],
      [2, 1],
    ]);
    expect(keyed?.tables.map((table) => table.rowOf(1))).toEqual(['2,b\n', '2,d\n']);
    expect(keyed?.tables[0]?.rowOf(2)).toBeUndefined();
  });
});
