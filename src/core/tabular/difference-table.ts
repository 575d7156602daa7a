/**
 * The difference of two tables as a table of its own, for a file: the columns of the difference, then `_oxen_diff_status` with `added`,
 * `removed` or `modified`, as Oxen writes it.
 */
import type { TableFormat } from '../diff/file-kind.js';
import type { TableDiff } from './row-diff.js';

/** The column that says what happened to a row. */
const statusColumn = '_oxen_diff_status';

/** Types whose values are written to JSON as they are. */
const plainTypes = new Set([
  'bool',
  'i8',
  'i16',
  'i32',
  'i64',
  'u8',
  'u16',
  'u32',
  'u64',
  'f32',
  'f64',
]);

/** Returns the text of the difference. @param format how it is written */
export function writeDifferenceTable(
  { columns, rows }: TableDiff,
  format: Exclude<TableFormat, 'parquet'>,
): string {
  const lines = rows.map(({ kind, values }) => [...values, kind]);
  const names = [...columns.map(({ name }) => name), statusColumn];
  if (format === 'jsonl') {
    const types = [...columns.map(({ dtype }) => dtype), 'str'];
    return lines.map((line) => jsonLine(names, types, line)).join('');
  }
  const delimiter = format === 'tsv' ? '\t' : ',';
  return [names, ...lines].map((line) => delimitedLine(line, delimiter)).join('');
}

function delimitedLine(values: readonly (string | null)[], delimiter: string): string {
  const cells = values.map((value) => {
    if (value === null) return '';
    const needsQuotes = value.includes(delimiter) || /["\r\n]/.test(value) || value === '';
    return needsQuotes ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${cells.join(delimiter)}\n`;
}

function jsonLine(
  names: readonly string[],
  types: readonly string[],
  values: readonly (string | null)[],
): string {
  const members = values.map((value, index) => {
    const text = isPlain(value, types[index] ?? '') ? value : JSON.stringify(value);
    return `${JSON.stringify(names[index])}:${text}`;
  });
  return `{${members.join(',')}}\n`;
}

/** Says whether a value stands for itself in JSON; digits of long numbers are kept that way. */
function isPlain(value: string | null, type: string): boolean {
  return (
    plainTypes.has(type) &&
    /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(value ?? '')
  );
}
