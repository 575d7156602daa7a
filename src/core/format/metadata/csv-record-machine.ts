/**
 * The states of a csv reader, byte by byte, as the Rust crate `csv-core` 0.1 has them: fields in quotes with doubled quotes inside,
 * records that end with CR, LF or both, empty lines that are no records. The sniffer counts fields with it; the schema of a
 * table follows simpler rules, in `csv-rows`.
 */

/** What a byte ends. */
export const csvEvents = { none: 0, field: 1, record: 2 } as const;

/** One of `csvEvents`. */
export type CsvEvent = (typeof csvEvents)[keyof typeof csvEvents];

const startRecord = 0;
const startField = 1;
const inField = 2;
const inQuotes = 3;
const afterQuote = 4; // the quote closes the field, or is the first of two
const afterReturn = 5; // a line feed still belongs to the record
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Reads csv bytes and says where fields and records end. */
export class CsvRecordMachine {
  readonly #delimiter: number;
  readonly #quote: number; // -1: no quoting
  #state = startRecord;

  /** @param quote the quote character; undefined turns quoting off */
  constructor(delimiter: number, quote: number | undefined) {
    this.#delimiter = delimiter;
    this.#quote = quote ?? -1;
  }

  /** Takes the next byte. */
  step(byte: number): CsvEvent {
    if (this.#state === afterReturn) {
      this.#state = startRecord;
      if (byte === lineFeed) return csvEvents.none;
    }
    if (this.#state === inQuotes) {
      if (byte === this.#quote) this.#state = afterQuote;
      return csvEvents.none;
    }
    const isEnd = byte === lineFeed || byte === carriageReturn;
    if (this.#state === startRecord && isEnd) return csvEvents.none;
    if (byte === this.#quote && this.#state !== inField) {
      this.#state = inQuotes;
      return csvEvents.none;
    }
    if (byte === this.#delimiter) {
      this.#state = startField;
      return csvEvents.field;
    }
    if (!isEnd) {
      this.#state = inField;
      return csvEvents.none;
    }
    this.#state = byte === carriageReturn ? afterReturn : startRecord;
    return csvEvents.record;
  }

  /** Ends the input, and says whether that ends a record. More input starts a new one. */
  finish(): boolean {
    const isOpen = this.#state !== startRecord && this.#state !== afterReturn;
    this.#state = startRecord;
    return isOpen;
  }

  /** Says whether the last byte was content of a field. */
  get isContent(): boolean {
    return this.#state === inField || this.#state === inQuotes;
  }
}
