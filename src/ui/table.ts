/** Rows of text in aligned columns. */
import { padText, textWidth } from './text-width.js';

/** A column. */
export interface Column {
  readonly header: string;
  readonly align?: 'left' | 'right'; // left when absent
}

/** Blanks between two columns. */
const gap = '  ';

/** Returns `rows` under their headers, without blanks at the ends of lines; it ends with a line end. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({ header }) => header), ...rows];
  return alignColumns(
    lines,
    columns.map(({ align }) => align ?? 'left'),
  );
}

/** Returns `rows` in aligned columns without headers; it ends with a line end unless there are no rows. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  sides: readonly ('left' | 'right')[] = [],
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cell));
    });
  }
  return rows
    .map((row) => row.map((cell, index) => padText(cell, widths[index] ?? 0, sides[index])))
    .map((cells) => `${cells.join(gap).trimEnd()}\n`)
    .join('');
}
