/**
 * One content that arrives over a connection in pieces. As soon as it is known to be large it is cut into chunks, hashed and
 * stored by jobs while it comes; some MiB of it are held.
 */
import { chunkingThresholdBytes } from '../format/chunking.js';
import { GrowingBytes } from '../format/column-run.js';
import type { Jobs } from '../jobs.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { PackSlot, PlaceColumns } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import { appendManifest, type ManifestToAppend } from '../store/chunk-appender.js';
import type { GroupCommit } from '../store/group-commit.js';
import { PackWriter } from '../store/pack-writer.js';
import type { WholeContent } from './content-batch.js';

/** What an arrival works with. */
export interface ArrivalSurroundings {
  readonly repository: OpenRepository;
  readonly packs: GroupCommit;
  readonly jobs: Jobs;
}

/** Records that were appended to a slot and are not named by the store yet. */
export interface AppendedRecords {
  readonly slot: PackSlot;
  readonly places: PlaceColumns;
}

/** Where a content goes. */
export interface StreamSink {
  /** Takes a content that turned out to be small. */
  add(content: WholeContent): Promise<void>;
  /** Takes records of a large one. */
  keep(records: AppendedRecords, sizeBytes: number): void;
  /** Takes hashes of chunks that were stored before and are relied on, 16 bytes each. */
  reuse(chunks: Uint8Array): void;
  /** Takes a content whose bytes have another hash. */
  refuse(hash: Hash, message: string): void;
}

/** A point of a content to which it can be taken back. */
export interface StreamState {
  readonly held: Uint8Array;
  readonly hashState: Uint8Array | undefined;
  readonly chunkCount: number;
  readonly sizeBytes: number;
}

/** Bytes that are given to one job. */
const pieceBytes = 2 * 1024 * 1024;
const firstRoomBytes = 64 * 1024;

/** One content on its way. */
export class StreamArrival {
  readonly #surroundings: ArrivalSurroundings;
  readonly #sink: StreamSink;
  readonly #chunkHashes = new GrowingBytes(64 * hashBytesLength);
  readonly #chunkLengths: number[] = [];
  #recent = new HashTable(); // chunks that were appended and may not be in the database yet
  #held = new GrowingBytes(firstRoomBytes); // not given to a job yet
  #hashState: Uint8Array | undefined; // of what is in chunks; undefined while there are none
  #sizeBytes = 0;

  constructor(surroundings: ArrivalSurroundings, sink: StreamSink) {
    this.#surroundings = surroundings;
    this.#sink = sink;
  }

  /** Takes in a copy of the next bytes. @throws OperationError when the disk fails or is full */
  async write(bytes: Uint8Array): Promise<void> {
    this.#sizeBytes += bytes.length;
    this.#held.append(bytes);
    if (this.#sizeBytes > chunkingThresholdBytes && this.#held.length >= pieceBytes) {
      await this.#store(false);
    }
  }

  /** Returns the present point, for `rewind`. */
  mark(): StreamState {
    return {
      held: this.#held.bytes.slice(),
      hashState: this.#hashState,
      chunkCount: this.#chunkLengths.length,
      sizeBytes: this.#sizeBytes,
    };
  }

  /** Forgets the bytes since `mark`. */
  rewind({ held, hashState, chunkCount, sizeBytes }: StreamState): void {
    this.#hold(held);
    this.#hashState = hashState;
    this.#chunkHashes.length = chunkCount * hashBytesLength;
    this.#chunkLengths.length = chunkCount;
    this.#sizeBytes = sizeBytes;
  }

  /** Is told that the chunks so far have been committed. */
  forgetRecent(): void {
    this.#recent = new HashTable();
  }

  /** Ends the content, which is refused when it has another hash than `expected`. @throws OperationError as `write` */
  async finish(expected: Hash): Promise<void> {
    if (this.#sizeBytes <= chunkingThresholdBytes) {
      return this.#sink.add({ hash: expected, bytes: this.#held.bytes });
    }
    const hash = await this.#store(true);
    const found = hashFromBytes(hash);
    if (found !== expected) {
      this.#sink.refuse(expected, `A content with hash ${found} arrived as ${expected}.`);
      return;
    }
    const manifest = {
      hash,
      sizeBytes: this.#sizeBytes,
      chunkHashes: this.#chunkHashes.bytes,
      chunkLengths: Uint32Array.from(this.#chunkLengths),
    };
    this.#sink.keep(await writeManifest(this.#surroundings.packs, manifest), 0);
  }

  /** Has what is held cut and stored; returns the hash of all that is in chunks then. */
  async #store(isLast: boolean): Promise<Uint8Array> {
    const { repository, packs, jobs } = this.#surroundings;
    const bytes = this.#held.bytes.slice();
    const sizeBytes = bytes.length;
    const output = await packs.lendTo(async (slot) => {
      const input = {
        slot,
        bytes,
        isLast,
        hashState: this.#hashState,
        recentChunks: this.#recent.hashes.slice(),
        databasePath: repository.environment.path,
      };
      return { ...(await jobs.run('storeChunks', input, [bytes.buffer])), slot };
    });
    this.#sink.keep(output, sizeBytes - output.rest.length);
    this.#sink.reuse(output.reusedChunks);
    this.#recent.addAll(output.places.hashes);
    this.#chunkHashes.append(output.chunkHashes);
    for (const length of output.chunkLengths) this.#chunkLengths.push(length);
    this.#hashState = output.hashState;
    this.#hold(output.rest);
    return output.hash;
  }

  #hold(bytes: Uint8Array): void {
    this.#held = new GrowingBytes(pieceBytes);
    this.#held.append(bytes);
  }
}

/** Appends a list of chunks on this thread: it is short. */
export function writeManifest(
  packs: GroupCommit,
  manifest: ManifestToAppend,
): Promise<AppendedRecords & { readonly slotEnd: number }> {
  return packs.lendTo(async (slot) => {
    using writer = new PackWriter(slot, { disk: packs.disk });
    appendManifest(writer, manifest);
    return { ...writer.finish(), slot };
  });
}
