/**
 * Takes one large file into the store: in a single pass it is cut into chunks, each chunk is hashed and appended to the pack of
 * the slot unless it is known, and the hash of the whole file is computed. Memory does not grow with the file but for 20 bytes
 * a chunk. When the slot is full the job ends at a chunk boundary, with the state from which the next one goes on.
 */
import { Chunker, chunkingThresholdBytes, defaultChunking } from '../format/chunking.js';
import { GrowingBytes } from '../format/column-run.js';
import { FileIndexRunBuilder } from '../format/file-index-run.js';
import { classify, type FileClass, headBytes } from '../format/file-type.js';
import { getKernel, StreamingHash } from '../format/hashing.js';
import type { MetadataCollector } from '../format/metadata/metadata-collector.js';
import { openCollector } from '../format/metadata/read-metadata.js';
import { checksumBody, encodeManifest, recordCodecs, recordKinds } from '../format/pack-record.js';
import { StagedRunBuilder } from '../format/staged-run.js';
import { OxenError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { IngestLargeInput, IngestLargeOutput, LargeFileState } from '../model/jobs.js';
import { PackWriter } from '../store/pack-writer.js';
import {
  type ContentDescription,
  countKernelText,
  describeCollected,
  describeSource,
} from './content-description.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import { FileReader, hasChanged, type ReadProblem, systemProblem } from './file-reader.js';
import { type IngestOptions, ingestFiles } from './ingest.js';
import { KnownRows } from './known-rows.js';
import { absolutePath } from './scan.js';
import { stageFile } from './stage-file.js';
import type { StoredContents } from './stored-contents.js';

const blockBytes = 256 * 1024;

/** Room for a chunk and for the block in which its end is found. */
const roomBytes = defaultChunking.largestBytes + blockBytes;

/**
 * The job `ingestLarge`.
 * @throws OperationError when the pack cannot be written; IntegrityError when a run is damaged
 */
export function ingestLargeFile(
  input: IngestLargeInput,
  options: IngestOptions = {},
): IngestLargeOutput {
  const trouble = describeDirectoryState(new DirectoryGuard(input.root).stateOf(input.directory));
  const reader = new FileReader(options);
  const path = `${absolutePath(input.root, input.directory)}/${input.name}`;
  try {
    if (trouble !== undefined || !reader.open(path)) {
      return failed(input, trouble ?? reader.problem);
    }
    if (input.state === undefined && reader.size <= chunkingThresholdBytes) {
      return ingestAsSmall(input, options);
    }
    if (input.state !== undefined && !isSameFile(reader, input.state)) {
      return failed(input, hasChanged);
    }
    return ingestChunks(input, reader, options.contents);
  } finally {
    reader.close();
  }
}

function ingestChunks(
  input: IngestLargeInput,
  reader: FileReader,
  contents: StoredContents | undefined,
): IngestLargeOutput {
  const writer = new PackWriter(input.slot, { inArena: true });
  try {
    const file = new LargeFile(input, reader, writer, contents);
    const end = file.run();
    return { ...writer.finish(), readBytes: file.readBytes, ...end };
  } catch (error) {
    // What cannot be read is a problem of this file; what cannot be written ends the job.
    if (error instanceof OxenError) throw error;
    const problem = { name: input.name, ...systemProblem(error) };
    return { ...writer.finish(), readBytes: 0, problem };
  } finally {
    writer.close();
  }
}

type End = Pick<IngestLargeOutput, 'state' | 'finished' | 'problem'>;

/** One file on its way into the store. */
class LargeFile {
  readonly name: string;
  readBytes = 0;
  readonly #input: IngestLargeInput;
  readonly #reader: FileReader;
  readonly #writer: PackWriter;
  readonly #contents: StoredContents | undefined;
  readonly #kernel = getKernel();
  readonly #chunker = new Chunker();
  readonly #whole: StreamingHash;
  readonly #kind: FileClass;
  readonly #collector: MetadataCollector | undefined; // none: the metadata are in a few places of the file
  readonly #seen = new HashTable();
  readonly #chunkHashes: GrowingBytes;
  readonly #chunkLengths: number[];
  readonly #identity: Float64Array;
  readonly #hash = new Uint8Array(hashBytesLength);
  #offset: number; // bytes of the file that are in chunks

  constructor(
    input: IngestLargeInput,
    reader: FileReader,
    writer: PackWriter,
    contents: StoredContents | undefined,
  ) {
    const { state } = input;
    this.name = input.name;
    this.#input = input;
    this.#reader = reader;
    this.#writer = writer;
    this.#contents = contents;
    this.#whole = new StreamingHash(state?.hashState);
    this.#kind = classify(reader.asSource().read(0, headBytes), input.name);
    this.#collector = openCollector(
      this.#kind,
      { countText: countKernelText },
      state?.collectorState,
    );
    this.#chunkHashes = new GrowingBytes(64 * hashBytesLength);
    this.#chunkLengths = [...(state?.chunkLengths ?? [])];
    this.#identity = state?.identity ?? identityOf(reader);
    this.#offset = state?.offset ?? 0;
    if (state !== undefined) this.#takeUpChunks(state.chunkHashes);
  }

  run(): End {
    const isWhole = this.#storeChunks();
    if (!isWhole || this.#writer.isFull) return { state: this.#saveState() };
    if (!this.#reader.isSettled(this.#offset)) {
      return { problem: { name: this.name, ...this.#reader.problem } };
    }
    this.#whole.digestInto(this.#hash, 0);
    return { finished: this.#finish() };
  }

  /** Cuts and stores until the file ends (true) or the slot is full (false). */
  #storeChunks(): boolean {
    let at = this.#writer.reserve(roomBytes);
    let held = 0; // bytes at `at` that are in no chunk yet
    let scanned = 0; // how many of them the chunker has seen
    while (!this.#writer.isFull) {
      const used = this.#chunker.findCutAt(at + scanned, held - scanned);
      if (used === 0) {
        scanned = held;
        const count = this.#readBlock(at + held, held);
        held += count;
        if (count > 0) continue;
        if (held > 0) this.#takeChunk(at, held);
        return true;
      }
      const length = scanned + used;
      this.#takeChunk(at, length);
      const next = this.#writer.reserve(roomBytes);
      this.#kernel.memory.copyWithin(next, at + length, at + held);
      at = next;
      held -= length;
      scanned = 0;
    }
    return false;
  }

  /** Reads on behind `held` bytes that are not in a chunk yet; ends early in a file that has grown, which is reported later. */
  #readBlock(at: number, held: number): number {
    const position = this.#offset + held;
    if (position > this.#reader.size) return 0;
    const count = this.#reader.readBlock(at, position, blockBytes);
    this.readBytes += count;
    return count;
  }

  /** Makes a chunk of the `length` bytes at the reserved address. */
  #takeChunk(at: number, length: number): void {
    const { memory, digestStart } = this.#kernel;
    this.#kernel.hashAt(at, length, digestStart);
    memory.copy(this.#hash, 0, digestStart, digestStart + hashBytesLength);
    this.#whole.updateAt(at, length);
    this.#collector?.update(memory.subarray(at, at + length));
    this.#chunkHashes.append(this.#hash);
    this.#chunkLengths.push(length);
    this.#offset += length;
    if (this.#seen.add(this.#hash) < 0 || this.#contents?.hasChunk(this.#hash) === true) return;
    this.#writer.commit(recordKinds.chunk, length, this.#hash);
  }

  #takeUpChunks(hashes: Uint8Array): void {
    this.#chunkHashes.append(hashes);
    for (let at = 0; at < hashes.length; at += hashBytesLength) this.#seen.add(hashes, at);
  }

  #saveState(): LargeFileState {
    return {
      offset: this.#offset,
      hashState: this.#whole.save(),
      collectorState: this.#collector?.save() ?? new Uint8Array(0),
      chunkHashes: this.#chunkHashes.bytes.slice(),
      chunkLengths: Uint32Array.from(this.#chunkLengths),
      identity: this.#identity,
    };
  }

  /** Stores the list of chunks, unless the content is known, and makes the rows. */
  #finish(): NonNullable<IngestLargeOutput['finished']> {
    const { name } = this;
    const known = new KnownRows(this.#input.known);
    const isKnown = known.seek(name);
    const index = new FileIndexRunBuilder(1);
    const staged = new StagedRunBuilder(1);
    const readMs = this.#identity[identityColumns - 1];
    index.append(name, this.#reader, this.#hash, this.#reader.flags(readMs));
    if (!isKnown || !known.hasHash(this.#hash)) {
      if (this.#contents?.hasContent(this.#hash) !== true) this.#appendManifest();
      const description = this.#describe();
      stageFile(staged, name, { reader: this.#reader, hash: this.#hash, isKnown, description });
    }
    return { staged: staged.finish(), index: index.finish() };
  }

  #appendManifest(): void {
    const body = encodeManifest({
      chunkHashes: this.#chunkHashes.bytes,
      chunkLengths: Uint32Array.from(this.#chunkLengths),
    });
    const fields = {
      kind: recordKinds.manifest,
      codec: recordCodecs.raw,
      storedLength: body.length,
      rawLength: this.#offset,
      hash: this.#hash,
      bodyChecksum: checksumBody(body),
    };
    this.#writer.append(fields, body);
  }

  #describe(): ContentDescription {
    return this.#collector === undefined
      ? describeSource(this.#kind, this.#reader.asSource())
      : describeCollected(this.#kind, this.#collector);
  }
}

const identityColumns = 5;

function identityOf(reader: FileReader): Float64Array {
  return Float64Array.of(reader.size, reader.mtimeMs, reader.ctimeMs, reader.ino, reader.startMs);
}

/** Says whether the file is the one that an earlier job has read a part of. */
function isSameFile(reader: FileReader, { identity }: LargeFileState): boolean {
  const now = identityOf(reader);
  return now.subarray(0, identityColumns - 1).every((value, column) => value === identity[column]);
}

/** A file that shrank below the threshold since it was called large. */
function ingestAsSmall(input: IngestLargeInput, options: IngestOptions): IngestLargeOutput {
  const { name, state: _, ...rest } = input;
  const output = ingestFiles({ ...rest, names: name }, options);
  const { places, slotEnd, readBytes, staged, index } = output;
  const [problem] = output.problems;
  const end: End = problem === undefined ? { finished: { staged, index } } : { problem };
  return { places, slotEnd, readBytes, ...end };
}

function failed({ slot, name }: IngestLargeInput, problem: ReadProblem): IngestLargeOutput {
  const places = new PackWriter(slot, { inArena: true }).finish().places;
  return { places, slotEnd: slot.offset, readBytes: 0, problem: { name, ...problem } };
}
