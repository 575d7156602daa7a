/** Reads stored contents again, in jobs, pack by pack in the order of the file, and reports those that are not what they were. */
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import type { ContentPieces } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import { selectPieces } from '../store/piece-columns.js';
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

/** What is checked. */
export interface ContentCheckOptions {
  readonly isWanted?: (record: RecordPosition) => boolean; // which records are read; all when absent. That the others have places is checked all the same
  readonly isRequired?: (index: number) => boolean; // which contents must be stored; all when absent
}

/** What was found. */
export interface ContentCheckResult {
  readonly checkedBytes: number;
  readonly absentCount: number; // contents that are not stored and need not be
  readonly problems: readonly ContentProblem[]; // ascending by index
}

const recordsPerJob = 4096;
const bytesPerJob = 64 << 20;
const jobsPerThread = 2;
const contentsPerLookup = 32768;
const piecesPerLookup = 65536; // large contents have thousands

/**
 * Checks contents: that they are stored, and that every record of theirs has the bytes that its hash names.
 * @param hashes 16 bytes a content
 */
export async function verifyContents(
  repository: OpenRepository,
  hashes: Uint8Array,
  context: OperationContext,
  options: ContentCheckOptions = {},
): Promise<ContentCheckResult> {
  const run = new ContentCheck(repository, context, hashes, options);
  for (let start = 0; start < run.count; ) {
    start = await run.check(start, Math.min(start + contentsPerLookup, run.count));
  }
  return run.finish();
}

class ContentCheck {
  /** Number of contents. */
  readonly count: number;
  readonly #hashes: Uint8Array;
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #options: ContentCheckOptions;
  readonly #window: JobWindow;
  readonly #progress: ProgressCounter;
  readonly #problems: ContentProblem[] = [];
  readonly #failed = new Set<number>();
  #checkedBytes = 0;
  #absentCount = 0;

  constructor(
    repository: OpenRepository,
    context: OperationContext,
    hashes: Uint8Array,
    options: ContentCheckOptions,
  ) {
    this.count = hashes.length / hashBytesLength;
    this.#hashes = hashes;
    this.#repository = repository;
    this.#context = context;
    this.#options = options;
    this.#window = new JobWindow(context.jobs.parallelism * jobsPerThread);
    this.#progress = new ProgressCounter(context, 'verify', this.count);
  }

  /** Starts the checks of the contents from `first` on, at most up to `end`; returns where the next ones start. */
  async check(first: number, end: number): Promise<number> {
    const found = this.#find(first, end);
    if (found !== undefined) return this.#checkFound(found, first);
    if (end - first > 1) {
      for (let index = first; index < end; index++) await this.check(index, index + 1);
    }
    return end;
  }

  async finish(): Promise<ContentCheckResult> {
    await this.#window.drain();
    return {
      checkedBytes: this.#checkedBytes,
      absentCount: this.#absentCount,
      problems: this.#problems.sort((a, b) => a.index - b.index),
    };
  }

  #hashesBetween(first: number, end: number): Uint8Array {
    return this.#hashes.subarray(first * hashBytesLength, end * hashBytesLength);
  }

  /** Returns where contents lie, undefined when a row or a list of chunks of theirs is damaged. */
  #find(first: number, end: number): PieceLists | undefined {
    try {
      return this.#repository.versions.pieces(this.#hashesBetween(first, end), piecesPerLookup);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      if (end - first === 1) this.#fail(first, error.message);
      return undefined;
    }
  }

  async #checkFound({ pieceCounts, pieces }: PieceLists, first: number): Promise<number> {
    const contentOf = new Uint32Array(pieces.kinds.length); // by piece
    let piece = 0;
    for (const [row, count] of pieceCounts.entries()) {
      if (count === 0) this.#miss(first + row);
      contentOf.fill(first + row, piece, piece + count);
      piece += count;
    }
    for (const batch of this.#batches(pieces)) await this.#startJob(batch, pieces, contentOf);
    this.#progress.add(pieceCounts.length, 0);
    return first + pieceCounts.length;
  }

  /** Yields the pieces that are read, in parts that lie in one pack, in the order of that. */
  *#batches(pieces: ContentPieces): Generator<readonly number[]> {
    const { packIds, offsets, storedLengths } = pieces;
    const packOf = (piece: number): number => packIds[piece] ?? 0;
    const offsetOf = (piece: number): number => offsets[piece] ?? 0;
    const { isWanted = () => true } = this.#options;
    const wanted: number[] = [];
    for (let piece = 0; piece < packIds.length; piece++) {
      if (isWanted({ packId: packOf(piece), offset: offsetOf(piece) })) wanted.push(piece);
    }
    wanted.sort((a, b) => packOf(a) - packOf(b) || offsetOf(a) - offsetOf(b));
    let start = 0;
    let size = 0;
    for (const [at, piece] of wanted.entries()) {
      size += storedLengths[piece] ?? 0;
      const next = wanted[at + 1];
      const isFull = at + 1 - start >= recordsPerJob || size >= bytesPerJob;
      if (!isFull && next !== undefined && packOf(next) === packOf(piece)) continue;
      yield wanted.slice(start, at + 1);
      start = at + 1;
      size = 0;
    }
  }

  async #startJob(
    batch: readonly number[],
    pieces: ContentPieces,
    contentOf: Uint32Array,
  ): Promise<void> {
    throwIfStopped(this.#context);
    const { packDirectory } = this.#repository;
    const { packIds, hashes, kinds, offsets, storedLengths } = selectPieces(pieces, batch);
    const packId = packIds[0] ?? 0;
    const input = { packDirectory, packId, hashes, kinds, offsets, storedLengths };
    const contents = Uint32Array.from(batch, (piece) => contentOf[piece] ?? 0);
    await this.#window.start(async () => {
      const { checkedBytes, problems } = await this.#context.jobs.run('verifyPack', input);
      this.#checkedBytes += checkedBytes;
      for (const { record, message } of problems) {
        const position = { packId, offset: offsets[record] ?? 0 };
        this.#fail(contents[record] ?? 0, message, position);
      }
    });
  }

  /** Takes note of a content that is not stored, or of which a chunk is not. */
  #miss(index: number): void {
    const isRequired = this.#options.isRequired?.(index) ?? true;
    const hash = this.#hashesBetween(index, index + 1);
    if (isRequired || this.#repository.versions.hasContent(hash)) {
      this.#fail(index, 'Its content is missing.');
    } else this.#absentCount++;
  }

  #fail(index: number, message: string, record?: RecordPosition): void {
    if (this.#failed.has(index)) return;
    this.#failed.add(index);
    this.#problems.push({ index, message, ...(record === undefined ? {} : { record }) });
  }
}
