/**
 * What all collectors of metadata have in common: they take a file block by block, in order, and give its metadata at the end. One
 * that is interrupted can be saved, and goes on in any thread of the same program version.
 */
import type { FileMetadata } from '../../model/node.js';
import { uint32le } from '../byte-fields.js';

/** Collects metadata from the blocks of a file. */
export interface MetadataCollector {
  /** Takes the next block; it is not kept. */
  update(block: Uint8Array): void;
  /** Returns the metadata of all blocks, undefined when there is none. Nothing may follow. */
  finish(): FileMetadata | undefined;
  /** Returns the state as bytes, from which a collector for the same file goes on. */
  save(): Uint8Array;
}

/** Counts line feeds and characters of a text; `HashKernel.textStatsAt` where the bytes lie in its memory. */
export type TextCounter = (bytes: Uint8Array) => {
  readonly newlineCount: number;
  readonly characterCount: number;
};

/** Returns plain data and bytes as one array: length of the JSON text (u32le), JSON text, bytes. */
export function packState(state: unknown, rest: Uint8Array): Uint8Array {
  const text = Buffer.from(JSON.stringify(state));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, rest]);
}

/** Returns what was given to `packState`. Only for bytes that this program made: the shape is not checked. */
export function unpackState<T>(packed: Uint8Array): {
  readonly state: T;
  readonly rest: Uint8Array;
} {
  const end = 4 + uint32le(packed, 0);
  const state = JSON.parse(Buffer.from(packed.subarray(4, end)).toString()) as T;
  return { state, rest: packed.subarray(end) };
}
