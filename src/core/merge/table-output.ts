/**
 * Puts the text of a merged table together: byte order mark, header, rows and their line endings, each of them merged like
 * a cell, and markers around rows in conflict.
 */
import { lineEnding } from '../diff/text-lines.js';
import { splitCells } from '../tabular/delimited.js';
import type { TableText } from '../tabular/table-text.js';
import { type ContentMerge, contentMerge, type MergeLabels, markConflict } from './contents.js';
import { pickVariant, type RowMerge, type RowSides, type TableSides } from './row-merge.js';

/** Takes merged rows in order and gives the merged text. */
export class TableOutput {
  readonly #tables: TableSides;
  readonly #labels: MergeLabels;
  readonly #lines: string[] = [];
  #conflictCount = 0;

  /** Starts with the header. */
  constructor(tables: TableSides, labels: MergeLabels) {
    this.#tables = tables;
    this.#labels = labels;
    const { base, ours, theirs } = tables;
    const mark = pickVariant(base?.byteOrderMark, ours.byteOrderMark, theirs.byteOrderMark);
    if (ours.header === undefined) this.#lines.push(mark);
    else {
      const header = { base: base?.header, ours: ours.header, theirs: theirs.header };
      this.#lines.push(mark + headerText(tables) + this.#endingOf(header));
    }
  }

  /** Appends a merged row; `row` are the rows it came from. */
  add(merged: RowMerge, row: RowSides): void {
    if (merged.kind === 'gone') return;
    const ending = this.#endingOf(row);
    if (merged.kind === 'row') this.#lines.push(merged.text + ending);
    else {
      this.#conflictCount++;
      const [ours = '', theirs = ''] = [merged.ours, merged.theirs].map((text) =>
        text === undefined ? '' : text + ending,
      );
      this.#lines.push(markConflict(ours, theirs, this.#labels, ending));
    }
  }

  /** Returns the outcome of the merge. */
  finish(): ContentMerge {
    const text = this.#lines.join('');
    const isOpen = this.#conflictCount === 0 && this.#endsOpen();
    const end = isOpen ? text.length - lineEnding(text).length : text.length;
    return contentMerge(text.slice(0, end), this.#conflictCount);
  }

  /** Says whether the merged text has no final newline: as both sides have it, or as the one that changed it. */
  #endsOpen(): boolean {
    const { base, ours, theirs } = this.#tables;
    const isOpen = isUnterminated(ours);
    if (isOpen === isUnterminated(theirs)) return isOpen;
    return base !== undefined && !isUnterminated(base);
  }

  #endingOf(row: RowSides): string {
    const { base, ours, theirs } = this.#tables;
    const ourEnding = endingIn(ours, row.ours);
    const theirEnding = endingIn(theirs, row.theirs);
    const found = ourEnding ?? theirEnding ?? '\n';
    return pickVariant(base && endingIn(base, row.base), found, theirEnding ?? found);
  }
}

/** Returns the ending of a row; a last row without one would have that of the first line. */
function endingIn(table: TableText, row: string | undefined): string | undefined {
  if (row === undefined) return undefined;
  return lineEnding(row) || lineEnding(table.header ?? table.rows[0] ?? '') || '\n';
}

function isUnterminated(table: TableText): boolean {
  return lineEnding(table.rows.at(-1) ?? table.header ?? '') === '';
}

function headerText({ base, ours, theirs, columns }: TableSides): string {
  const names = columns.map((column) => {
    const [before, left, right] = [base, ours, theirs].map((table) => headerCell(table, column));
    return pickVariant(before, left ?? right ?? '', right ?? left ?? '');
  });
  return names.join(ours.delimiter);
}

/** Returns the name of a column as it stands in the header. */
function headerCell(table: TableText | undefined, column: string): string | undefined {
  const index = table?.columns.indexOf(column) ?? -1;
  if (table?.header === undefined || index < 0) return undefined;
  const header = table.header.slice(0, table.header.length - lineEnding(table.header).length);
  return splitCells(header, table.delimiter)?.[index];
}
