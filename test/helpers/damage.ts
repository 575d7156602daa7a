/** Contents that do not compress, and damage to what is stored of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Repository } from '../../src/api/repository.js';
import { hashBytes } from '../../src/core/format/hashing.js';
import { hashToBytes } from '../../src/core/model/hash.js';
import { packPath } from '../../src/core/store/pack-files.js';

/** Bytes that no other seed gives. */
export function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed + 1; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Flips a bit in the middle of the stored bytes of a content, or of one of its chunks. */
export function flipContent({ stores }: Repository, content: Buffer, chunk = 0): void {
  const { pieces } = stores.versions.pieces(hashToBytes(hashBytes(content)));
  flip(stores.packDirectory, pieces.packIds[chunk] ?? 0, (pieces.offsets[chunk] ?? 0) + 48 + 1000);
  stores.packReader.close();
}

function flip(directory: string, packId: number, offset: number): void {
  const path = packPath(directory, packId);
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Forgets a content: its row in the database is gone. */
export function loseContent({ stores }: Repository, content: Buffer): void {
  const hash = hashToBytes(hashBytes(content));
  stores.environment.transaction(() => stores.versions.remove(hash, new Uint8Array(0)));
}
