/**
 * Takes contents that arrive as bytes or streams (uploads, downloads) and stores them: small ones whole, large ones cut into
 * chunks, each only once. Nothing is known to anyone before `commit`, which makes everything durable at once.
 */
import { Chunker, chunkingThresholdBytes } from '../format/chunking.js';
import { hashInto, StreamingHash } from '../format/hashing.js';
import { checksumBody, encodeManifest, recordCodecs, recordKinds } from '../format/pack-record.js';
import { BusyError, IntegrityError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashFromBytes, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { LentWriter } from './lent-writer.js';
import type { PackLender } from './pack-allocator.js';
import type { PackVersionStore } from './version-store.js';

/** A content that was taken in. */
export interface StoredContent {
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly isNew: boolean; // false: it was stored before, or came before through this sink
}

/** Collects new contents for one commit; then it can be used again. Close it when done. */
export class ContentSink {
  readonly #versions: PackVersionStore;
  readonly #allocator: PackLender;
  readonly #packs: LentWriter;
  readonly #damaged: HashTable;
  #contents = new HashTable(); // appended since the last commit
  #chunks = new HashTable();
  #reused = new HashTable(); // stored before and relied on
  #reusedChunks = new HashTable();

  /** @param damaged contents and chunks that are stored anew although they are there */
  constructor(versions: PackVersionStore, allocator: PackLender, damaged = new HashTable()) {
    this.#damaged = damaged;
    this.#versions = versions;
    this.#allocator = allocator;
    this.#packs = new LentWriter(allocator);
  }

  /**
   * Takes a whole content; it must not be larger than what is stored as one record.
   * @param expected the hash it must have
   * @throws IntegrityError when it has another hash; nothing is kept then
   * @throws OperationError when the pack cannot be written
   */
  add(content: Uint8Array, expected?: Hash): StoredContent {
    if (content.length > chunkingThresholdBytes) throw new RangeError('too large for one record');
    const hash = new Uint8Array(hashBytesLength);
    hashInto(content, hash, 0);
    const named = requireHash(hash, expected);
    const isNew = this.#isNewContent(hash);
    if (isNew) this.#append(recordKinds.content, hash, content);
    return { hash: named, sizeBytes: content.length, isNew };
  }

  /**
   * Takes a content from a stream; holds at most some MiB of it.
   * @param expected the hash it must have
   * @throws IntegrityError when it has another hash; what was written of it is garbage that nothing names
   * @throws OperationError when the pack cannot be written
   */
  async addStream(source: AsyncIterable<Uint8Array>, expected?: Hash): Promise<StoredContent> {
    const head: Uint8Array[] = [];
    let length = 0;
    let large: LargeContent | undefined;
    for await (const piece of source) {
      length += piece.length;
      if (large === undefined) {
        head.push(new Uint8Array(piece));
        if (length <= chunkingThresholdBytes) continue;
        large = new LargeContent((hash, chunk) => this.#addChunk(hash, chunk));
        for (const early of head.splice(0)) large.feed(early);
      } else large.feed(piece);
    }
    return large === undefined
      ? this.add(Buffer.concat(head), expected)
      : this.#finishLarge(large, length, expected);
  }

  /**
   * Makes everything taken in durable and known, together with what `action` writes, in one transaction.
   * @throws BusyError when gc removed a content meanwhile that was not stored again because it was there
   * @throws OperationError when the disk fails or is full
   */
  async commit<Result>(action: () => Result): Promise<Result> {
    const places = this.#packs.finish();
    const result = await this.#allocator.commit(() => {
      this.#requireReused();
      this.#versions.putPlaces(places);
      this.#allocator.arrivals?.note(Buffer.concat([this.#contents.hashes, this.#reused.hashes]));
      return action();
    });
    this.#forget();
    return result;
  }

  /** Gives the slot back; what was not committed is lost. */
  close(): void {
    this.#packs.close();
    this.#forget();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #forget(): void {
    this.#packs.forget();
    this.#contents = new HashTable();
    this.#chunks = new HashTable();
    this.#reused = new HashTable();
    this.#reusedChunks = new HashTable();
  }

  #finishLarge(large: LargeContent, sizeBytes: number, expected?: Hash): StoredContent {
    const { hash, manifest } = large.finish();
    const named = requireHash(hash, expected);
    const isNew = this.#isNewContent(hash);
    if (isNew) {
      const body = encodeManifest(manifest);
      this.#packs.current.append(
        {
          kind: recordKinds.manifest,
          codec: recordCodecs.raw,
          storedLength: body.length,
          rawLength: sizeBytes,
          hash,
          bodyChecksum: checksumBody(body),
        },
        body,
      );
    }
    return { hash: named, sizeBytes, isNew };
  }

  #addChunk(hash: Uint8Array, chunk: Uint8Array): void {
    if (this.#chunks.find(hash) >= 0) return;
    if (this.#damaged.find(hash) < 0 && this.#versions.findMissingChunks(hash).length === 0) {
      this.#reusedChunks.add(hash);
      return;
    }
    this.#chunks.add(hash);
    this.#append(recordKinds.chunk, hash, chunk);
  }

  #isNewContent(hash: Uint8Array): boolean {
    if (this.#contents.find(hash) >= 0) return false;
    if (this.#damaged.find(hash) < 0 && this.#versions.findMissing(hash).length === 0) {
      this.#reused.add(hash);
      return false;
    }
    this.#contents.add(hash);
    return true;
  }

  #append(kind: number, hash: Uint8Array, content: Uint8Array): void {
    const lengths = { storedLength: content.length, rawLength: content.length };
    this.#packs.current.append({ kind, codec: recordCodecs.raw, ...lengths, hash }, content);
  }

  #requireReused(): void {
    const gone =
      this.#versions.findMissing(this.#reused.hashes).length +
      this.#versions.findMissingChunks(this.#reusedChunks.hashes).length;
    if (gone > 0) {
      throw new BusyError('Stored contents were removed while others were being added.', {
        hint: 'run the same command again',
      });
    }
  }
}

/** Cuts one large content, and hashes the whole and its chunks. */
class LargeContent {
  readonly #chunker = new Chunker();
  readonly #whole = new StreamingHash();
  readonly #receive: (hash: Uint8Array, chunk: Uint8Array) => void;
  readonly #hashes: Uint8Array[] = [];
  readonly #lengths: number[] = [];
  #pending: Uint8Array[] = []; // bytes of the chunk that is not finished

  constructor(receive: (hash: Uint8Array, chunk: Uint8Array) => void) {
    this.#receive = receive;
  }

  feed(piece: Uint8Array): void {
    this.#whole.update(piece);
    let before = this.#pending.reduce((sum, bytes) => sum + bytes.length, 0);
    let start = 0;
    for (const length of this.#chunker.feed(piece)) {
      const end = start + length - before;
      this.#finishChunk(piece.subarray(start, end));
      start = end;
      before = 0;
    }
    if (start < piece.length) this.#pending.push(new Uint8Array(piece.subarray(start)));
  }

  finish() {
    if (this.#chunker.finish() > 0) this.#finishChunk(new Uint8Array(0));
    const hash = new Uint8Array(hashBytesLength);
    this.#whole.digestInto(hash, 0);
    const chunkHashes = new Uint8Array(Buffer.concat(this.#hashes));
    return { hash, manifest: { chunkHashes, chunkLengths: Uint32Array.from(this.#lengths) } };
  }

  #finishChunk(last: Uint8Array): void {
    const chunk = this.#pending.length === 0 ? last : Buffer.concat([...this.#pending, last]);
    this.#pending = [];
    const hash = new Uint8Array(hashBytesLength);
    hashInto(chunk, hash, 0);
    this.#hashes.push(hash);
    this.#lengths.push(chunk.length);
    this.#receive(hash, chunk);
  }
}

function requireHash(found: Uint8Array, expected: Hash | undefined): Hash {
  const hash = hashFromBytes(found);
  if (expected === undefined || hashFromBytes(hashToBytes(expected)) === hash) return hash;
  throw new IntegrityError(`A content with hash ${hash} arrived as ${expected}.`);
}
