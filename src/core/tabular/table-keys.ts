/** What tells the rows of several versions of a table apart: key columns whose values no two rows of a version share. */
import { withoutEnding } from '../diff/text-lines.js';
import { cellValue, splitCells } from './delimited.js';
import { cellsOf, type TableText } from './table-text.js';

/** The rows of several tables by key. A key has the same number in all of them, from 0 in order of first occurrence. */
export interface KeyedTables {
  readonly keys: readonly string[]; // the key columns
  readonly names: readonly string[]; // by number of the key: its cells, joined by `keySeparator`
  readonly tables: readonly KeyedRows[]; // in the order in which the tables were given
}

/** The rows of one table by the number of their key. */
export interface KeyedRows {
  readonly numbers: Int32Array; // by row: the number of its key
  /** Returns the row with this key, with its line ending; undefined when the table has none. */
  rowOf(number: number): string | undefined;
}

/** Stands between the cells of a key; no text has it. */
export const keySeparator = '\0';

const maxKeyColumns = 3;

/**
 * Tells rows apart by the fewest columns from the first on, at most three, that do so in every table; undefined when there
 * are none. A column with an empty or missing cell is no key.
 */
export function findKeys(tables: readonly TableText[]): KeyedTables | undefined {
  const columns = tables[0]?.columns ?? [];
  for (let count = 1; count <= Math.min(maxKeyColumns, columns.length); count++) {
    const keyed = indexByKeys(tables, columns.slice(0, count), false);
    if (keyed !== undefined) return keyed;
  }
  return undefined;
}

/**
 * Tells rows apart by the given columns; undefined when a table lacks one of them or two of its rows share a key.
 * @param allowsEmpty whether a key may hold an empty cell
 */
export function indexByKeys(
  tables: readonly TableText[],
  keys: readonly string[],
  allowsEmpty = true,
): KeyedTables | undefined {
  const numberOf = new Map<string, number>();
  const indexed: Int32Array[] = [];
  for (const table of tables) {
    if (!keys.every((key) => table.columns.includes(key))) return undefined;
    const numbers = numberRows(table, keyReader(table, keys, allowsEmpty), numberOf);
    if (numbers === undefined) return undefined;
    indexed.push(numbers);
  }
  return {
    keys,
    names: [...numberOf.keys()],
    tables: tables.map((table, index) => {
      const numbers = indexed[index] ?? new Int32Array(0);
      const rows = new Int32Array(numberOf.size).fill(-1);
      numbers.forEach((number, row) => {
        rows[number] = row;
      });
      return { numbers, rowOf: (number) => table.rows[rows[number] ?? -1] };
    }),
  };
}

type KeyReader = (row: string) => string | undefined;

/** Numbers the keys of a table's rows, new ones onwards; undefined when a key is missing or occurs twice. */
function numberRows(
  table: TableText,
  keyOf: KeyReader,
  numberOf: Map<string, number>,
): Int32Array | undefined {
  const numbers = new Int32Array(table.rows.length);
  const isTaken = new Uint8Array(numberOf.size + table.rows.length);
  for (const [index, row] of table.rows.entries()) {
    const key = keyOf(withoutEnding(row));
    if (key === undefined) return undefined;
    const number = numberOf.get(key) ?? numberOf.size;
    if (isTaken[number] === 1) return undefined;
    isTaken[number] = 1;
    numbers[index] = number;
    numberOf.set(key, number);
  }
  return numbers;
}

/** Returns how the key of a row is read: the values of csv cells, the texts of jsonl ones. */
function keyReader(table: TableText, keys: readonly string[], allowsEmpty: boolean): KeyReader {
  const { format, delimiter, columns } = table;
  if (format === 'jsonl') {
    return (row) => {
      const cells = cellsOf(table, row);
      const values = keys.flatMap((key) => cells.get(key) ?? []);
      const isWhole = values.length === keys.length && !values.includes('null');
      return isWhole ? values.join(keySeparator) : undefined;
    };
  }
  const places = keys.map((key) => columns.indexOf(key));
  const isFirst = places.length === 1 && places[0] === 0;
  return (row) => {
    const values =
      isFirst && !row.startsWith('"')
        ? [firstCell(row, delimiter)]
        : placesOf(splitCells(row, delimiter) ?? [], places);
    return !allowsEmpty && values.includes('') ? undefined : values.join(keySeparator);
  };
}

function firstCell(row: string, delimiter: string): string {
  const end = row.indexOf(delimiter);
  return end < 0 ? row : row.slice(0, end);
}

function placesOf(cells: readonly string[], places: readonly number[]): string[] {
  return places.map((place) => cellValue(cells[place] ?? ''));
}
