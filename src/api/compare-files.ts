/** Comparing files that need no repository, and keeping what came out as a file. */
import { resolve } from 'node:path';
import { tableFormatOf } from '../core/diff/file-kind.js';
import { InvalidInputError } from '../core/model/errors.js';
import { diffFiles, type FilesDiff } from '../core/ops/diff-files.js';
import { diskSide, type FileChange } from '../core/ops/file-comparison.js';
import { writeFileAtomically } from '../core/store/atomic-file.js';
import { writeDifferenceTable } from '../core/tabular/difference-table.js';
import type { TableDiffOptions } from '../core/tabular/row-diff.js';

/**
 * Returns how two files of the disk differ, undefined when they hold the same.
 * @throws NotFoundError when one cannot be read; InvalidInputError when a table lacks a column that `tables` names
 */
export function compareFiles(
  left: string,
  right: string,
  tables: TableDiffOptions = {},
): Promise<FilesDiff | undefined> {
  const fileAt = (shown: string) => ({ shown, side: diskSide(resolve(shown), true) });
  return diffFiles(fileAt(left), fileAt(right), tables);
}

/**
 * Writes the difference of two tables to a csv, tsv or jsonl file, as its name says.
 * @throws InvalidInputError when it is no difference of tables, or the name says another format; OperationError when it cannot be written
 */
export function saveTableDifference(path: string, change: FileChange): void {
  const format = tableFormatOf(path);
  if (format === undefined || format === 'parquet') {
    throw new InvalidInputError(`The name "${path}" does not say in which format to write.`, {
      hint: 'End it in .csv, .tsv or .jsonl.',
    });
  }
  if (change.kind !== 'table') {
    throw new InvalidInputError('Only the difference of two tables can be written to a file.');
  }
  writeFileAtomically(resolve(path), writeDifferenceTable(change, format));
}
