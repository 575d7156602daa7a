/** Reads tables from bytes: csv, tsv, jsonl and parquet. The types of columns are those that metadata name. */
import type { TableFormat } from '../diff/file-kind.js';
import { decodeText, withoutEnding } from '../diff/text-lines.js';
import { CsvCollector } from '../format/metadata/csv-metadata.js';
import { JsonLinesCollector } from '../format/metadata/json-metadata.js';
import type { TabularField } from '../model/node.js';
import { cellValue, splitCells } from './delimited.js';
import type { Row, Table } from './table.js';
import { cellsOf, readTableText, type TableText } from './table-text.js';

/** Largest table that is read into memory. */
export const maxTableBytes = 64 << 20;

/** A table, or why there is none. */
export type TableReading =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'too large' }
  | { readonly kind: 'irregular' }; // rows of different width, not the format that the name says, damaged

/** Reads a table. A parquet file is read with a library that is loaded only then. */
export async function readTable(bytes: Uint8Array, format: TableFormat): Promise<TableReading> {
  if (bytes.length > maxTableBytes) return { kind: 'too large' };
  if (format !== 'parquet') return readTextTable(bytes, format);
  const { readParquet } = await import('./read-parquet.js');
  return readParquet(bytes);
}

/** Reads a table of text. */
export function readTextTable(bytes: Uint8Array, format: TableText['format']): TableReading {
  if (bytes.length > maxTableBytes) return { kind: 'too large' };
  const text = decodeText(bytes);
  const source = text === undefined ? undefined : readTableText(text, format);
  if (source === undefined) return { kind: 'irregular' };
  const dtypes = new Map(inferFields(bytes, format).map(({ name, dtype }) => [name, dtype]));
  const columns = source.columns.map((name) => ({ name, dtype: dtypes.get(name) ?? 'str' }));
  return { kind: 'table', table: tableOf(source, columns) };
}

function tableOf(source: TableText, columns: readonly TabularField[]): Table {
  const read = source.format === 'jsonl' ? readJsonRow : readDelimitedRow;
  return {
    columns,
    rowCount: source.rows.length,
    readRow: (index) => read(source, withoutEnding(source.rows[index] ?? '')),
    textOf: (index) => withoutEnding(source.rows[index] ?? ''),
  };
}

function readDelimitedRow({ delimiter, columns }: TableText, row: string): Row {
  const cells = splitCells(row, delimiter) ?? [];
  return columns.map((_, index) => cellValue(cells[index] ?? '') || null);
}

function readJsonRow(table: TableText, row: string): Row {
  const cells = cellsOf(table, row);
  return table.columns.map((column) => jsonValue(cells.get(column)));
}

function jsonValue(cell: string | undefined): string | null {
  if (cell === undefined || cell === 'null') return null;
  return cell.startsWith('"') ? (JSON.parse(cell) as string) : cell;
}

const countNothing = () => ({ newlineCount: 0, characterCount: 0 });

function inferFields(bytes: Uint8Array, format: TableText['format']): readonly TabularField[] {
  const metadata =
    format === 'jsonl'
      ? inferJsonLines(bytes)
      : new CsvCollector(format === 'tsv', countNothing).readWhole(bytes);
  return metadata?.kind === 'tabular' ? metadata.fields : [];
}

function inferJsonLines(bytes: Uint8Array) {
  const collector = new JsonLinesCollector(countNothing);
  collector.update(bytes);
  return collector.finish();
}
