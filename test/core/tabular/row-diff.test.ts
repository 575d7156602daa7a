import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTextTable } from '../../../src/core/tabular/read-table.js';
import { diffTables, type TableDiff } from '../../../src/core/tabular/row-diff.js';
import { matchRows, pairInOrder } from '../../../src/core/tabular/row-match.js';
import type { Table } from '../../../src/core/tabular/table.js';

function csv(text: string, format: 'csv' | 'tsv' | 'jsonl' = 'csv'): Table {
  const reading = readTextTable(Buffer.from(text), format);
  if (reading.kind !== 'table') throw new Error(reading.kind);
  return reading.table;
}

function counts({ modifiedCount, addedCount, removedCount }: TableDiff) {
  return [modifiedCount, addedCount, removedCount];
}

function lines({ columns, rows }: TableDiff): string[] {
  const shown = rows.map(({ kind, values }) => [...values.map((value) => value ?? 'null'), kind]);
  return [columns.map(({ name, dtype }) => `${name} ${dtype}`), ...shown].map((row) =>
    row.join(' | '),
  );
}

describe('diffTables, on the examples of the original', () => {
  test('pairs rows by all common columns without keys', () => {
    const diff = diffTables(
      csv('id,label\n1,cat\n2,dog\n'),
      csv('id,label\n1,cat\n2,wolf\n3,cow\n'),
    );
    expect(counts(diff)).toEqual([0, 2, 1]);
    expect(lines(diff)).toEqual([
      'id i64 | label str',
      '2 | dog | removed',
      '2 | wolf | added',
      '3 | cow | added',
    ]);
  });

  test('shows both values of compared columns with keys', () => {
    const [left, right] = [csv('id,label\n1,a\n2,b\n'), csv('id,label\n1,a\n2,c\n3,d\n')];
    const diff = diffTables(left, right, { keys: ['id'] });
    expect(counts(diff)).toEqual([1, 1, 0]);
    expect(lines(diff)).toEqual([
      'id i64 | label.left str | label.right str',
      '2 | b | c | modified',
      '3 | null | d | added',
    ]);
    expect(diffTables(left, right, { keys: ['id'], compares: ['label'] })).toEqual(diff);
  });

  test('shows a column that only one side has', () => {
    const left = csv('id,label\n1,cat\n2,wolf\n3,cow\n');
    const diff = diffTables(left, csv('id,label,extra\n1,cat,x\n2,wolf,y\n'));
    expect(diff.columnChanges).toEqual([
      { kind: 'added', name: 'extra', leftDtype: undefined, rightDtype: 'str' },
    ]);
    expect(counts(diff)).toEqual([2, 0, 1]);
    expect(lines(diff)).toEqual([
      'id i64 | label str | extra.right str',
      '1 | cat | x | modified',
      '2 | wolf | y | modified',
      '3 | cow | null | removed',
    ]);
  });
});

describe('diffTables', () => {
  const left = csv('id,a,b\n1,x,0.5\n2,y,1.0\n');

  test('compares only the wanted columns', () => {
    const right = csv('id,a,b\n1,z,0.5\n2,y,7.0\n');
    expect(lines(diffTables(left, right, { keys: ['id'], compares: ['a'] }))).toEqual([
      'id i64 | a.left str | a.right str',
      '1 | x | z | modified',
    ]);
    expect(counts(diffTables(left, right, { compares: ['b'] }))).toEqual([1, 1, 1]);
  });

  test('takes numbers of a float column for the same when their values are', () => {
    expect(counts(diffTables(left, csv('id,a,b\n1,x,.50\n2,y,1e0\n'), { keys: ['id'] }))).toEqual([
      0, 0, 0,
    ]);
    const [texts, others] = [csv('id,t\na,1.0x\n'), csv('id,t\na,1.00x\n')];
    expect(counts(diffTables(texts, others, { keys: ['id'] }))).toEqual([1, 0, 0]);
  });

  test('finds nothing when only the order of rows or columns, or quotes, differ', () => {
    const other = csv('b,id,a\n1.0,2,"y"\n0.5,1,x\n');
    expect(diffTables(left, other)).toMatchObject({ rows: [], columnChanges: [] });
    expect(diffTables(left, other, { keys: ['id'] }).rows).toEqual([]);
  });

  test('reports columns that went or changed their type', () => {
    expect(diffTables(left, csv('id,b\n1,x\n2,y\n')).columnChanges).toEqual([
      { kind: 'removed', name: 'a', leftDtype: 'str', rightDtype: undefined },
      { kind: 'retyped', name: 'b', leftDtype: 'f64', rightDtype: 'str' },
    ]);
  });

  test('takes an absent version for a table that has nothing', () => {
    const added = diffTables(undefined, left);
    expect(counts(added)).toEqual([0, 2, 0]);
    expect(added.columnChanges.map(({ kind }) => kind)).toEqual(['added', 'added', 'added']);
    expect(lines(added)[1]).toBe('1 | x | 0.5 | added');
    expect(counts(diffTables(left, undefined, { keys: ['id'] }))).toEqual([0, 0, 2]);
    expect(counts(diffTables(undefined, undefined))).toEqual([0, 0, 0]);
  });

  test('counts on where it stops to list', () => {
    const diff = diffTables(undefined, csv('id\n1\n2\n3\n'), { maxRows: 2 });
    expect(diff).toMatchObject({ addedCount: 3, isTruncated: true });
    expect(diff.rows).toHaveLength(2);
  });

  test('refuses columns that the tables do not have', () => {
    expect(() => diffTables(left, left, { keys: ['none'] })).toThrow("no common column 'none'");
    expect(() => diffTables(left, left, { compares: ['none'] })).toThrow("'none'");
  });

  test('compares jsonl with csv by their values', () => {
    const json = csv('{"id":1,"a":"x","b":0.5}\n{"id":2,"a":"y","b":1.0}\n', 'jsonl');
    expect(diffTables(left, json, { keys: ['id'] })).toMatchObject({ rows: [], columnChanges: [] });
  });

  test('pairs rows of tables with nothing in common to nothing', () => {
    expect(counts(diffTables(csv('a\n1\n'), csv('b\n1\n')))).toEqual([0, 1, 1]);
  });
});

const row = fc.record({
  key: fc.constantFrom('1', '2', '3', '4'),
  value: fc.constantFrom('a', 'b'),
});
const rows = fc.array(row, { maxLength: 8 });
type ModelRow = { key: string; value: string };

function write(table: readonly ModelRow[]): Table {
  return csv(`k,v\n${table.map(({ key, value }) => `${key},${value}\n`).join('')}`);
}

function countBy(table: readonly ModelRow[], name: (row: ModelRow) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of table) found.set(name(item), (found.get(name(item)) ?? 0) + 1);
  return found;
}

/** Rows of `table` that are more than in `other`, counted by name. */
function surplus(
  table: readonly ModelRow[],
  other: readonly ModelRow[],
  name: (r: ModelRow) => string,
) {
  const others = countBy(other, name);
  let count = 0;
  for (const [at, own] of countBy(table, name)) count += Math.max(own - (others.get(at) ?? 0), 0);
  return count;
}

describe('diffTables against a model', () => {
  test('counts added and removed rows as multisets, with keys and without', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const whole = ({ key, value }: ModelRow) => `${key},${value}`;
        expect(counts(diffTables(write(left), write(right)))).toEqual([
          0,
          surplus(right, left, whole),
          surplus(left, right, whole),
        ]);
        const byKey = ({ key }: ModelRow) => key;
        const [, added, removed] = counts(diffTables(write(left), write(right), { keys: ['k'] }));
        expect([added, removed]).toEqual([
          surplus(right, left, byKey),
          surplus(left, right, byKey),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('lists the rows that turn one table into the other', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const whole = ({ key, value }: ModelRow) => `${key},${value}`;
        const diff = diffTables(write(left), write(right));
        const result = countBy(left, whole);
        for (const { kind, values } of diff.rows) {
          const name = values.join(',');
          result.set(name, (result.get(name) ?? 0) + (kind === 'added' ? 1 : -1));
        }
        const present = [...result].filter(([, count]) => count !== 0);
        expect(new Map(present)).toEqual(countBy(right, whole));
      }),
      { numRuns: 500 },
    );
  });

  test('yields every row once, right rows in order', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const side = (table: readonly ModelRow[]) => ({
          rowCount: table.length,
          keyOf: (index: number) => table[index]?.key ?? '',
        });
        const same = (a: number, b: number) =>
          left[a]?.key === right[b]?.key && left[a]?.value === right[b]?.value;
        const pairs = [...pairInOrder(left.length, matchRows(side(left), side(right), same))];
        const at = (place: 0 | 1) => pairs.map((pair) => pair[place]).filter((index) => index >= 0);
        expect(at(1)).toEqual(right.map((_, index) => index));
        expect(at(0).sort((a, b) => a - b)).toEqual(left.map((_, index) => index));
        for (const [a, b] of pairs) if (a >= 0 && b >= 0) expect(left[a]?.key).toBe(right[b]?.key);
      }),
    );
  });
});
