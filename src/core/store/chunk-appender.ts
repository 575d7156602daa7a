/** Cuts the bytes of one large content into chunks and appends those that are not known to a pack; inside jobs. */
import { Chunker } from '../format/chunking.js';
import { GrowingBytes } from '../format/column-run.js';
import { hashInto, StreamingHash } from '../format/hashing.js';
import { checksumBody, encodeManifest, recordCodecs, recordKinds } from '../format/pack-record.js';
import { hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { PackWriter } from './pack-writer.js';

/** Says whether the chunk with these 16 hash bytes is stored. */
export type IsStoredChunk = (hash: Uint8Array) => boolean;

/** Where the cutting of a content begins. */
export interface ChunkingStart {
  readonly hashState?: Uint8Array | undefined; // what `StreamingHash.save` gave at the last boundary
  readonly recentChunks?: Uint8Array; // 16 bytes each: appended before, so they are not appended again
  readonly isStored?: IsStoredChunk | undefined;
}

/** One content on its way into a pack. */
export class ChunkAppender {
  /** The content up to the last boundary. */
  readonly whole: StreamingHash;
  readonly #writer: PackWriter;
  readonly #isStored: IsStoredChunk;
  readonly #appended = new HashTable();
  readonly #reused = new HashTable();
  readonly #hashes = new GrowingBytes(16 * hashBytesLength);
  readonly #lengths: number[] = [];
  readonly #hash = new Uint8Array(hashBytesLength);

  constructor(writer: PackWriter, start: ChunkingStart = {}) {
    this.#writer = writer;
    this.#isStored = start.isStored ?? (() => false);
    this.whole = new StreamingHash(start.hashState);
    if (start.recentChunks !== undefined) this.#appended.addAll(start.recentChunks);
  }

  /** Hashes of the chunks so far, 16 bytes each, in order. */
  get chunkHashes(): Uint8Array {
    return this.#hashes.bytes.slice();
  }

  /** Lengths of the chunks so far. */
  get chunkLengths(): Uint32Array {
    return Uint32Array.from(this.#lengths);
  }

  /** Hashes of the chunks that were stored before. */
  get reusedChunks(): Uint8Array {
    return this.#reused.hashes.slice();
  }

  /**
   * Takes in bytes from a boundary on and returns how many of them are in chunks; the others are given again with what follows.
   * @param isLast the content ends with these bytes: all of them are taken
   * @throws OperationError when the pack cannot be written
   */
  take(bytes: Uint8Array, isLast: boolean): number {
    let start = 0;
    for (const length of new Chunker().feed(bytes)) {
      this.#append(bytes.subarray(start, start + length));
      start += length;
    }
    if (!isLast || start === bytes.length) return start;
    this.#append(bytes.subarray(start));
    return bytes.length;
  }

  #append(chunk: Uint8Array): void {
    const hash = this.#hash;
    hashInto(chunk, hash, 0);
    this.whole.update(chunk);
    this.#hashes.append(hash);
    this.#lengths.push(chunk.length);
    if (this.#appended.find(hash) >= 0) return;
    if (this.#isStored(hash)) {
      this.#reused.add(hash);
      return;
    }
    this.#appended.add(hash);
    const lengths = { storedLength: chunk.length, rawLength: chunk.length };
    const fields = { kind: recordKinds.chunk, codec: recordCodecs.raw, ...lengths, hash };
    this.#writer.append(fields, chunk);
  }
}

/** The list of chunks of a content that is complete. */
export interface ManifestToAppend {
  readonly hash: Uint8Array; // of the content, 16 bytes
  readonly sizeBytes: number;
  readonly chunkHashes: Uint8Array;
  readonly chunkLengths: Uint32Array;
}

/** Appends a list of chunks. @throws OperationError when the pack cannot be written */
export function appendManifest(writer: PackWriter, manifest: ManifestToAppend): void {
  const body = encodeManifest(manifest);
  writer.append(
    {
      kind: recordKinds.manifest,
      codec: recordCodecs.raw,
      storedLength: body.length,
      rawLength: manifest.sizeBytes,
      hash: manifest.hash,
      bodyChecksum: checksumBody(body),
    },
    body,
  );
}
