/**
 * Merges tables row by row: csv, tsv and jsonl whose rows can be told apart by key columns. Rows that one side added,
 * changed or deleted, and columns that one side added, moved or deleted, come together without regard to which lines stand
 * next to each other; only a cell that both sides changed is a conflict, or a row that one changed and the other deleted.
 * Rows that nobody changed keep their bytes. What does not fit is left to the merge by lines.
 */
import type { TableFormat } from '../diff/file-kind.js';
import { withoutEnding } from '../diff/text-lines.js';
import {
  findKeys,
  indexByKeys,
  type KeyedRows,
  type KeyedTables,
  keySeparator,
} from '../tabular/table-keys.js';
import { cellsOf, isSameCell, readTableText, type TableText } from '../tabular/table-text.js';
import {
  type ContentMerge,
  decodeContents,
  type MergeContents,
  type MergeLabels,
} from './contents.js';
import { mergeNumbers, mergeOrder } from './merge-order.js';
import { type CellConflict, mergeRow, type TableSides } from './row-merge.js';
import { TableOutput } from './table-output.js';

/** Most conflicts of one table that are described; all are counted. */
export const maxDescribedConflicts = 1000;

/** A row on which the sides disagree. */
export interface RowConflict {
  readonly key: readonly string[]; // values of the key columns
  readonly cells: readonly CellConflict[]; // none when one side deleted the row
}

/** What became of a merge by rows. */
export type TableMerge =
  | {
      readonly kind: 'merged';
      readonly content: ContentMerge; // clean, or with markers around rows
      readonly keys: readonly string[]; // the columns by which rows were told apart
      readonly conflicts: readonly RowConflict[]; // the first `maxDescribedConflicts`
    }
  | { readonly kind: 'unsuited'; readonly reason: string } // a sentence part: why rows cannot be told apart
  | (ContentMerge & { readonly kind: 'refused' });

/** How tables are merged. */
export interface TableMergeOptions {
  readonly keys?: readonly string[]; // columns that tell rows apart; found without it
}

/** Merges three versions of a table; without base both sides added it. */
export function mergeTable(
  contents: MergeContents,
  format: Exclude<TableFormat, 'parquet'>,
  labels: MergeLabels,
  options: TableMergeOptions = {},
): TableMerge {
  const texts = decodeContents(contents);
  if (texts.kind === 'refused') return texts;
  const base = texts.base === undefined ? undefined : readTableText(texts.base, format);
  const ours = readTableText(texts.ours, format);
  const theirs = readTableText(texts.theirs, format);
  const isBaseRead = texts.base === undefined || base !== undefined;
  if (ours === undefined || theirs === undefined || !isBaseRead) {
    return { kind: 'unsuited', reason: 'a version is not a regular table' };
  }
  const tables = base === undefined ? [ours, theirs] : [base, ours, theirs];
  if (tables.some(({ delimiter }) => delimiter !== ours.delimiter)) {
    return { kind: 'unsuited', reason: 'the versions have different delimiters' };
  }
  const keyed = options.keys ? indexByKeys(tables, options.keys) : findKeys(tables);
  if (keyed === undefined) return { kind: 'unsuited', reason: 'no columns tell the rows apart' };
  const columns = mergeColumns(base, ours, theirs);
  if (columns === undefined || !keyed.keys.every((key) => columns.includes(key))) {
    return { kind: 'unsuited', reason: 'the columns were changed in ways that do not fit' };
  }
  return mergeByKeys({ base, ours, theirs, columns }, keyed, labels);
}

/** Returns the columns of the merged table: those in both sides, and those that a side added. */
function mergeColumns(
  base: TableText | undefined,
  ours: TableText,
  theirs: TableText,
): readonly string[] | undefined {
  const known = base?.columns ?? [];
  const order = mergeOrder(known, ours.columns, theirs.columns);
  if (order === undefined && ours.format !== 'jsonl') return undefined;
  return (order ?? [...new Set([...ours.columns, ...theirs.columns])]).filter((column) => {
    const inBoth = ours.columns.includes(column) && theirs.columns.includes(column);
    return inBoth || !known.includes(column);
  });
}

function mergeByKeys(tables: TableSides, keyed: KeyedTables, labels: MergeLabels): TableMerge {
  const [theirs, ours, base] = [...keyed.tables].reverse();
  if (ours === undefined || theirs === undefined) throw new TypeError('two tables are needed');
  if (
    losesCells(tables, tables.ours, base, ours) ||
    losesCells(tables, tables.theirs, base, theirs)
  ) {
    return { kind: 'unsuited', reason: 'one side changed a column that the other removed' };
  }
  const baseCount = base?.numbers.length ?? 0;
  const order = mergeNumbers(baseCount, ours.numbers, theirs.numbers, keyed.names);
  if (order === undefined) {
    return { kind: 'unsuited', reason: 'both sides brought the rows into another order' };
  }
  const output = new TableOutput(tables, labels);
  const conflicts: RowConflict[] = [];
  for (const number of order) {
    const row = {
      base: base?.rowOf(number),
      ours: ours.rowOf(number),
      theirs: theirs.rowOf(number),
    };
    const merged = mergeRow(tables, row);
    output.add(merged, row);
    if (merged.kind === 'conflict' && conflicts.length < maxDescribedConflicts) {
      const key = (keyed.names[number] ?? '').split(keySeparator);
      conflicts.push({ key, cells: merged.cells });
    }
  }
  return { kind: 'merged', content: output.finish(), keys: keyed.keys, conflicts };
}

/** Says whether a side put values into a column that is not in the merged table because the other side removed it. */
function losesCells(
  tables: TableSides,
  table: TableText,
  baseRows: KeyedRows | undefined,
  rows: KeyedRows,
): boolean {
  const { base } = tables;
  if (base === undefined || table.format === 'jsonl') return false;
  const dropped = table.columns.filter((column) => !tables.columns.includes(column));
  if (dropped.length === 0) return false;
  return table.rows.some((row, index) => {
    const baseRow = baseRows?.rowOf(rows.numbers[index] ?? 0);
    const before = baseRow === undefined ? undefined : cellsOf(base, withoutEnding(baseRow));
    const after = cellsOf(table, withoutEnding(row));
    return dropped.some(
      (column) => !isSameCell(table.format, before?.get(column) ?? '', after.get(column)),
    );
  });
}
