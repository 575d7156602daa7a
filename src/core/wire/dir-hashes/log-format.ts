/**
 * The log format of RocksDB, for records of any size in blocks of 32 KiB. Source: merkle-format.md 6.4;
 * the format is that of LevelDB's `log_format`.
 *
 * | fragment | bytes | meaning (little endian) |
 * |---|---|---|
 * | 0 | 4 | masked CRC-32C of type and data |
 * | 4 | 2 | length of the data |
 * | 6 | 1 | type: 1 whole record, 2 first, 3 middle, 4 last fragment of one |
 * | 7 | | data |
 *
 * Where fewer than 7 bytes are left in a block it is filled with zeros.
 */
import { crc32c, maskCrc } from './crc32c.js';

/** Bytes of a block of a log. */
export const logBlockLength = 32_768;

const headerLength = 7;
const types = { whole: 1, first: 2, middle: 3, last: 4 } as const;

/** Writes records into blocks. */
export class LogWriter {
  #blocks: Uint8Array[] = [];
  #block = new Uint8Array(logBlockLength);
  #used = 0;
  #lengthBefore = 0;

  /** Length of the log so far, in bytes. */
  get length(): number {
    return this.#lengthBefore + this.#used;
  }

  /** Appends a record. */
  append(record: Uint8Array): void {
    let start = 0;
    let isFirst = true; // a first fragment may be empty, when a header just fits
    do {
      if (logBlockLength - this.#used < headerLength) this.#nextBlock();
      const room = logBlockLength - this.#used - headerLength;
      const end = Math.min(record.length, start + room);
      this.#appendFragment(typeOf(isFirst, end === record.length), record, start, end);
      start = end;
      isFirst = false;
    } while (start < record.length);
  }

  /** Returns the blocks that are full, and forgets them. */
  takeFull(): Uint8Array[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }

  /** Returns everything that was not taken yet; nothing can be appended after it. */
  takeAll(): Uint8Array[] {
    return [...this.takeFull(), this.#block.subarray(0, this.#used)];
  }

  #appendFragment(type: number, record: Uint8Array, start: number, end: number): void {
    const block = this.#block;
    const at = this.#used;
    const dataStart = at + headerLength;
    this.#used = dataStart + end - start;
    block[at + 4] = end - start;
    block[at + 5] = (end - start) >>> 8;
    block[at + 6] = type;
    block.set(record.subarray(start, end), dataStart);
    const crc = maskCrc(crc32c(block, at + 6, this.#used));
    for (let index = 0; index < 4; index++) block[at + index] = crc >>> (index * 8);
  }

  #nextBlock(): void {
    this.#blocks.push(this.#block);
    this.#block = new Uint8Array(logBlockLength);
    this.#lengthBefore += logBlockLength;
    this.#used = 0;
  }
}

function typeOf(isFirst: boolean, isLast: boolean): number {
  if (isFirst) return isLast ? types.whole : types.first;
  return isLast ? types.last : types.middle;
}
