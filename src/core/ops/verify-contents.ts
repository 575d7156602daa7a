/** Reads stored contents again, in jobs, pack by pack in the order of the file, and reports those that are not what they were. */
import { recordKinds } from '../format/pack-record.js';
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import type { ContentPieces } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import type { PieceLists } from '../store/version-store.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { JobWindow } from './job-window.js';

/** A content that cannot be read back. */
export interface ContentProblem {
  readonly index: number; // in the column of hashes that was given
  readonly message: string; // a full sentence
  readonly record?: RecordPosition; // that is damaged; absent when it is not known
}

/** Where a record lies. */
export interface RecordPosition {
  readonly packId: number;
  readonly offset: number;
}

const recordsPerJob = 4096;
const bytesPerJob = 64 << 20;
const jobsPerThread = 2;
const contentsPerLookup = 8192;

/**
 * Checks contents: that they are stored, and that every record of theirs has the bytes that its hash names.
 * @param hashes 16 bytes a content
 * @param isWanted tells which records are read; all when absent. That the others have places is checked all the same
 */
export async function verifyContents(
  repository: OpenRepository,
  hashes: Uint8Array,
  context: OperationContext,
  isWanted: (record: RecordPosition) => boolean = () => true,
): Promise<{ checkedBytes: number; problems: ContentProblem[] }> {
  const run = new ContentCheck(repository, context, hashes.length / hashBytesLength, isWanted);
  for (let start = 0; start < hashes.length; start += contentsPerLookup * hashBytesLength) {
    const part = hashes.subarray(start, start + contentsPerLookup * hashBytesLength);
    await run.check(part, start / hashBytesLength);
  }
  return run.finish();
}

/** One record and the content that needs it. */
interface Piece {
  readonly content: number;
  readonly piece: number;
}

class ContentCheck {
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #window: JobWindow;
  readonly #progress: ProgressCounter;
  readonly #problems: ContentProblem[] = [];
  readonly #failed = new Set<number>();
  readonly #isWanted: (record: RecordPosition) => boolean;
  #checkedBytes = 0;

  constructor(
    repository: OpenRepository,
    context: OperationContext,
    contentCount: number,
    isWanted: (record: RecordPosition) => boolean,
  ) {
    this.#isWanted = isWanted;
    this.#repository = repository;
    this.#context = context;
    this.#window = new JobWindow(context.jobs.parallelism * jobsPerThread);
    this.#progress = new ProgressCounter(context, 'verify', contentCount);
  }

  /** Starts the checks of some contents; the first of them has the index `first`. */
  async check(hashes: Uint8Array, first: number): Promise<void> {
    const found = this.#find(hashes, first);
    if (found !== undefined) await this.#checkFound(found, first);
    else if (hashes.length > hashBytesLength) {
      for (let at = 0; at < hashes.length; at += hashBytesLength) {
        const hash = hashes.subarray(at, at + hashBytesLength);
        await this.check(hash, first + at / hashBytesLength);
      }
    }
  }

  /** Returns where contents lie, undefined when a row or a list of chunks of theirs is damaged. */
  #find(hashes: Uint8Array, first: number): PieceLists | undefined {
    try {
      return this.#repository.versions.pieces(hashes);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      if (hashes.length === hashBytesLength) this.#fail(first, error.message);
      return undefined;
    }
  }

  async #checkFound({ pieceCounts, pieces }: PieceLists, first: number): Promise<void> {
    const byPack = new Map<number, Piece[]>();
    let piece = 0;
    for (let row = 0; row < pieceCounts.length; row++) {
      const end = piece + (pieceCounts[row] ?? 0);
      if (piece === end) this.#fail(first + row, 'Its content is missing.');
      for (; piece < end; piece++) this.#plan(byPack, { content: first + row, piece }, pieces);
    }
    for (const [packId, list] of byPack) await this.#checkPack(packId, list, pieces);
    this.#progress.add(pieceCounts.length, 0);
  }

  #plan(byPack: Map<number, Piece[]>, item: Piece, pieces: ContentPieces): void {
    const packId = pieces.packIds[item.piece] ?? 0;
    if (!this.#isWanted({ packId, offset: pieces.offsets[item.piece] ?? 0 })) return;
    const list = byPack.get(packId);
    if (list === undefined) byPack.set(packId, [item]);
    else list.push(item);
  }

  async finish(): Promise<{ checkedBytes: number; problems: ContentProblem[] }> {
    await this.#window.drain();
    const problems = this.#problems.sort((a, b) => a.index - b.index);
    return { checkedBytes: this.#checkedBytes, problems };
  }

  async #checkPack(packId: number, list: Piece[], pieces: ContentPieces): Promise<void> {
    const offsetOf = ({ piece }: Piece) => pieces.offsets[piece] ?? 0;
    list.sort((a, b) => offsetOf(a) - offsetOf(b));
    let batch: Piece[] = [];
    let size = 0;
    for (const item of list) {
      batch.push(item);
      size += pieces.storedLengths[item.piece] ?? 0;
      if (batch.length < recordsPerJob && size < bytesPerJob) continue;
      await this.#startJob(packId, batch, pieces);
      batch = [];
      size = 0;
    }
    if (batch.length > 0) await this.#startJob(packId, batch, pieces);
  }

  async #startJob(packId: number, batch: readonly Piece[], pieces: ContentPieces): Promise<void> {
    throwIfStopped(this.#context);
    const hashes = new Uint8Array(batch.length * hashBytesLength);
    batch.forEach(({ piece }, row) => {
      const start = piece * hashBytesLength;
      hashes.set(pieces.hashes.subarray(start, start + hashBytesLength), row * hashBytesLength);
    });
    const input = {
      packDirectory: this.#repository.packDirectory,
      packId,
      hashes,
      kinds: Uint8Array.from(batch, ({ piece }) => pieces.kinds[piece] ?? recordKinds.content),
      offsets: Uint32Array.from(batch, ({ piece }) => pieces.offsets[piece] ?? 0),
      storedLengths: Uint32Array.from(batch, ({ piece }) => pieces.storedLengths[piece] ?? 0),
    };
    await this.#window.start(async () => {
      const { checkedBytes, problems } = await this.#context.jobs.run('verifyPack', input);
      this.#checkedBytes += checkedBytes;
      for (const { record, message } of problems) {
        const content = batch[record]?.content;
        const position = { packId, offset: input.offsets[record] ?? 0 };
        if (content !== undefined) this.#fail(content, message, position);
      }
    });
  }

  #fail(index: number, message: string, record?: RecordPosition): void {
    if (this.#failed.has(index)) return;
    this.#failed.add(index);
    this.#problems.push({ index, message, ...(record === undefined ? {} : { record }) });
  }
}
