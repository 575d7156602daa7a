/**
 * Reads a pack from front to back without an index. Records follow each other; where a writer continued a pack there is a gap up to
 * the next block of 4,096 bytes. Behind damage the scan goes on at the next good header. A tail that is no whole
 * record is what a writer left that was stopped; it was never acknowledged.
 */
import {
  bodyMatches,
  decodeRecordHeader,
  type RecordHeader,
  recordHeaderLength,
  recordHeaderProblem,
} from '../format/pack-record.js';
import { wrapSystemError } from '../model/errors.js';
import type { PlaceColumns } from '../model/jobs.js';
import { type Disk, nodeDisk, openFlags, readFully } from './disk.js';
import { alignPackOffset } from './pack-files.js';
import { PlaceBuilder } from './place-columns.js';

/** What a scan found. */
export interface PackScan {
  readonly places: PlaceColumns; // of the good records, ascending by offset
  readonly end: number; // offset behind the last good record
  readonly fileSize: number; // bytes
  readonly hasTornTail: boolean; // bytes other than zeros follow the last good record
  readonly problems: readonly { readonly offset: number; readonly message: string }[];
}

/** Settings of `scanPack`. */
export interface PackScanOptions {
  readonly length?: number; // bytes of the file to look at; all when absent
  readonly disk?: Disk;
}

const windowBytes = 8 * 1024 * 1024;
const searchBytes = 64 * 1024;
const magic = Buffer.from('OXNR');

/**
 * Finds all good records of the pack at `path`, their bodies checked.
 * @throws OperationError when the file cannot be read
 */
export function scanPack(path: string, options: PackScanOptions = {}): PackScan {
  const disk = options.disk ?? nodeDisk;
  try {
    const file = disk.open(path, openFlags.read);
    try {
      return new Scan(disk, file, options.length).run();
    } finally {
      disk.close(file);
    }
  } catch (error) {
    throw wrapSystemError(error, `Cannot read the pack ${path}`, path);
  }
}

class Scan {
  readonly #disk: Disk;
  readonly #file: number;
  readonly #fileSize: number;
  readonly #size: number;
  readonly #window = Buffer.allocUnsafeSlow(windowBytes);
  readonly #places = new PlaceBuilder();
  readonly #problems: { offset: number; message: string }[] = [];
  #windowStart = 0;
  #windowLength = 0;
  #end = 0;

  constructor(disk: Disk, file: number, length: number | undefined) {
    this.#disk = disk;
    this.#file = file;
    this.#fileSize = disk.size(file);
    this.#size = Math.min(this.#fileSize, length ?? this.#fileSize);
  }

  run(): PackScan {
    let offset = 0;
    while (offset < this.#size) {
      const start = this.#findRecord(offset);
      if (start === undefined) break;
      this.#noteGap(offset, start);
      offset = this.#takeRecord(start);
    }
    return {
      places: this.#places.finish(),
      end: this.#end,
      fileSize: this.#fileSize,
      hasTornTail: !this.#isZero(this.#end, this.#size),
      problems: this.#problems.filter((problem) => problem.offset < this.#end),
    };
  }

  /** Returns the first good header at or after `offset`, undefined when there is none. */
  #findRecord(offset: number): number | undefined {
    if (this.#isHeader(offset)) return offset;
    const aligned = alignPackOffset(offset);
    if (this.#isHeader(aligned)) return aligned;
    for (let at = offset + 1; at < this.#size; ) {
      const bytes = this.#read(at, searchBytes);
      const found = bytes.indexOf(magic);
      if (found < 0) {
        if (bytes.length < searchBytes) return undefined;
        at += searchBytes - magic.length + 1;
      } else if (this.#isHeader(at + found)) return at + found;
      else at += found + 1;
    }
    return undefined;
  }

  /** Takes the record whose header stands at `start`; returns where to go on. */
  #takeRecord(start: number): number {
    const header = decodeRecordHeader(this.#read(start, recordHeaderLength), 0);
    const bodyStart = start + recordHeaderLength;
    const bodyEnd = bodyStart + header.storedLength;
    if (bodyEnd > this.#size) {
      this.#problems.push({ offset: start, message: 'the record is cut off' });
      return bodyStart;
    }
    if (!bodyMatches(header, this.#read(bodyStart, header.storedLength))) {
      this.#problems.push({ offset: start, message: 'its bytes are not those that were stored' });
      // Its length may be right or not: the next header is looked for from here.
      const isRight = this.#isHeader(bodyEnd) || this.#isHeader(alignPackOffset(bodyEnd));
      return isRight ? bodyEnd : bodyStart;
    }
    this.#add(header, start);
    return bodyEnd;
  }

  #add(header: RecordHeader, start: number): void {
    this.#places.append(header, start);
    this.#end = start + recordHeaderLength + header.storedLength;
  }

  #noteGap(from: number, to: number): void {
    if (to === from || to === alignPackOffset(from)) return;
    this.#problems.push({ offset: from, message: `${to - from} bytes are not a record` });
  }

  #isHeader(offset: number): boolean {
    if (offset + recordHeaderLength > this.#size) return false;
    return recordHeaderProblem(this.#read(offset, recordHeaderLength), 0) === undefined;
  }

  #isZero(start: number, end: number): boolean {
    for (let at = start; at < end; at += searchBytes) {
      const bytes = this.#read(at, Math.min(searchBytes, end - at));
      if (bytes.some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  /** Returns up to `length` bytes at `offset`; less at the end of the file. Valid until the next call. */
  #read(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, this.#size);
    if (end - offset > windowBytes) {
      const bytes = Buffer.allocUnsafeSlow(end - offset);
      return bytes.subarray(0, readFully(this.#disk, this.#file, bytes, offset));
    }
    if (offset < this.#windowStart || end > this.#windowStart + this.#windowLength) {
      this.#windowStart = offset;
      this.#windowLength = readFully(this.#disk, this.#file, this.#window, offset);
    }
    const start = offset - this.#windowStart;
    return this.#window.subarray(start, start + Math.max(0, end - offset));
  }
}
