/**
 * Takes files of the working tree into the store, each read once: hashed where it was read, described, and appended to the
 * pack of the slot unless its content is known. What comes back are columns. The hash that is recorded is always that of
 * the bytes that were stored. Files above the chunking threshold are left to `ingest-large`.
 * Target: at most 10 us of CPU for a file of 4 KB (docs/benchmarks.md).
 */
import { lstatSync } from 'node:fs';
import { chunkingThresholdBytes } from '../format/chunking.js';
import { FileIndexRunBuilder } from '../format/file-index-run.js';
import { getKernel } from '../format/hashing.js';
import { recordKinds } from '../format/pack-record.js';
import { StagedRunBuilder } from '../format/staged-run.js';
import { hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type {
  IngestBatch,
  IngestBatchOutput,
  IngestedDirectory,
  IngestInput,
  IngestOutput,
  PathProblem,
} from '../model/jobs.js';
import { joinNames, splitNames } from '../model/name-list.js';
import { PackWriter, type WrittenRecords } from '../store/pack-writer.js';
import { describeContent } from './content-description.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import { FileReader, type ReadOptions } from './file-reader.js';
import { KnownRows } from './known-rows.js';
import { absolutePath } from './scan.js';
import { stageFile } from './stage-file.js';
import type { StoredContents } from './stored-contents.js';

/** What ingesting depends on beside the disk. */
export interface IngestOptions extends ReadOptions {
  readonly contents?: StoredContents; // what is stored already; absent: nothing is
}

/** Room that is kept for a file at least, so that one that grows a little while it is read is read again. */
const smallestRoom = 64 * 1024;

const statOptions = { throwIfNoEntry: false } as const;

/**
 * The job `ingest` for one directory.
 * @throws OperationError when the pack cannot be written; IntegrityError when a run is damaged
 */
export function ingestFiles(input: IngestInput, options: IngestOptions = {}): IngestOutput {
  const { slot, ...item } = input;
  const ingest = new Ingest({ items: [item], slot }, options);
  try {
    return { ...ingest.run(item), ...ingest.finish() };
  } finally {
    ingest.close();
  }
}

/**
 * The job `ingest` for several directories that share a slot, which cost less together than one by one. Stops where
 * the slot is full.
 * @throws OperationError when the pack cannot be written; IntegrityError when a run is damaged
 */
export function ingestBatch(batch: IngestBatch, options: IngestOptions = {}): IngestBatchOutput {
  const ingest = new Ingest(batch, options);
  try {
    const outputs: IngestedDirectory[] = [];
    for (const item of batch.items) {
      if (ingest.isFull) break;
      outputs.push(ingest.run(item));
    }
    return { outputs, ...ingest.finish() };
  } finally {
    ingest.close();
  }
}

/** What all directories of a batch share. */
class Ingest {
  readonly #reader: FileReader;
  readonly #writer: PackWriter;
  readonly #seen: HashTable; // contents of this batch
  readonly #contents: StoredContents | undefined;
  readonly #kernel = getKernel();
  readonly #hash = new Uint8Array(hashBytesLength);

  constructor({ items, slot }: IngestBatch, options: IngestOptions) {
    const expected = items.reduce((sum, item) => sum + splitNames(item.names).length, 0);
    this.#reader = new FileReader(options);
    this.#writer = new PackWriter(slot, { inArena: true });
    this.#seen = new HashTable(expected);
    this.#contents = options.contents;
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  run(item: IngestItem): IngestedDirectory {
    const names = splitNames(item.names);
    const result = new DirectoryResult(names.length);
    const trouble = describeDirectoryState(new DirectoryGuard(item.root).stateOf(item.directory));
    if (trouble !== undefined) {
      for (const name of names) result.problems.push({ name, ...trouble });
      return result.finish(names.length);
    }
    const prefix = `${absolutePath(item.root, item.directory)}/`;
    const known = new KnownRows(item.known);
    let doneCount = 0;
    for (const name of names) {
      if (this.#writer.isFull) break;
      this.#takeFile(prefix + name, name, known, result);
      doneCount++;
    }
    return result.finish(doneCount);
  }

  finish(): WrittenRecords {
    return this.#writer.finish();
  }

  close(): void {
    this.#writer.close();
  }

  #takeFile(path: string, name: string, known: KnownRows, result: DirectoryResult): void {
    const isKnown = known.seek(name);
    if (isKnown && isUnchanged(path, known)) {
      result.unchangedCount++;
      return;
    }
    const reader = this.#reader;
    try {
      if (!reader.open(path)) result.problems.push({ name, ...reader.problem });
      else if (reader.size > chunkingThresholdBytes) result.large.push(name);
      else this.#readFile(name, isKnown ? known : undefined, result);
    } finally {
      reader.close();
    }
  }

  #readFile(name: string, known: KnownRows | undefined, result: DirectoryResult): void {
    const reader = this.#reader;
    const room = Math.max(reader.size + 1, smallestRoom);
    const at = this.#writer.reserve(room);
    if (reader.read(at, room) !== 'read') {
      result.problems.push({ name, ...reader.problem });
      return;
    }
    const hash = this.#hash;
    const { memory, digestStart } = this.#kernel;
    this.#kernel.hashAt(at, reader.size, digestStart);
    for (let index = 0; index < hashBytesLength; index++) {
      hash[index] = memory[digestStart + index] ?? 0;
    }
    result.readBytes += reader.size;
    result.index.append(name, reader, hash, reader.flags());
    if (known?.hasHash(hash)) return;
    const description = describeContent(name, at, reader.size);
    stageFile(result.staged, name, { reader, hash, isKnown: known !== undefined, description });
    if (this.#seen.add(hash) < 0 || this.#contents?.hasContent(hash) === true) return;
    this.#writer.commit(recordKinds.content, reader.size, hash);
  }
}

type IngestItem = IngestBatch['items'][number];

/** What comes back for one directory. */
class DirectoryResult {
  readonly staged: StagedRunBuilder;
  readonly index: FileIndexRunBuilder;
  readonly large: string[] = [];
  readonly problems: PathProblem[] = [];
  unchangedCount = 0;
  readBytes = 0;

  constructor(expected: number) {
    this.staged = new StagedRunBuilder(expected);
    this.index = new FileIndexRunBuilder(expected);
  }

  finish(doneCount: number): IngestedDirectory {
    return {
      doneCount,
      staged: this.staged.finish(),
      index: this.index.finish(),
      large: joinNames(this.large),
      unchangedCount: this.unchangedCount,
      readBytes: this.readBytes,
      problems: this.problems,
    };
  }
}

/** Says whether the file at `path` has the stat values of its row, and the row may be trusted. */
function isUnchanged(path: string, known: KnownRows): boolean {
  const { run, row } = known;
  if (run === undefined || run.flags[row] !== 0) return false;
  try {
    const stats = lstatSync(path, statOptions);
    return stats !== undefined && run.hasStat(row, stats);
  } catch {
    return false; // Opening it will tell the reason.
  }
}
