/**
 * Cuts large files into chunks at places that depend on their bytes alone, so that an edited copy shares all chunks
 * but those around the edit. FastCDC with a Gear fingerprint; the loop is in the kernel (`kernel/assembly/gear`), its
 * plain form in `kernel/gear-cutter`. Parameters and the Gear table are part of the format: changing them costs deduplication.
 */
import assert from 'node:assert/strict';
import { getKernel } from './hashing.js';
import { cutterWords, gearWindowBytes } from './kernel/gear-cutter.js';
import { scratchBytes, scratchStart } from './kernel/hash-kernel.js';

/** Files of more bytes are stored as chunks. */
export const chunkingThresholdBytes = 4 * 1024 * 1024;

/** Bounds of the length of chunks. The last chunk of a file may be shorter than the smallest. */
export interface ChunkingParameters {
  readonly smallestBytes: number; // at least 32
  readonly averageBytes: number; // a power of two
  readonly largestBytes: number;
}

/** The parameters of every file we cut. */
export const defaultChunking: ChunkingParameters = {
  smallestBytes: 64 * 1024,
  averageBytes: 256 * 1024,
  largestBytes: 1024 * 1024,
};

/**
 * Bits by which the chance of a cut is lowered before the average length and raised from there on, so that lengths
 * gather around the average (level 2 of the paper).
 */
const normalisationBits = 2;

/** Finds the ends of the chunks of one file, which is fed in blocks of any size. */
export class Chunker {
  readonly #kernel = getKernel();
  readonly #state = new Uint32Array(cutterWords);
  #pending = 0;

  constructor(parameters: ChunkingParameters = defaultChunking) {
    const { smallestBytes, averageBytes, largestBytes } = parameters;
    const bits = Math.log2(averageBytes);
    assert(Number.isInteger(bits) && bits < 30, 'the average length is a power of two');
    assert(gearWindowBytes <= smallestBytes && smallestBytes <= averageBytes, 'lengths ascend');
    assert(averageBytes <= largestBytes, 'lengths ascend');
    this.#state.set([
      smallestBytes,
      averageBytes,
      largestBytes,
      2 ** (32 - bits - normalisationBits),
      2 ** (32 - bits + normalisationBits),
    ]);
  }

  /** Bytes fed since the end of the last chunk: at the end of a file, its last chunk. */
  get pendingBytes(): number {
    return this.#pending;
  }

  /**
   * Looks for the end of the current chunk in `length` bytes of kernel memory at `at`. Returns how many of them belong to it
   * when it ends there: the next call goes on behind them. Returns 0 when the chunk goes on: all bytes were taken in.
   */
  findCutAt(at: number, length: number): number {
    const used = this.#kernel.findCutAt(at, length, this.#state);
    this.#pending = used > 0 ? 0 : this.#pending + length;
    return used;
  }

  /** Takes in `length` bytes of kernel memory at `at`; returns the lengths of the chunks that end in them, in order. */
  feedAt(at: number, length: number): number[] {
    const lengths: number[] = [];
    for (let offset = 0; offset < length; ) {
      const before = this.#pending;
      const used = this.findCutAt(at + offset, length - offset);
      if (used === 0) break;
      lengths.push(before + used);
      offset += used;
    }
    return lengths;
  }

  /** As `feedAt`, for bytes anywhere; without a copy when they lie in kernel memory. */
  feed(bytes: Uint8Array): number[] {
    const { memory } = this.#kernel;
    if (bytes.buffer === memory.buffer) return this.feedAt(bytes.byteOffset, bytes.length);
    const lengths: number[] = [];
    for (let offset = 0; offset < bytes.length; offset += scratchBytes) {
      const piece = bytes.subarray(offset, offset + scratchBytes);
      memory.set(piece, scratchStart);
      lengths.push(...this.feedAt(scratchStart, piece.length));
    }
    return lengths;
  }

  /** Ends the file: returns the length of its last chunk, 0 when it ended with one, and starts over for another file. */
  finish(): number {
    const last = this.#pending;
    this.#pending = 0;
    this.#state.fill(0, 5);
    return last;
  }
}
