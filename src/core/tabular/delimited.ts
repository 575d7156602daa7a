/**
 * Rows and cells of csv and tsv as they stand in the text (RFC 4180, any one-character delimiter), so that what nobody
 * changed can be written back byte by byte. Parsers give values; here the text of each cell is kept with its quotes.
 * A quote may only stand around a whole cell or doubled inside one; text that breaks this is refused, because then
 * readers disagree on where its rows end.
 */
import { splitLines } from '../diff/text-lines.js';

const quote = '"';

/**
 * Splits a text into rows, each with its line ending; a quoted cell may hold line breaks. Undefined when a quote is
 * never closed.
 */
export function splitRows(text: string): string[] | undefined {
  const lines = splitLines(text);
  if (!text.includes(quote)) return lines;
  const rows: string[] = [];
  let open = '';
  for (const line of lines) {
    const row = open + line;
    const isOpen = hasOddQuotes(line) !== (open !== '');
    open = isOpen ? row : '';
    if (!isOpen) rows.push(row);
  }
  return open === '' ? rows : undefined;
}

/** Returns the number of cells of a row without its ending; -1 when a quote stands where none may. */
export function countCells(row: string, delimiter: string): number {
  if (row.includes(quote)) return splitCells(row, delimiter)?.length ?? -1;
  let count = 1;
  for (let at = row.indexOf(delimiter); at >= 0; at = row.indexOf(delimiter, at + 1)) count++;
  return count;
}

/** Splits a row without its ending into the texts of its cells. Undefined when a quote stands where none may. */
export function splitCells(row: string, delimiter: string): string[] | undefined {
  if (!row.includes(quote)) return row.split(delimiter);
  const cells: string[] = [];
  for (let start = 0; start <= row.length; ) {
    const end = row[start] === quote ? endOfQuoted(row, start) : endOfPlain(row, start, delimiter);
    if (end < 0 || (end < row.length && row[end] !== delimiter)) return undefined;
    cells.push(row.slice(start, end));
    start = end + 1;
  }
  return cells;
}

/** Returns the value of a cell: without its quotes, doubled ones inside taken once. */
export function cellValue(cell: string): string {
  return cell.startsWith(quote) ? cell.slice(1, -1).replaceAll('""', quote) : cell;
}

const delimiters = [',', ';', '\t', '|'];

/** Returns the delimiter that stands most often outside of quotes in the first row; a comma when none does. */
export function findDelimiter(firstRow: string): string {
  const plain = firstRow.replace(/"(?:[^"]|"")*"/g, '');
  let best = ',';
  for (const delimiter of delimiters) {
    if (countOf(plain, delimiter) > countOf(plain, best)) best = delimiter;
  }
  return best;
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}

function hasOddQuotes(line: string): boolean {
  let isOdd = false;
  for (let at = line.indexOf(quote); at >= 0; at = line.indexOf(quote, at + 1)) isOdd = !isOdd;
  return isOdd;
}

function endOfQuoted(row: string, start: number): number {
  let at = row.indexOf(quote, start + 1);
  while (at >= 0 && row[at + 1] === quote) at = row.indexOf(quote, at + 2);
  return at < 0 ? -1 : at + 1;
}

function endOfPlain(row: string, start: number, delimiter: string): number {
  const found = row.indexOf(delimiter, start);
  const end = found < 0 ? row.length : found;
  return row.slice(start, end).includes(quote) ? -1 : end;
}
