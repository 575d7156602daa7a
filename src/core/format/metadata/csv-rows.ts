/**
 * Splits csv bytes, which may come in blocks, into rows and fields by the rules of polars 0.55, which are simpler than those of the
 * sniffer: any quote character opens or closes quotes for line ends, wherever it stands; a field is quoted when it starts with
 * one.
 */

const lineFeed = 0x0a;

/** Called with each row: `bytes` from `start` up to `end`, without its line feed. Returns whether to go on. */
export type RowHandler = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Rows longer than this are not looked at, and end the reading: a bound for hostile files. */
export const maxRowBytes = 4 * 2 ** 20;

/** Feeds rows to a handler until it has enough. */
export class RowSplitter {
  readonly #quote: number;
  readonly #handle: RowHandler;
  #isQuoted = false;
  #rest = Buffer.alloc(0); // start of a row that goes on in the next block

  /** Whether no more rows are wanted, or none can be read. */
  isDone = false;

  constructor(quote: number, handle: RowHandler) {
    this.#quote = quote;
    this.#handle = handle;
  }

  /** Takes the next block. */
  update(block: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < block.length && !this.isDone; at++) {
      const byte = block[at];
      if (byte === this.#quote) this.#isQuoted = !this.#isQuoted;
      else if (byte === lineFeed && !this.#isQuoted) {
        this.#emit(block, start, at);
        start = at + 1;
      }
    }
    if (!this.isDone) this.#keep(block.subarray(start));
  }

  /** Takes the end of the file, where a last row may lack its line feed. */
  finish(): void {
    if (!this.isDone && this.#rest.length > 0) this.#handle(this.#rest, 0, this.#rest.length);
    this.isDone = true;
  }

  /** Returns what `restore` needs, to go on later. */
  save(): { readonly isQuoted: boolean; readonly rest: Uint8Array } {
    return { isQuoted: this.#isQuoted, rest: this.#rest };
  }

  /** Goes on from what `save` returned. */
  restore(isQuoted: boolean, rest: Uint8Array): void {
    this.#isQuoted = isQuoted;
    this.#rest = Buffer.from(rest);
  }

  #emit(block: Uint8Array, start: number, end: number): void {
    if (this.#rest.length === 0) {
      this.isDone = !this.#handle(block, start, end);
      return;
    }
    const row = Buffer.concat([this.#rest, block.subarray(start, end)]);
    this.#rest = Buffer.alloc(0);
    this.isDone = !this.#handle(row, 0, row.length);
  }

  #keep(rest: Uint8Array): void {
    if (this.#rest.length + rest.length > maxRowBytes) this.isDone = true;
    else if (rest.length > 0) this.#rest = Buffer.concat([this.#rest, rest]);
  }
}

/** Called with each field of a row: `isQuoted` when it starts with the quote. Returns whether to go on. */
export type FieldHandler = (
  index: number,
  start: number,
  end: number,
  isQuoted: boolean,
) => boolean;

/** Calls `handle` with the fields of a row; a CR at its end does not count. */
export function splitFields(
  bytes: Uint8Array,
  start: number,
  rowEnd: number,
  dialect: { readonly delimiter: number; readonly quote: number },
  handle: FieldHandler,
): void {
  const { delimiter, quote } = dialect;
  const end = rowEnd > start && bytes[rowEnd - 1] === 0x0d ? rowEnd - 1 : rowEnd;
  let at = start;
  for (let index = 0; ; index++) {
    const isQuoted = at < end && bytes[at] === quote;
    const fieldEnd = isQuoted
      ? quotedFieldEnd(bytes, at, end, delimiter, quote)
      : plainFieldEnd(bytes, at, end, delimiter);
    if (!handle(index, at, fieldEnd, isQuoted) || bytes[fieldEnd] !== delimiter) return;
    if (fieldEnd >= end) return;
    at = fieldEnd + 1;
  }
}

function plainFieldEnd(bytes: Uint8Array, start: number, end: number, delimiter: number): number {
  let at = start;
  while (at < end && bytes[at] !== delimiter && bytes[at] !== lineFeed) at++;
  return at;
}

function quotedFieldEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  delimiter: number,
  quote: number,
): number {
  let isInside = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) isInside = !isInside;
    if (!isInside && (byte === delimiter || byte === lineFeed)) return at;
  }
  return end;
}
