/**
 * Collects the metadata of a csv or tsv file: its dialect from the first 64 KiB, its schema from the first 10,000 rows, its height
 * from all line feeds (merkle-format.md, section 2.3). Memory is bounded by the head and one row.
 */
import type { FileMetadata } from '../../model/node.js';
import { type CsvDialect, dialectBytes, sniffDialect } from './csv-dialect.js';
import { CsvSchemaReader, type CsvSchemaState } from './csv-schema.js';
import { LineCounter, type LineCountState } from './line-height.js';
import { tabularMetadata } from './metadata-codec.js';
import {
  type MetadataCollector,
  packState,
  type TextCounter,
  unpackState,
} from './metadata-collector.js';

const tab = 0x09;

interface SavedState {
  readonly isTabbed: boolean;
  readonly lines: LineCountState;
  readonly schema?: CsvSchemaState;
  readonly isUnreadable: boolean;
}

/** Collects the metadata of one csv or tsv file. */
export class CsvCollector implements MetadataCollector {
  readonly #isTabbed: boolean;
  #lines: LineCounter;
  #head: Uint8Array = new Uint8Array(0); // until the dialect is known
  #schema: CsvSchemaReader | undefined;
  #isUnreadable = false;

  /** @param isTabbed whether tabs delimit whatever the content looks like (`.tsv`) */
  constructor(isTabbed: boolean, count: TextCounter) {
    this.#isTabbed = isTabbed;
    this.#lines = new LineCounter(count);
  }

  update(block: Uint8Array): void {
    this.#lines.update(block);
    if (this.#schema !== undefined) {
      this.#read(block);
      return;
    }
    const isFirst = this.#head.length === 0;
    const head = isFirst ? block : Buffer.concat([this.#head, block]);
    if (head.length < dialectBytes) this.#head = isFirst ? Uint8Array.from(head) : head;
    else this.#open(head);
  }

  finish(): FileMetadata | undefined {
    if (this.#schema === undefined) this.#open(this.#head);
    const fields = this.#isUnreadable ? undefined : this.#schema?.finish();
    return fields && tabularMetadata(fields, this.#lines.lines - 1);
  }

  /** Returns the metadata of a whole file in memory, without a copy of it. */
  readWhole(bytes: Uint8Array): FileMetadata | undefined {
    this.#lines.update(bytes);
    this.#open(bytes);
    return this.finish();
  }

  save(): Uint8Array {
    const saved = this.#schema?.save();
    const state: SavedState = {
      isTabbed: this.#isTabbed,
      lines: this.#lines.state,
      ...(saved && { schema: saved.state }),
      isUnreadable: this.#isUnreadable,
    };
    return packState(state, saved?.rest ?? this.#head);
  }

  /** Returns a collector that goes on from what `save` returned. */
  static restore(packed: Uint8Array, count: TextCounter): CsvCollector {
    const { state, rest } = unpackState<SavedState>(packed);
    const collector = new CsvCollector(state.isTabbed, count);
    collector.#lines = new LineCounter(count, state.lines);
    collector.#isUnreadable = state.isUnreadable;
    if (state.schema) collector.#schema = CsvSchemaReader.restore(state.schema, rest);
    else collector.#head = rest;
    return collector;
  }

  /** Finds the dialect in the first bytes and begins to read rows. */
  #open(head: Uint8Array): void {
    const sniffed = sniffDialect(head.subarray(0, dialectBytes));
    const dialect: CsvDialect = this.#isTabbed ? { ...sniffed, delimiter: tab } : sniffed;
    this.#isUnreadable = isCompressed(head);
    this.#schema = new CsvSchemaReader(dialect);
    this.#head = new Uint8Array(0);
    const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
    this.#read(hasMark ? head.subarray(3) : head);
  }

  #read(block: Uint8Array): void {
    if (!this.#isUnreadable && this.#schema?.isDone === false) this.#schema.update(block);
  }
}

/** The original's reader stops at files that look compressed: gzip, zlib, zstd. */
function isCompressed(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const [first, second] = head;
  if (first === 0x1f) return second === 0x8b;
  if (first === 0x28) return second === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return first === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(second ?? 0);
}
