/**
 * Merges one row of a table, cell by cell. Sides may have different columns: a cell that a side's table has no
 * column for is one that the side did not touch.
 */
import { withoutEnding } from '../diff/text-lines.js';
import { readJsonMembers, writeJsonMembers } from '../tabular/json-members.js';
import { cellsOf, isSameCell, type TableText } from '../tabular/table-text.js';
import { mergeOrder } from './merge-order.js';

/** The three tables, and the columns of the merged one. */
export interface TableSides {
  readonly base: TableText | undefined;
  readonly ours: TableText;
  readonly theirs: TableText;
  readonly columns: readonly string[]; // of csv and tsv
}

/** A row as the three tables have it, with its line ending. */
export interface RowSides {
  readonly base: string | undefined;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** A cell that both sides changed, each in its way; values as they stand in the text. */
export interface CellConflict {
  readonly column: string;
  readonly base: string | undefined;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** What becomes of a row: its text, nothing, or a conflict with the text that each side wants. */
export type RowMerge =
  | { readonly kind: 'row'; readonly text: string }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'conflict';
      readonly ours: string | undefined; // undefined: deleted
      readonly theirs: string | undefined;
      readonly cells: readonly CellConflict[]; // none when one side deleted the row
    };

/** Merges a row that at least one of the three tables has. */
export function mergeRow(tables: TableSides, lines: RowSides): RowMerge {
  const row = {
    base: lines.base && withoutEnding(lines.base),
    ours: lines.ours && withoutEnding(lines.ours),
    theirs: lines.theirs && withoutEnding(lines.theirs),
  };
  const { ours, theirs } = row;
  if (ours !== undefined && theirs !== undefined) {
    return mergeByText(tables, row) ?? mergeCells(tables, { ...row, ours, theirs });
  }
  const [table, present] = ours === undefined ? [tables.theirs, theirs] : [tables.ours, ours];
  if (present === undefined) return { kind: 'gone' };
  const text = layOut(tables, table, present);
  if (row.base === undefined || tables.base === undefined) return { kind: 'row', text };
  if (!isChanged(tables.base, row.base, table, present)) return { kind: 'gone' };
  return ours === undefined
    ? { kind: 'conflict', ours: undefined, theirs: text, cells: [] }
    : { kind: 'conflict', ours: text, theirs: undefined, cells: [] };
}

/**
 * Picks between two ways of writing the same thing: what a side changed wins over base, and of two changes the
 * shorter one, then the lower one, so that the sides can be exchanged.
 */
export function pickVariant<T extends string | undefined>(
  base: string | undefined,
  ours: T,
  theirs: T,
): T {
  if (ours === theirs || theirs === base) return ours;
  if (ours === base) return theirs;
  const [left, right] = [ours ?? '', theirs ?? ''];
  if (left.length !== right.length) return left.length < right.length ? ours : theirs;
  return left < right ? ours : theirs;
}

/** Where all tables have the columns of the merged one, a row that only one side changed is taken as it stands. */
function mergeByText(tables: TableSides, { base, ours, theirs }: RowSides): RowMerge | undefined {
  const sides = [tables.base ?? tables.ours, tables.ours, tables.theirs];
  if (ours === undefined || theirs === undefined) return undefined;
  if (!sides.every((table) => isLaidOut(tables, table))) return undefined;
  if (ours === theirs || theirs === base) return { kind: 'row', text: ours };
  return ours === base ? { kind: 'row', text: theirs } : undefined;
}

function mergeCells(
  tables: TableSides,
  row: RowSides & { ours: string; theirs: string },
): RowMerge {
  const isNew = tables.base === undefined || row.base === undefined;
  const base = isNew ? undefined : cellsOf(tables.base, row.base);
  const ours = cellsOf(tables.ours, row.ours);
  const theirs = cellsOf(tables.theirs, row.theirs);
  const ourCells = new Map<string, string>();
  const theirCells = new Map<string, string>();
  const cells: CellConflict[] = [];
  for (const column of columnsOf(tables, base, ours, theirs)) {
    const cell = {
      column,
      base: base?.get(column),
      ours: ours.get(column),
      theirs: theirs.get(column),
    };
    const merged = mergeCell(tables, cell);
    if (merged === 'conflict') cells.push(cell);
    const text = merged === 'conflict' ? undefined : merged.text;
    const [ourText, theirText] = merged === 'conflict' ? [cell.ours, cell.theirs] : [text, text];
    if (ourText !== undefined) ourCells.set(column, ourText);
    if (theirText !== undefined) theirCells.set(column, theirText);
  }
  const ourRow = writeRow(tables, ourCells, row);
  if (cells.length === 0) return { kind: 'row', text: ourRow };
  return { kind: 'conflict', ours: ourRow, theirs: writeRow(tables, theirCells, row), cells };
}

function mergeCell(tables: TableSides, { base, ours, theirs }: CellConflict) {
  const { format } = tables.ours;
  if (isSameCell(format, ours, theirs)) return { text: pickVariant(base, ours, theirs) };
  if (isSameCell(format, theirs, base)) return { text: ours };
  return isSameCell(format, ours, base) ? { text: theirs } : 'conflict';
}

type Cells = ReadonlyMap<string, string>;

function columnsOf(
  tables: TableSides,
  base: Cells | undefined,
  ours: Cells,
  theirs: Cells,
): readonly string[] {
  if (tables.ours.format !== 'jsonl') return tables.columns;
  const names = [[...(base?.keys() ?? [])], [...ours.keys()], [...theirs.keys()]] as const;
  return mergeOrder(...names) ?? [...new Set([...names[1], ...names[2]])];
}

/** Says whether a side changed a row in a column that base knows. */
function isChanged(baseTable: TableText, baseRow: string, table: TableText, row: string): boolean {
  const before = cellsOf(baseTable, baseRow);
  const after = cellsOf(table, row);
  const isDelimited = table.format !== 'jsonl';
  return baseTable.columns.some((column) => {
    if (isDelimited && !after.has(column)) return false;
    return !isSameCell(table.format, before.get(column), after.get(column));
  });
}

function isLaidOut({ columns }: TableSides, table: TableText): boolean {
  if (table.format === 'jsonl') return true;
  return (
    table.columns.length === columns.length &&
    table.columns.every((column, index) => column === columns[index])
  );
}

function layOut(tables: TableSides, table: TableText, row: string): string {
  if (isLaidOut(tables, table)) return row;
  return joinCells(tables, cellsOf(table, row));
}

function joinCells({ columns, ours }: TableSides, cells: Cells): string {
  return columns.map((column) => cells.get(column) ?? '').join(ours.delimiter);
}

function writeRow(
  tables: TableSides,
  cells: Cells,
  { ours, theirs }: { ours: string; theirs: string },
): string {
  if (tables.ours.format !== 'jsonl') return joinCells(tables, cells);
  const [left, right] = [readJsonMembers(ours), readJsonMembers(theirs)];
  if (left === undefined || right === undefined) return ours;
  for (const [row, { values }] of [
    [ours, left],
    [theirs, right],
  ] as const) {
    if (isSameSequence(values, cells)) return row;
  }
  const layoutText = ({ layout }: typeof left) => JSON.stringify(layout);
  const { layout } = layoutText(left) <= layoutText(right) ? left : right;
  const members = Array.from(cells, ([name, value]) => {
    const nameText = left.names.get(name) ?? right.names.get(name) ?? JSON.stringify(name);
    return [nameText, value] as const;
  });
  return writeJsonMembers(members, layout);
}

function isSameSequence(left: Cells, right: Cells): boolean {
  const others = [...right];
  const isSame = [...left].every(([name, value], index) => {
    const [otherName, otherValue] = others[index] ?? [];
    return name === otherName && value === otherValue;
  });
  return isSame && left.size === right.size;
}
