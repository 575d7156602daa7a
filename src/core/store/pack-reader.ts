/**
 * Reads records of packs by their place, and gives no byte that was not checked: header, body checksum, content hash.
 * Neighbours are read together: as long as requests move forward in one pack the window grows up to a MiB.
 */
import { getKernel, hashInto } from '../format/hashing.js';
import {
  decodeRecordHeader,
  type RecordHeader,
  type RecordKind,
  recordCodecs,
  recordHeaderLength,
  recordHeaderProblem,
  recordKinds,
} from '../format/pack-record.js';
import { decodeBody } from '../format/record-codec.js';
import { IntegrityError, systemErrorCode, wrapSystemError } from '../model/errors.js';
import { equalHashBytes, hashBytesLength, hashFromBytes, shortHash } from '../model/hash.js';
import { type Disk, nodeDisk, openFlags, readFully } from './disk.js';
import { packPath } from './pack-files.js';

/** Where a record lies. */
export interface PackPlace {
  readonly packId: number;
  readonly offset: number; // of the header
  readonly storedLength: number; // of the body
}

/** What the caller knows of a record that it wants. */
export interface ExpectedRecord {
  readonly kind: RecordKind;
  readonly hash: Uint8Array; // 16 bytes at `hashOffset`
  readonly hashOffset?: number;
}

/** A record that was read and checked. */
export interface PackRecord {
  readonly header: RecordHeader;
  readonly content: Uint8Array; // decoded; valid until the next read
  readonly stored: Uint8Array; // the body as it lies in the pack; valid until the next read
}

/** Settings of a pack reader. */
export interface PackReaderOptions {
  readonly largestOpenCount?: number; // packs that are kept open
  /**
   * True: windows are read into the arena of the thread's hash kernel and hashed there. No one else may use the arena between
   * a read and the use of its result.
   */
  readonly inArena?: boolean;
  readonly disk?: Disk;
}

/** Thrown when a pack is not there: gc may have moved its records; look up their places again. */
export class MissingPackError extends IntegrityError {}

const windowBytes = 1024 * 1024;
const firstWindowBytes = 16 * 1024;
const defaultOpenCount = 64;
const digest = new Uint8Array(hashBytesLength);

/** Reads records from the packs of one directory. Close it when done. */
export class PackReader {
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #largestOpenCount: number;
  readonly #files = new Map<number, number>(); // pack id -> descriptor, least recently used first
  readonly #window: Buffer;
  readonly #inArena: boolean;
  #windowPack = -1;
  #windowStart = 0; // offset in the pack
  #windowLength = 0;
  #readAhead = firstWindowBytes;

  constructor(packDirectory: string, options: PackReaderOptions = {}) {
    this.#directory = packDirectory;
    this.#disk = options.disk ?? nodeDisk;
    this.#largestOpenCount = options.largestOpenCount ?? defaultOpenCount;
    this.#inArena = options.inArena ?? false;
    this.#window = this.#inArena ? arenaOfThread() : Buffer.allocUnsafeSlow(windowBytes);
  }

  /**
   * Returns the decoded content of the record at `place`, after checking all that can be checked.
   * @throws MissingPackError when the pack is not there
   * @throws IntegrityError when the record is damaged or another one
   * @throws OperationError when the pack cannot be read
   */
  read(place: PackPlace, expected: ExpectedRecord): PackRecord {
    if (!this.#isInWindow(place)) return this.#readOnce(place, expected);
    try {
      return this.#readOnce(place, expected);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      // The window may hold what a writer left that was stopped; the file holds what the next one wrote in its place.
      this.#windowPack = -1;
      return this.#readOnce(place, expected);
    }
  }

  /** Closes all packs; the reader can be used again. */
  close(): void {
    for (const file of this.#files.values()) this.#disk.close(file);
    this.#files.clear();
    this.#windowPack = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readOnce(place: PackPlace, expected: ExpectedRecord): PackRecord {
    const bytes = this.#fetch(place);
    const problem = recordHeaderProblem(bytes, 0);
    if (problem !== undefined) throw this.#damaged(place, problem);
    const header = decodeRecordHeader(bytes, 0);
    this.#checkIdentity(place, header, expected);
    const body = bytes.subarray(recordHeaderLength);
    this.#checkBody(place, header, body);
    return { header, content: this.#decode(place, header, body), stored: body };
  }

  #isInWindow({ packId, offset, storedLength }: PackPlace): boolean {
    return (
      packId === this.#windowPack &&
      offset >= this.#windowStart &&
      offset + recordHeaderLength + storedLength <= this.#windowStart + this.#windowLength
    );
  }

  #checkIdentity(place: PackPlace, header: RecordHeader, expected: ExpectedRecord): void {
    if (header.kind !== expected.kind || header.storedLength !== place.storedLength) {
      throw this.#damaged(place, 'another record lies there');
    }
    if (!equalHashBytes(header.hash, 0, expected.hash, expected.hashOffset ?? 0)) {
      const wanted = shortHash(hashFromBytes(expected.hash, expected.hashOffset ?? 0));
      throw this.#damaged(place, `it should be that of ${wanted}`);
    }
  }

  #checkBody(place: PackPlace, header: RecordHeader, body: Uint8Array): void {
    this.#hash(body);
    for (let index = 0; index < header.bodyChecksum.length; index++) {
      if (digest[index] !== header.bodyChecksum[index]) {
        throw this.#damaged(place, 'its bytes are not those that were stored');
      }
    }
    if (header.codec === recordCodecs.raw) this.#checkContentHash(place, header);
  }

  #decode(place: PackPlace, header: RecordHeader, body: Uint8Array): Uint8Array {
    if (header.codec === recordCodecs.raw) return body;
    let content: Uint8Array;
    try {
      content = decodeBody(header, body);
    } catch (cause) {
      const reason = cause instanceof Error ? `: ${cause.message}` : '';
      throw this.#damaged(place, `it cannot be decompressed${reason}`, cause);
    }
    if (content.length !== header.rawLength) throw this.#damaged(place, 'its length is wrong');
    if (namesItsContent(header.kind)) {
      this.#hash(content);
      this.#checkContentHash(place, header);
    }
    return content;
  }

  /** Compares the hash just computed with the one in the header, where that is the hash of the content. */
  #checkContentHash(place: PackPlace, header: RecordHeader): void {
    if (namesItsContent(header.kind) && !equalHashBytes(digest, 0, header.hash, 0)) {
      throw this.#damaged(place, 'its content does not have the hash it is stored under');
    }
  }

  /** Leaves the hash of `bytes` in `digest`. */
  #hash(bytes: Uint8Array): void {
    if (this.#inArena && bytes.buffer === this.#window.buffer) {
      const kernel = getKernel();
      kernel.hashAt(bytes.byteOffset, bytes.length, kernel.digestStart);
      digest.set(kernel.memory.subarray(kernel.digestStart, kernel.digestStart + hashBytesLength));
    } else hashInto(bytes, digest, 0);
  }

  /** Returns header and body as they are stored, in the window or, when they are larger, in a buffer of their own. */
  #fetch(place: PackPlace): Uint8Array {
    const length = recordHeaderLength + place.storedLength;
    if (!this.#isInWindow(place)) {
      if (length > this.#window.length) return this.#readLarge(place, length);
      this.#moveWindow(place, length);
    }
    const start = place.offset - this.#windowStart;
    const available = Math.min(length, this.#windowLength - start);
    if (available < length) throw this.#damaged(place, 'the pack is cut off');
    return this.#window.subarray(start, start + length);
  }

  #moveWindow(place: PackPlace, length: number): void {
    const { packId, offset } = place;
    const windowEnd = this.#windowStart + this.#windowLength;
    const isForward =
      packId === this.#windowPack &&
      offset >= this.#windowStart &&
      offset <= windowEnd + this.#readAhead;
    this.#readAhead = isForward ? Math.min(this.#readAhead * 2, windowBytes) : firstWindowBytes;
    const wanted = Math.min(Math.max(length, this.#readAhead), this.#window.length);
    const file = this.#open(packId);
    this.#windowPack = -1;
    this.#windowLength = this.#readFile(packId, file, this.#window.subarray(0, wanted), offset);
    this.#windowStart = offset;
    this.#windowPack = packId;
  }

  #readLarge(place: PackPlace, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const count = this.#readFile(place.packId, this.#open(place.packId), bytes, place.offset);
    if (count < length) throw this.#damaged(place, 'the pack is cut off');
    return bytes;
  }

  #readFile(packId: number, file: number, into: Uint8Array, position: number): number {
    try {
      return readFully(this.#disk, file, into, position);
    } catch (error) {
      const path = packPath(this.#directory, packId);
      throw wrapSystemError(error, `Cannot read the pack ${path}`, path);
    }
  }

  #open(packId: number): number {
    const known = this.#files.get(packId);
    if (known !== undefined) {
      this.#files.delete(packId);
      this.#files.set(packId, known);
      return known;
    }
    this.#closeOldest();
    const path = packPath(this.#directory, packId);
    try {
      const file = this.#disk.open(path, openFlags.read);
      this.#files.set(packId, file);
      return file;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        throw wrapSystemError(error, `Cannot open the pack ${path}`, path);
      }
      throw new MissingPackError(`The pack ${path} is missing.`, { path, hint: 'oxen fsck' });
    }
  }

  #closeOldest(): void {
    if (this.#files.size < this.#largestOpenCount) return;
    for (const [packId, file] of this.#files) {
      this.#disk.close(file);
      this.#files.delete(packId);
      return;
    }
  }

  #damaged(place: PackPlace, reason: string, cause?: unknown): IntegrityError {
    const path = packPath(this.#directory, place.packId);
    return new IntegrityError(
      `The record at ${place.offset} of pack ${path} is damaged: ${reason}.`,
      { path, hint: 'oxen fsck', ...(cause === undefined ? {} : { cause }) },
    );
  }
}

/** Says whether the hash of a record is the hash of its decoded content. */
function namesItsContent(kind: RecordKind): boolean {
  return kind === recordKinds.content || kind === recordKinds.chunk;
}

function arenaOfThread(): Buffer {
  const { memory, arenaStart, arenaBytes } = getKernel();
  return memory.subarray(arenaStart, arenaStart + arenaBytes);
}
