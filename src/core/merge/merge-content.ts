/** Merges the contents of a file that both sides changed: by rows where it is a table with keys, else by lines. */
import { tableFormatOf } from '../diff/file-kind.js';
import type { TreeEntry } from '../tree/read.js';
import { fileNodeOf } from '../tree/read.js';
import {
  type ContentMerge,
  type MergeContents,
  type MergeLabels,
  maxMergeBytes,
} from './contents.js';
import { mergeTable, type RowConflict, type TableMergeOptions } from './table-merge.js';
import { mergeText } from './text-merge.js';
import type { FileTriple } from './three-way.js';

/** A merge of contents, and how it came about. */
export interface FileMerge {
  readonly content: ContentMerge;
  readonly rows: MergedRows | undefined; // when it was merged by rows
}

/** What a merge by rows tells beyond its bytes. */
export interface MergedRows {
  readonly keys: readonly string[]; // the columns by which rows were told apart
  readonly conflicts: readonly RowConflict[]; // the first ones
}

/** Merges the three contents of the file called `name`. */
export function mergeContents(
  name: string,
  contents: MergeContents,
  labels: MergeLabels,
  options: TableMergeOptions = {},
): FileMerge {
  const format = tableFormatOf(name);
  if (format !== undefined && format !== 'parquet') {
    const table = mergeTable(contents, format, labels, options);
    if (table.kind === 'merged') {
      return { content: table.content, rows: { keys: table.keys, conflicts: table.conflicts } };
    }
  }
  return { content: mergeText(contents, labels), rows: undefined };
}

/**
 * Says from the nodes alone whether contents are worth reading for a merge: text or tables of text, none larger than
 * `maxMergeBytes`. For `MergeOptions.isMergeable`.
 * @throws IntegrityError when a payload cannot be read
 */
export function mayMergeContents({ base, ours, theirs }: FileTriple): boolean {
  return [base, ours, theirs].every((entry) => entry === undefined || isSmallText(entry));
}

function isSmallText(entry: TreeEntry): boolean {
  if (entry.sizeBytes > maxMergeBytes || tableFormatOf(entry.name) === 'parquet') return false;
  const { dataType } = fileNodeOf(entry);
  return dataType === 'text' || dataType === 'tabular';
}
