/**
 * What an engine for hashing offers, and where things lie in its memory. There are two: `wasm-kernel` (the normal one) and
 * `portable-kernel` (where WebAssembly lacks SIMD); both give the same results. Users go through `format/hashing`.
 */

import type { CutterState } from './gear-cutter.js';

/** Total bytes of kernel memory; it is never grown, so views of it stay valid. */
export const kernelMemoryBytes = 72 * 65536;

/** Where inputs that lie elsewhere are copied to before they are hashed. */
export const scratchStart = 65536;

/** Bytes of the scratch area. */
export const scratchBytes = 4 * 65536;

/** Start of the arena, into which files are read; the `arenaHeadroomBytes` in front of it are free as well. */
export const arenaStart = 6 * 65536;

/** Free bytes in front of the arena, for example for the header of a record. */
export const arenaHeadroomBytes = 65536;

/** Bytes of the arena: a file of 4 MiB fits together with 128 KiB of headers and read-ahead. */
export const arenaBytes = kernelMemoryBytes - arenaStart;

/** Counts of a text. */
export interface TextCounts {
  readonly newlineCount: number; // bytes 0x0A
  readonly characterCount: number; // bytes that do not continue a UTF-8 sequence
}

/** A hash of bytes that come in pieces. Any number may be open at once. */
export interface KernelStream {
  /** Takes in `length` bytes that lie in kernel memory at `at`. */
  updateAt(at: number, length: number): void;
  /** Writes the 16 little-endian digest bytes of all bytes so far to kernel memory at `outAt`; more may follow. */
  digestAt(outAt: number): void;
  /** Returns a copy of the state, from which `openStream` of the same engine goes on. */
  save(): Uint8Array;
}

/** An engine with its memory. Addresses are offsets into `memory`. */
export interface HashKernel {
  readonly engine: 'simd' | 'portable';
  readonly memory: Buffer; // the whole memory; may be read into directly
  readonly arenaStart: number;
  readonly arenaBytes: number;
  readonly arenaHeadroomBytes: number;
  readonly digestStart: number; // 16 bytes for a result that is fetched at once
  /** Writes the XXH3-128 of `length` bytes at `at`, 16 bytes little-endian, to `outAt`. */
  hashAt(at: number, length: number, outAt: number): void;
  /** Counts the `length` bytes at `at` as text. */
  textStatsAt(at: number, length: number): TextCounts;
  /**
   * Looks for the end of the current chunk in the `length` bytes at `at`. Returns how many of them belong to it when it ends
   * there, or 0 when it goes on; `state` is moved on.
   */
  findCutAt(at: number, length: number, state: CutterState): number;
  /** Opens an empty stream, or one that goes on from a saved state. */
  openStream(saved?: Uint8Array): KernelStream;
}
