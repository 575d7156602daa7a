/** A table of text (csv, tsv, jsonl) as rows that keep their bytes; the cells of a row are read when asked for. */
import type { TableFormat } from '../diff/file-kind.js';
import { splitLines, withoutEnding } from '../diff/text-lines.js';
import { cellValue, countCells, findDelimiter, splitCells, splitRows } from './delimited.js';
import { readJsonMembers } from './json-members.js';

/** A table and how it is written. */
export interface TableText {
  readonly format: Exclude<TableFormat, 'parquet'>;
  readonly delimiter: string; // one character; empty for jsonl
  readonly byteOrderMark: string; // at the start of the text, or empty
  readonly header: string | undefined; // of csv and tsv, with its line ending
  readonly columns: readonly string[]; // names, each once; of jsonl in the order in which they appear
  readonly rows: readonly string[]; // below the header, with their line endings
}

/**
 * Returns a text as a table. Undefined when it is not one: rows of different width, misplaced quotes, lines that are no
 * JSON objects, names of columns that are repeated, no header.
 */
export function readTableText(text: string, format: TableText['format']): TableText | undefined {
  const byteOrderMark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const body = text.slice(byteOrderMark.length);
  return format === 'jsonl'
    ? readJsonLines(body, byteOrderMark)
    : readDelimited(body, byteOrderMark, format);
}

/**
 * Returns the texts of the cells of a row, given without its ending, by column and in order; a jsonl row has only those
 * it names.
 */
export function cellsOf(table: TableText, row: string): ReadonlyMap<string, string> {
  if (table.format === 'jsonl') return readJsonMembers(row)?.values ?? new Map();
  const cells = splitCells(row, table.delimiter) ?? [];
  return new Map(table.columns.map((column, index) => [column, cells[index] ?? '']));
}

/** Says whether two cell texts mean the same value: quotes around a csv cell make no difference. */
export function isSameCell(
  format: TableText['format'],
  left: string | undefined,
  right: string | undefined,
): boolean {
  if (left === right) return true;
  if (format === 'jsonl' || left === undefined || right === undefined) return false;
  return cellValue(left) === cellValue(right);
}

function readDelimited(
  body: string,
  byteOrderMark: string,
  format: 'csv' | 'tsv',
): TableText | undefined {
  const [header, ...rows] = splitRows(body) ?? [];
  if (header === undefined) return undefined;
  const names = withoutEnding(header);
  const delimiter = format === 'tsv' ? '\t' : findDelimiter(names);
  const columns = splitCells(names, delimiter)?.map(cellValue);
  if (columns === undefined || new Set(columns).size !== columns.length) return undefined;
  for (const row of rows) {
    if (countCells(withoutEnding(row), delimiter) !== columns.length) return undefined;
  }
  return { format, delimiter, byteOrderMark, header, columns, rows };
}

function readJsonLines(body: string, byteOrderMark: string): TableText | undefined {
  const rows = splitLines(body);
  const columns = new Set<string>();
  for (const row of rows) {
    const members = readJsonMembers(withoutEnding(row));
    if (members === undefined) return undefined;
    for (const name of members.values.keys()) columns.add(name);
  }
  return {
    format: 'jsonl',
    delimiter: '',
    byteOrderMark,
    header: undefined,
    columns: [...columns],
    rows,
  };
}
