/** Which kind of comparison or merge fits a file: as text, as a table, as an image, or only by its bytes. */
import type { DataType } from '../model/node.js';

/** The formats of tables that are read. */
export type TableFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet';

/** How two versions of a file are compared. */
export type DiffKind = 'text' | 'table' | 'image' | 'binary';

/** What is known of a version of a file without reading it. */
export interface FileFacts {
  readonly name: string; // last path component
  readonly dataType: DataType | string; // as in the file's node
}

const formats: Readonly<Record<string, TableFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/** Returns the table format that a name stands for, by its extension; undefined for other files. */
export function tableFormatOf(name: string): TableFormat | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : formats[name.slice(dot + 1).toLowerCase()];
}

/** Returns how two versions are compared; one of them may be absent. Versions of different kinds compare as bytes. */
export function diffKindOf(left: FileFacts | undefined, right: FileFacts | undefined): DiffKind {
  const kinds = new Set([left, right].flatMap((facts) => (facts ? kindOf(facts) : [])));
  const [kind] = kinds;
  if (kind !== undefined && kinds.size === 1) return kind;
  // Lines are what a text and a table of text have in common.
  const areLines = [left, right].every((facts) => facts !== undefined && isLines(facts));
  return areLines ? 'text' : 'binary';
}

function kindOf(facts: FileFacts): DiffKind {
  if (facts.dataType === 'image') return 'image';
  if (tableFormatOf(facts.name) !== undefined) return 'table';
  return isLines(facts) ? 'text' : 'binary';
}

function isLines({ name, dataType }: FileFacts): boolean {
  if (tableFormatOf(name) === 'parquet') return false;
  return dataType === 'text' || dataType === 'tabular';
}
