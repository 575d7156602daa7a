/**
 * Collects the metadata of JSON tables: files of one object a line (jsonl, ndjson) and files that hold an array of objects (json),
 * with types from the first 10,000 of them, as polars 0.55 infers them (merkle-format.md, section 2.3).
 */
import { isUtf8 } from 'node:buffer';
import type { FileMetadata } from '../../model/node.js';
import { RowSplitter } from './csv-rows.js';
import { JsonShapeReader, jsonTypeOf } from './json-shape.js';
import { fitsColumn, type JsonType, jsonTypes, superType, typeName } from './json-type.js';
import { LineCounter, type LineCountState } from './line-height.js';
import { tabularMetadata } from './metadata-codec.js';
import {
  type MetadataCollector,
  packState,
  type TextCounter,
  unpackState,
} from './metadata-collector.js';

/** Rows that are looked at for types. */
const inferredRows = 10_000;

/** Arrays larger than this have no metadata: they are read as a whole. */
export const maxArrayBytes = 64 * 2 ** 20;

const noQuote = -1;
const openBrace = 0x7b;
const isBlank = /^\p{White_Space}*$/u;

interface SavedState {
  readonly lines: LineCountState;
  readonly row: JsonType | null;
  readonly rowCount: number;
  readonly isUnreadable: boolean;
  readonly isDone: boolean;
}

/** Collects the metadata of one file of JSON lines. */
export class JsonLinesCollector implements MetadataCollector {
  #lines: LineCounter;
  #row: JsonType | undefined;
  #rowCount = 0;
  #isUnreadable = false;
  readonly #seen = new Set<string>();
  readonly #rows = new RowSplitter(noQuote, (bytes, start, end) => this.#take(bytes, start, end));

  constructor(count: TextCounter) {
    this.#lines = new LineCounter(count);
  }

  update(block: Uint8Array): void {
    this.#lines.update(block);
    if (!this.#rows.isDone) this.#rows.update(block);
  }

  finish(): FileMetadata | undefined {
    this.#rows.finish();
    if (this.#isUnreadable || this.#row?.kind !== 'struct') return undefined;
    return tableOf(this.#row, this.#lines.lines);
  }

  save(): Uint8Array {
    const state: SavedState = {
      lines: this.#lines.state,
      row: this.#row ?? null,
      rowCount: this.#rowCount,
      isUnreadable: this.#isUnreadable,
      isDone: this.#rows.isDone,
    };
    return packState(state, this.#rows.save().rest);
  }

  /** Returns a collector that goes on from what `save` returned. */
  static restore(packed: Uint8Array, count: TextCounter): JsonLinesCollector {
    const { state, rest } = unpackState<SavedState>(packed);
    const collector = new JsonLinesCollector(count);
    collector.#lines = new LineCounter(count, state.lines);
    collector.#row = state.row ?? undefined;
    collector.#rowCount = state.rowCount;
    collector.#isUnreadable = state.isUnreadable;
    collector.#rows.restore(false, rest);
    collector.#rows.isDone = state.isDone;
    return collector;
  }

  /** Joins the type of a line with those before; a shape that was seen already cannot change the result. */
  #take(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== openBrace && isBlankLine(bytes, start, end)) return true;
    const type = jsonTypeOf(bytes, start, end);
    if (type !== undefined && !this.#seen.has(type.key)) {
      this.#seen.add(type.key);
      this.#row = this.#row === undefined ? type : superType(this.#row, type);
    }
    this.#isUnreadable = type === undefined || this.#row === undefined;
    return !this.#isUnreadable && ++this.#rowCount < inferredRows;
  }
}

function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  return isUtf8(line) && isBlank.test(line.toString('utf8'));
}

/** Returns the metadata of a file that holds an array of objects, undefined when it holds anything else. */
export function readJsonArray(bytes: Uint8Array): FileMetadata | undefined {
  if (bytes.length > maxArrayBytes || !isUtf8(bytes)) return undefined;
  let height = 0;
  let row: JsonType | undefined = jsonTypes.null;
  const isArray = new JsonShapeReader(bytes).readElements((type) => {
    if (height++ < inferredRows && row !== undefined) row = superType(row, type);
  });
  if (!isArray) return undefined;
  return height === 0 ? tabularMetadata([], 0) : arrayTable(bytes, row, height);
}

/** Reads the array again, now that the columns are known, to see whether all rows fit. */
function arrayTable(
  bytes: Uint8Array,
  row: JsonType | undefined,
  height: number,
): FileMetadata | undefined {
  if (row?.kind !== 'struct') return undefined;
  let doFit = true;
  new JsonShapeReader(bytes).readElements((type) => {
    doFit &&= fitsColumn(type, row);
  });
  if (!doFit) return undefined;
  return tableOf(row, row.fields.length === 0 && height === 1 ? 0 : height);
}

/** Columns of the same name are one, of the later type. */
function tableOf(row: Extract<JsonType, { kind: 'struct' }>, height: number): FileMetadata {
  const types = new Map(row.fields.map(({ name, type }) => [name, typeName(type)]));
  const fields = [...types].map(([name, dtype]) => ({ name, dtype }));
  return tabularMetadata(fields, height);
}
