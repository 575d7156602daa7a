/**
 * Takes contents that arrive over a connection and has them stored by jobs: hashing, inflating, cutting and appending to packs
 * are not done on the calling thread. Some work is under way while more is taken in; who sends faster is held back. Nothing
 * is known to anyone before `commit`. One arrival serves one request; many of them share a `GroupCommit`.
 */
import { BusyError, IntegrityError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashFromBytes, writeHash } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { type PackPlaces, rowCountOf } from '../store/version-store.js';
import { ContentBatch, type WholeContent } from './content-batch.js';
import { JobWindow } from './job-window.js';
import { type AppendedRecords, type ArrivalSurroundings, StreamArrival } from './stream-arrival.js';

/** A content that was refused. */
export interface RefusedContent {
  readonly hash: Hash;
  readonly message: string; // a full sentence
}

const jobsUnderWay = 2;

/** The most bytes that a compressed content may inflate to. */
const largestInflatedBytes = 10 * 1024 * 1024;

/** Contents of one request. */
export class ContentArrival {
  /** Contents that were not what their names say, in no particular order; complete after `commit`. */
  readonly refused: RefusedContent[] = [];
  readonly #surroundings: ArrivalSurroundings;
  readonly #window = new JobWindow(jobsUnderWay);
  readonly #hash = new Uint8Array(hashBytesLength);
  #batch = new ContentBatch();
  #stored: PackPlaces[] = [];
  #uncommittedBytes = 0;
  #reused = new HashTable(); // stored before and relied on
  #reusedChunks = new HashTable();

  constructor(surroundings: ArrivalSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Bytes that were stored and are not durable yet. */
  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /**
   * Takes a whole content: up to 4 MiB, or up to 10 MiB inflated. One with another hash is refused.
   * @throws OperationError when the disk fails or is full
   */
  async add(content: WholeContent): Promise<void> {
    writeHash(content.hash, this.#hash, 0);
    if (this.#surroundings.repository.versions.hasContent(this.#hash)) {
      this.#reused.add(this.#hash);
      return;
    }
    this.#batch.add(content, this.#hash);
    if (this.#batch.isFull) await this.#startBatch();
  }

  /**
   * Takes a content in pieces; one with another hash is refused.
   * @throws what `pieces` throws, but for IntegrityErrors: then the content is refused
   * @throws OperationError when the disk fails or is full
   */
  async addStream(hash: Hash, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      const content = this.openStream();
      for await (const piece of pieces) await content.write(piece);
      await content.finish(hash);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.refused.push({ hash, message: error.message });
    }
  }

  /** Begins a content whose bytes the caller gives piece by piece. */
  openStream(): StreamArrival {
    return new StreamArrival(this.#surroundings, {
      add: (content) => this.add(content),
      keep: (records, sizeBytes) => this.#keep(records, sizeBytes),
      reuse: (chunks) => this.#reusedChunks.addAll(chunks),
      refuse: (hash, message) => this.refused.push({ hash, message }),
    });
  }

  /**
   * Makes everything taken in durable and known, the last of it in one transaction with what `action` writes; after a failure some of it may
   * be known.
   * @throws BusyError when gc removed a content meanwhile that was not stored again because it was there
   * @throws OperationError when the disk fails or is full
   */
  async commit(action: () => void = () => undefined): Promise<void> {
    if (!this.#batch.isEmpty) await this.#startBatch();
    await this.#window.drain();
    const { versions } = this.#surroundings.repository;
    const stored = this.#stored;
    const [contents, chunks] = [this.#reused.hashes, this.#reusedChunks.hashes];
    this.#stored = [];
    this.#uncommittedBytes = 0;
    this.#reused = new HashTable();
    this.#reusedChunks = new HashTable();
    const { packs } = this.#surroundings;
    const { parts, last } = packs.split(stored);
    for (const part of parts) {
      await packs.commit(() => this.#put(part, []), rowCountOf(part));
    }
    await packs.commit(() => {
      const goneCount =
        versions.findMissing(contents).length + versions.findMissingChunks(chunks).length;
      if (goneCount > 0) {
        throw new BusyError('Stored contents were removed while others were being added.', {
          hint: 'run the same command again',
        });
      }
      this.#put(last, [contents, chunks]);
      action();
    }, rowCountOf(last));
  }

  /** Makes records known and notes that they arrived, and others that were here; inside a transaction. */
  #put(groups: readonly PackPlaces[], others: readonly Uint8Array[]): void {
    const { repository, packs } = this.#surroundings;
    repository.versions.putPlaces(groups);
    packs.arrivals.note(Buffer.concat([...groups.map(({ places }) => places.hashes), ...others]));
  }

  /** Waits for what is under way, because jobs must not outlive their packs; what was not committed is lost. */
  async close(): Promise<void> {
    await this.#window.drain().catch(() => undefined); // told to whoever committed, if anybody
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #startBatch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new ContentBatch();
    await this.#window.start(() => this.#storeBatch(batch));
  }

  async #storeBatch(batch: ContentBatch): Promise<void> {
    const { packs, jobs } = this.#surroundings;
    const { hashes, bytes, sizeBytes, ...columns } = batch.finish();
    const output = await packs.lendTo(async (slot) => {
      const input = { slot, hashes, bytes, largestBytes: largestInflatedBytes, ...columns };
      return { ...(await jobs.run('storeContents', input, [bytes.buffer])), slot };
    });
    this.#keep(output, sizeBytes);
    for (const { index, message } of output.refused) {
      this.refused.push({ hash: hashFromBytes(hashes, index * hashBytesLength), message });
    }
  }

  #keep({ slot, places }: AppendedRecords, sizeBytes: number): void {
    if (places.count > 0) this.#stored.push({ packId: slot.packId, places });
    this.#uncommittedBytes += sizeBytes;
  }
}
