/**
 * The difference of two tables as values: which columns came and went, which rows were added, removed or modified, and
 * those rows themselves, in a shape ready to be printed. Rows are paired by key columns; without keys by all columns that both
 * tables have, so that an edited row shows as one removed and one added.
 */
import { InvalidInputError } from '../model/errors.js';
import type { TabularField } from '../model/node.js';
import { matchRows, pairInOrder } from './row-match.js';
import type { Row, Table } from './table.js';

/** A column that is not the same on both sides. */
export interface ColumnChange {
  readonly kind: 'added' | 'removed' | 'retyped';
  readonly name: string;
  readonly leftDtype: string | undefined;
  readonly rightDtype: string | undefined;
}

/** A row that is not the same on both sides; its values stand under the columns of the difference. */
export interface RowChange {
  readonly kind: 'added' | 'removed' | 'modified';
  readonly values: Row;
}

/** How two versions of a table differ. */
export interface TableDiff {
  readonly kind: 'table';
  readonly keys: readonly string[]; // the columns by which rows were paired
  readonly columnChanges: readonly ColumnChange[];
  readonly modifiedCount: number; // rows, also those beyond the limit
  readonly addedCount: number;
  readonly removedCount: number;
  /** Of `rows`: the keys, then the compared columns, as `name.left` and `name.right`. */
  readonly columns: readonly TabularField[];
  readonly rows: readonly RowChange[]; // in the order of the right table, removed ones where they were
  readonly isTruncated: boolean;
}

/** What is compared. */
export interface TableDiffOptions {
  readonly keys?: readonly string[]; // columns that tell rows apart
  readonly compares?: readonly string[]; // columns to compare; all others without it
  readonly maxRows?: number; // of `rows`; no limit without it
}

/**
 * Compares two versions of a table; an absent one has no columns and no rows.
 * @throws InvalidInputError when a key or a compared column is not in both tables
 */
export function diffTables(
  left: Table | undefined,
  right: Table | undefined,
  options: TableDiffOptions = {},
): TableDiff {
  const layout = planLayout(left ?? withoutRows(right), right ?? withoutRows(left), options);
  const rows = collectRows(layout, options.maxRows ?? Number.POSITIVE_INFINITY);
  return {
    kind: 'table',
    keys: layout.pairs.filter(({ isKey }) => isKey).map(({ name }) => name),
    columnChanges: listColumnChanges(left?.columns ?? [], right?.columns ?? []),
    columns: layout.pairs.flatMap(columnsOf),
    ...rows,
  };
}

/** A column of the difference and its place in the tables, -1 where a table lacks it. */
interface ColumnPair {
  readonly name: string;
  readonly isKey: boolean;
  readonly left: number;
  readonly right: number;
  readonly leftDtype: string | undefined;
  readonly rightDtype: string | undefined;
}

interface Layout {
  readonly left: Table;
  readonly right: Table;
  readonly pairs: readonly ColumnPair[]; // keys first
  readonly hasSameColumns: boolean;
}

function withoutRows(table: Table | undefined): Table {
  const columns = table?.columns ?? [];
  return { columns, rowCount: 0, readRow: () => [], textOf: () => undefined };
}

function planLayout(left: Table, right: Table, options: TableDiffOptions): Layout {
  const names = new Set([...left.columns, ...right.columns].map(({ name }) => name));
  const pairs = [...names].map((name) => pairColumns(left, right, name));
  const common = pairs.filter((pair) => pair.left >= 0 && pair.right >= 0).map(({ name }) => name);
  requireColumns(common, options.keys ?? []);
  requireColumns([...names], options.compares ?? []);
  const compares = new Set(options.compares ?? names);
  const keys = options.keys ?? common.filter((name) => !options.compares?.includes(name));
  const keyPairs = keys.flatMap((name) => pairs.find((pair) => pair.name === name) ?? []);
  const others = pairs.filter(({ name }) => !keys.includes(name) && compares.has(name));
  return {
    left,
    right,
    pairs: [...keyPairs.map((pair) => ({ ...pair, isKey: true })), ...others],
    hasSameColumns: isSameList(left.columns, right.columns),
  };
}

function isSameList(left: readonly TabularField[], right: readonly TabularField[]): boolean {
  return left.length === right.length && left.every(({ name }, at) => name === right[at]?.name);
}

function pairColumns(left: Table, right: Table, name: string): ColumnPair {
  const [leftIndex, rightIndex] = [left, right].map((table) =>
    table.columns.findIndex((column) => column.name === name),
  );
  return {
    name,
    isKey: false,
    left: leftIndex ?? -1,
    right: rightIndex ?? -1,
    leftDtype: left.columns[leftIndex ?? -1]?.dtype,
    rightDtype: right.columns[rightIndex ?? -1]?.dtype,
  };
}

function requireColumns(known: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new InvalidInputError(`The tables have no common column '${missing}'.`, {
    hint: `Their common columns are: ${known.join(', ')}`,
  });
}

function columnsOf({ name, isKey, leftDtype, rightDtype }: ColumnPair): TabularField[] {
  if (isKey) return [{ name, dtype: rightDtype ?? leftDtype ?? 'str' }];
  return [
    ...(leftDtype === undefined ? [] : [{ name: `${name}.left`, dtype: leftDtype }]),
    ...(rightDtype === undefined ? [] : [{ name: `${name}.right`, dtype: rightDtype }]),
  ];
}

function listColumnChanges(
  left: readonly TabularField[],
  right: readonly TabularField[],
): ColumnChange[] {
  const names = new Set([...left, ...right].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const leftDtype = left.find((column) => column.name === name)?.dtype;
    const rightDtype = right.find((column) => column.name === name)?.dtype;
    if (leftDtype === rightDtype) return [];
    const change = rightDtype === undefined ? 'removed' : 'retyped';
    return { kind: leftDtype === undefined ? 'added' : change, name, leftDtype, rightDtype };
  });
}

function collectRows(layout: Layout, maxRows: number) {
  const changes = new ChangeList(layout, maxRows);
  const matches = matchLayout(layout);
  for (const [leftIndex, rightIndex] of pairInOrder(layout.left.rowCount, matches)) {
    if (leftIndex < 0) changes.add(rightIndex);
    else if (rightIndex < 0) changes.remove(leftIndex);
    else changes.compare(leftIndex, rightIndex);
  }
  return changes.result();
}

function matchLayout(layout: Layout): Int32Array {
  const { left, right, pairs } = layout;
  const keys = pairs.filter(({ isKey }) => isKey);
  if (keys.length === 0) return new Int32Array(right.rowCount).fill(-1);
  const keyOf = (row: Row, side: 'left' | 'right') =>
    keys.map((key) => comparable(row[key[side]] ?? null, key)).join('\0');
  return matchRows(
    { rowCount: left.rowCount, keyOf: (index) => keyOf(left.readRow(index), 'left') },
    { rowCount: right.rowCount, keyOf: (index) => keyOf(right.readRow(index), 'right') },
    (leftIndex, rightIndex) => hasSameText(layout, leftIndex, rightIndex),
  );
}

/** Collects changed rows up to a limit, and counts all of them. */
class ChangeList {
  readonly #layout: Layout;
  readonly #maxRows: number;
  readonly #rows: RowChange[] = [];
  readonly #counts = { modified: 0, added: 0, removed: 0 };

  constructor(layout: Layout, maxRows: number) {
    this.#layout = layout;
    this.#maxRows = maxRows;
  }

  add(index: number): void {
    this.#push('added', () => this.#values(undefined, this.#layout.right.readRow(index)));
  }

  remove(index: number): void {
    this.#push('removed', () => this.#values(this.#layout.left.readRow(index), undefined));
  }

  compare(leftIndex: number, rightIndex: number): void {
    const { left, right, pairs } = this.#layout;
    if (pairs.every(({ isKey }) => isKey) || hasSameText(this.#layout, leftIndex, rightIndex))
      return;
    const leftRow = left.readRow(leftIndex);
    const rightRow = right.readRow(rightIndex);
    if (pairs.every((pair) => isSameValue(leftRow, rightRow, pair))) return;
    this.#push('modified', () => this.#values(leftRow, rightRow));
  }

  result() {
    const { modified, added, removed } = this.#counts;
    return {
      rows: this.#rows,
      modifiedCount: modified,
      addedCount: added,
      removedCount: removed,
      isTruncated: modified + added + removed > this.#rows.length,
    };
  }

  #push(kind: RowChange['kind'], values: () => Row): void {
    this.#counts[kind]++;
    if (this.#rows.length < this.#maxRows) this.#rows.push({ kind, values: values() });
  }

  #values(left: Row | undefined, right: Row | undefined): Row {
    return this.#layout.pairs.flatMap((pair) => {
      const [leftValue, rightValue] = [left?.[pair.left] ?? null, right?.[pair.right] ?? null];
      if (pair.isKey) return [rightValue ?? leftValue];
      return [...(pair.left < 0 ? [] : [leftValue]), ...(pair.right < 0 ? [] : [rightValue])];
    });
  }
}

function hasSameText(
  { left, right, hasSameColumns }: Layout,
  leftIndex: number,
  rightIndex: number,
) {
  const text = hasSameColumns ? left.textOf(leftIndex) : undefined;
  return text !== undefined && text === right.textOf(rightIndex);
}

function isSameValue(leftRow: Row, rightRow: Row, pair: ColumnPair): boolean {
  const left = leftRow[pair.left] ?? null;
  const right = rightRow[pair.right] ?? null;
  return left === right || comparable(left, pair) === comparable(right, pair);
}

/** Numbers of a column of floats are the same when their values are; everything else when the texts are. */
function comparable(value: string | null, { leftDtype, rightDtype }: ColumnPair): string {
  if (value === null) return 'null';
  const hasFloats = isFloat(leftDtype) || isFloat(rightDtype);
  const number = hasFloats && value.trim() !== '' ? Number(value) : Number.NaN;
  return `=${Number.isNaN(number) ? value : number}`;
}

function isFloat(dtype: string | undefined): boolean {
  return dtype === 'f64' || dtype === 'f32';
}
