/**
 * The schema of a csv file: names from its first line, types from the 10,000 lines after it, by the rules of polars 0.55 in
 * merkle-format.md, section 2.3.
 */
import type { TabularField } from '../../model/node.js';
import type { CsvDialect } from './csv-dialect.js';
import { RowSplitter, splitFields } from './csv-rows.js';
import { columnType, fieldType } from './csv-types.js';

/** Lines after the header that are looked at. */
export const inferredLines = 10_000;

/** More columns than this are no table: a bound for hostile files. */
export const maxColumns = 100_000;

/** What is known of a schema so far, as plain data. */
export interface CsvSchemaState {
  readonly dialect: CsvDialect;
  readonly names?: readonly string[];
  readonly types: readonly number[]; // sets of `csvTypes`, a column each
  readonly lineCount: number;
  readonly isBroken: boolean;
  readonly isQuoted: boolean;
  readonly isDone: boolean;
}

/** Infers the schema from blocks of a file. */
export class CsvSchemaReader {
  readonly #dialect: CsvDialect;
  readonly #rows: RowSplitter;
  #names: readonly string[] | undefined;
  #types = new Uint8Array(0);
  #lineCount = 0;
  #isBroken = false;

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
    this.#rows = new RowSplitter(dialect.quote, (bytes, start, end) =>
      this.#names === undefined ? this.#header(bytes, start, end) : this.#row(bytes, start, end),
    );
  }

  /** Whether the rest of the file does not matter any more. */
  get isDone(): boolean {
    return this.#rows.isDone;
  }

  /** Takes the next block; the first one without a byte order mark. */
  update(block: Uint8Array): void {
    this.#rows.update(block);
  }

  /** Returns the columns after all blocks; undefined when there is no header or its names cannot be told apart. */
  finish(): TabularField[] | undefined {
    this.#rows.finish();
    if (this.#isBroken) return undefined;
    return this.#names?.map((name, index) => ({
      name,
      dtype: columnType(this.#types[index] ?? 0),
    }));
  }

  /** Returns the state, with the start of a row that is not complete yet. */
  save(): { readonly state: CsvSchemaState; readonly rest: Uint8Array } {
    const { isQuoted, rest } = this.#rows.save();
    const state: CsvSchemaState = {
      ...(this.#names && { names: this.#names }),
      dialect: this.#dialect,
      types: Array.from(this.#types),
      lineCount: this.#lineCount,
      isBroken: this.#isBroken,
      isQuoted,
      isDone: this.#rows.isDone,
    };
    return { state, rest };
  }

  /** Returns a reader that goes on from a saved state. */
  static restore(state: CsvSchemaState, rest: Uint8Array): CsvSchemaReader {
    const reader = new CsvSchemaReader(state.dialect);
    reader.#names = state.names;
    reader.#types = Uint8Array.from(state.types);
    reader.#lineCount = state.lineCount;
    reader.#isBroken = state.isBroken;
    reader.#rows.restore(state.isQuoted, rest);
    reader.#rows.isDone = state.isDone;
    return reader;
  }

  #header(bytes: Uint8Array, start: number, end: number): boolean {
    if (end === start || (end === start + 1 && bytes[start] === 0x0d)) return true;
    const names: string[] = [];
    splitFields(bytes, start, end, this.#dialect, (_, from, to, isQuoted) => {
      names.push(fieldText(bytes, from, to, isQuoted));
      return names.length <= maxColumns;
    });
    const unique = names.length > maxColumns ? undefined : uniqueNames(names);
    this.#isBroken = unique === undefined;
    this.#names = unique ?? [];
    this.#types = new Uint8Array(this.#names.length);
    return unique !== undefined;
  }

  #row(bytes: Uint8Array, start: number, end: number): boolean {
    const types = this.#types;
    splitFields(bytes, start, end, this.#dialect, (index, from, to, isQuoted) => {
      if (index >= types.length) return false;
      if (to === from) return true;
      const strips = isQuoted && to - from >= 2 ? 1 : 0;
      const type =
        to - from === 2 * strips ? emptyType : fieldType(bytes, from + strips, to - strips);
      types[index] = (types[index] ?? 0) | type;
      return true;
    });
    return ++this.#lineCount < inferredLines;
  }
}

const emptyType = 16; // quotes with nothing between them are a text

function fieldText(bytes: Uint8Array, start: number, end: number, isQuoted: boolean): string {
  const strips = isQuoted && end - start >= 2 ? 1 : 0;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8', start + strips, end - strips);
}

/** Numbers repeated names; undefined when such a name is taken already. */
function uniqueNames(names: readonly string[]): string[] | undefined {
  const counts = new Map<string, number>();
  const unique = new Set<string>();
  for (const name of names) {
    const count = counts.get(name) ?? 0;
    const numbered = count === 0 ? name : `${name}_duplicated_${count - 1}`;
    if (unique.has(numbered)) return undefined;
    unique.add(numbered);
    counts.set(name, count + 1);
  }
  return [...unique];
}
