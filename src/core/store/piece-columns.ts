/** Columns that say where the pieces of contents lie: parts of them, rows of them, and several of them as one. */
import { hashBytesLength } from '../model/hash.js';
import type { ContentPieces } from '../model/jobs.js';

/** Returns the rows from `start` up to `end`, as views. */
export function piecesBetween(pieces: ContentPieces, start: number, end: number): ContentPieces {
  return {
    kinds: pieces.kinds.subarray(start, end),
    hashes: pieces.hashes.subarray(start * hashBytesLength, end * hashBytesLength),
    packIds: pieces.packIds.subarray(start, end),
    offsets: pieces.offsets.subarray(start, end),
    storedLengths: pieces.storedLengths.subarray(start, end),
    rawLengths: pieces.rawLengths.subarray(start, end),
    codecs: pieces.codecs.subarray(start, end),
  };
}

/** Returns the rows of all parts, one after the other; a single part as it is. */
export function joinPieces(parts: readonly ContentPieces[]): ContentPieces {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const count = parts.reduce((sum, { kinds }) => sum + kinds.length, 0);
  const all = emptyPieces(count);
  let row = 0;
  for (const part of parts) {
    all.kinds.set(part.kinds, row);
    all.hashes.set(part.hashes, row * hashBytesLength);
    all.packIds.set(part.packIds, row);
    all.offsets.set(part.offsets, row);
    all.storedLengths.set(part.storedLengths, row);
    all.rawLengths.set(part.rawLengths, row);
    all.codecs.set(part.codecs, row);
    row += part.kinds.length;
  }
  return all;
}

/** Returns some rows in the given order. */
export function selectPieces(pieces: ContentPieces, rows: readonly number[]): ContentPieces {
  const selected = emptyPieces(rows.length);
  for (const [to, from] of rows.entries()) {
    for (let index = 0; index < hashBytesLength; index++) {
      selected.hashes[to * hashBytesLength + index] =
        pieces.hashes[from * hashBytesLength + index] ?? 0;
    }
    selected.kinds[to] = pieces.kinds[from] ?? 0;
    selected.packIds[to] = pieces.packIds[from] ?? 0;
    selected.offsets[to] = pieces.offsets[from] ?? 0;
    selected.storedLengths[to] = pieces.storedLengths[from] ?? 0;
    selected.rawLengths[to] = pieces.rawLengths[from] ?? 0;
    selected.codecs[to] = pieces.codecs[from] ?? 0;
  }
  return selected;
}

function emptyPieces(count: number): ContentPieces {
  return {
    kinds: new Uint8Array(count),
    hashes: new Uint8Array(count * hashBytesLength),
    packIds: new Uint32Array(count),
    offsets: new Uint32Array(count),
    storedLengths: new Uint32Array(count),
    rawLengths: new Float64Array(count),
    codecs: new Uint8Array(count),
  };
}

/** No pieces. */
export const noPieces: ContentPieces = emptyPieces(0);
