/**
 * Appends records to the pack of a slot: used inside jobs, on any thread. Small bodies are read by the caller straight into the
 * buffer, behind room that is kept for their headers, and go to the file in writes of about a MiB. The writer
 * neither flushes to disk nor cuts anything: both are the allocator's.
 */
import { getKernel } from '../format/hashing.js';
import {
  checksumBody,
  encodeRecordHeader,
  type RecordFields,
  recordCodecs,
  recordHeaderLength,
} from '../format/pack-record.js';
import { compressContent } from '../format/record-codec.js';
import { OperationError, wrapSystemError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import type { PackSlot, PlaceColumns } from '../model/jobs.js';
import { type Disk, nodeDisk, openFlags, writeFully } from './disk.js';
import { encodeNodeBody, nodeRecordFields } from './node-record.js';
import { PlaceBuilder } from './place-columns.js';

/** Bytes that are collected before they are written. */
const flushBytes = 1024 * 1024;
const ownBufferBytes = flushBytes + 64 * 1024;

/** Bodies from here on are written from where they lie: copying them costs more than another write. */
const directBytes = 128 * 1024;

/** Settings of a pack writer. */
export interface PackWriterOptions {
  /**
   * True: the buffer is the arena of the thread's hash kernel, so that bodies are hashed where they are read to. No one else
   * may use the arena until `finish` or `close`.
   */
  readonly inArena?: boolean;
  readonly disk?: Disk;
}

/** What `finish` gives back to the allocator's thread. */
export interface WrittenRecords {
  readonly places: PlaceColumns;
  readonly slotEnd: number; // for `PackAllocator.giveBack`
}

/** Appends records to one slot. */
export class PackWriter {
  /** The buffer that `reserve` gives addresses in. */
  readonly memory: Buffer;
  readonly #slot: PackSlot;
  readonly #disk: Disk;
  readonly #start: number; // of the buffer in `memory`
  readonly #capacity: number;
  readonly #compressFrom: number;
  readonly #places = new PlaceBuilder();
  #file: number | undefined;
  #used = 0; // bytes in the buffer that are not written yet
  #written: number; // offset in the pack up to which bytes are written
  #reserved = 0; // address of the body that may be committed, 0 for none

  constructor(slot: PackSlot, options: PackWriterOptions = {}) {
    this.#slot = slot;
    this.#disk = options.disk ?? nodeDisk;
    this.#written = slot.offset;
    this.#compressFrom = slot.compressFrom ?? Number.POSITIVE_INFINITY;
    if (options.inArena === true) {
      const kernel = getKernel();
      this.memory = kernel.memory;
      this.#start = kernel.arenaStart;
      this.#capacity = kernel.arenaBytes;
    } else {
      this.memory = Buffer.allocUnsafeSlow(ownBufferBytes);
      this.#start = 0;
      this.#capacity = ownBufferBytes;
    }
  }

  /** Offset in the pack at which the next record starts. */
  get end(): number {
    return this.#written + this.#used;
  }

  /** Whether no further record may be started in this slot. */
  get isFull(): boolean {
    return this.end >= this.#slot.limit;
  }

  /** Largest body that `reserve` can make room for. */
  get largestBody(): number {
    return this.#capacity - recordHeaderLength;
  }

  /** Number of records appended so far. */
  get count(): number {
    return this.#places.count;
  }

  /**
   * Makes room for a body of up to `length` bytes and returns its address in `memory`. The room is valid until the next call;
   * what is not committed is forgotten.
   * @throws OperationError when the pack cannot be written
   */
  reserve(length: number): number {
    if (length > this.largestBody) throw new RangeError(`${length} bytes do not fit the buffer`);
    if (this.#used + recordHeaderLength + length > this.#capacity) this.flush();
    this.#reserved = this.#start + this.#used + recordHeaderLength;
    return this.#reserved;
  }

  /**
   * Appends the `length` bytes at the reserved address, compressed where the slot asks for it; `hash` (16 bytes at
   * `hashOffset`) is the hash of exactly these bytes.
   * @throws OperationError when the pack cannot be written
   */
  commit(kind: number, length: number, hash: Uint8Array, hashOffset = 0): void {
    if (this.#reserved === 0) throw new RangeError('no room was reserved');
    if (length >= this.#compressFrom) {
      const content = this.memory.subarray(this.#reserved, this.#reserved + length);
      const ownHash = hash.slice(hashOffset, hashOffset + hashBytesLength); // the next checksum may overwrite it
      if (this.appendCompressed(kind, content, ownHash)) return;
    }
    const lengths = { storedLength: length, rawLength: length };
    const fields = { kind, codec: recordCodecs.raw, ...lengths, hash, hashOffset };
    this.#places.append(fields, this.end);
    encodeRecordHeader(fields, this.memory, this.#reserved - recordHeaderLength);
    this.#reserved = 0;
    this.#used += recordHeaderLength + length;
    if (this.#used >= flushBytes) this.flush();
  }

  /**
   * Appends a record whose body lies anywhere but in the buffer of this writer.
   * @throws OperationError when the pack cannot be written
   */
  append(fields: RecordFields, body: Uint8Array): void {
    this.#reserved = 0;
    this.#places.append(fields, this.end);
    const isDirect = body.length >= directBytes;
    const needed = recordHeaderLength + (isDirect ? 0 : body.length);
    if (this.#used + needed > this.#capacity) this.flush();
    encodeRecordHeader(fields, this.memory, this.#start + this.#used);
    this.#used += recordHeaderLength;
    if (isDirect) {
      this.flush();
      this.#write(body);
      return;
    }
    this.memory.set(body, this.#start + this.#used);
    this.#used += body.length;
    if (this.#used >= flushBytes) this.flush();
  }

  /**
   * Appends a content or chunk in its compressed form when the slot asks for it and it pays; returns whether it did.
   * @param hash of the content, 16 bytes
   * @throws OperationError when the pack cannot be written
   */
  appendCompressed(kind: number, content: Uint8Array, hash: Uint8Array): boolean {
    if (content.length < this.#compressFrom) return false;
    const compressed = compressContent(content);
    if (compressed === undefined) return false;
    const { body, codec } = compressed;
    const lengths = { storedLength: body.length, rawLength: content.length };
    this.append({ kind, codec, ...lengths, hash, bodyChecksum: checksumBody(body) }, body);
    return true;
  }

  /**
   * Appends the blobs of a node as one record.
   * @param id 16 bytes
   * @throws OperationError when the pack cannot be written
   */
  appendNode(id: Uint8Array, node: Uint8Array, children: Uint8Array, compress = false): void {
    const encoded = encodeNodeBody(node, children, compress);
    this.append(nodeRecordFields(id, encoded), encoded.body);
  }

  /**
   * Writes what is collected to the file.
   * @throws OperationError when the pack cannot be written
   */
  flush(): void {
    const bytes = this.memory.subarray(this.#start, this.#start + this.#used);
    this.#used = 0;
    this.#write(bytes);
  }

  /**
   * Writes the rest, closes the file and returns the places of all records.
   * @throws OperationError when the pack cannot be written
   */
  finish(): WrittenRecords {
    this.flush();
    this.close();
    return { places: this.#places.finish(), slotEnd: this.#written };
  }

  /** Closes the file; for a job that gives up. */
  close(): void {
    if (this.#file !== undefined) this.#disk.close(this.#file);
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { path } = this.#slot;
    try {
      this.#file ??= this.#disk.open(path, openFlags.readWrite);
      writeFully(this.#disk, this.#file, bytes, this.#written);
    } catch (error) {
      throw wrapSystemError(error, `Cannot write the pack ${path}`, path);
    }
    this.#written += bytes.length;
    if (this.#written > 0xffff_ffff) throw new OperationError(`The pack ${path} is too large.`);
  }
}
