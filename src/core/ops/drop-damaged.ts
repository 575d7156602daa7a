/**
 * Forgets contents whose stored bytes are not what their hash names, so that whoever has them can send them again. The bytes
 * stay in their pack until gc. A damaged chunk is forgotten with every content that needs it; sound chunks of these stay.
 */
import { setImmediate } from 'node:timers/promises';
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { OpenRepository } from '../repository.js';
import type { OperationContext } from './context.js';
import { verifyContents } from './verify-contents.js';

/** What a check of all contents came to. */
export interface DroppedContents {
  readonly scannedCount: number; // contents
  readonly droppedCount: number; // that were damaged and are not stored any more
}

const contentsPerSlice = 256;

/** Reads all stored contents and forgets the damaged ones, durably. To be run while gc does not. */
export async function dropDamagedContents(
  repository: OpenRepository,
  context: OperationContext,
): Promise<DroppedContents> {
  const { versions, environment } = repository;
  const readable = new HashTable();
  const damaged = new HashTable();
  let scannedCount = 0;
  for (const { hash } of versions.contents()) {
    (hasPieces(repository, hash) ? readable : damaged).add(hash);
    if (++scannedCount % contentsPerSlice === 0) await setImmediate();
  }
  const { problems } = await verifyContents(repository, readable.hashes, context);
  for (const { index } of problems) damaged.add(readable.hashes, index * hashBytesLength);
  if (damaged.size === 0) return { scannedCount, droppedCount: 0 };
  const chunks = damagedChunks(repository, damaged.hashes);
  environment.transaction(() => versions.remove(damaged.hashes, chunks));
  return { scannedCount, droppedCount: damaged.size };
}

/** Says whether it is known where the bytes of a content lie: the list of its chunks may be damaged itself. */
function hasPieces({ versions }: OpenRepository, hash: Uint8Array): boolean {
  try {
    versions.pieces(hash);
    return true;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/** Returns the chunks of contents that cannot be read back, 16 bytes each. @param hashes 16 bytes a content */
export function damagedChunks(repository: OpenRepository, hashes: Uint8Array): Uint8Array {
  const { versions } = repository;
  const damaged = new HashTable();
  for (let start = 0; start < hashes.length; start += hashBytesLength) {
    const hash = hashes.subarray(start, start + hashBytesLength);
    if (!hasPieces(repository, hash)) continue;
    const { pieces } = versions.pieces(hash);
    for (let row = 0; row < pieces.kinds.length; row++) {
      try {
        versions.readPiece(pieces, row);
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        damaged.add(pieces.hashes, row * hashBytesLength);
      }
    }
  }
  return damaged.hashes;
}
