/** The job `storeChunks`: cuts a piece of a large content that arrives, and appends the chunks that are not known. */
import type { StoreChunksInput, StoreChunksOutput } from '../model/arrival-jobs.js';
import { hashBytesLength } from '../model/hash.js';
import { ChunkAppender, type IsStoredChunk } from './chunk-appender.js';
import { PackWriter } from './pack-writer.js';

/** Does the job. @throws OperationError when the pack cannot be written */
export function storeChunks(input: StoreChunksInput, isStored?: IsStoredChunk): StoreChunksOutput {
  const { bytes, hashState, recentChunks } = input;
  using writer = new PackWriter(input.slot, { inArena: true });
  const chunks = new ChunkAppender(writer, { hashState, recentChunks, isStored });
  const taken = chunks.take(bytes, input.isLast);
  const hash = new Uint8Array(hashBytesLength);
  chunks.whole.digestInto(hash, 0);
  return {
    ...writer.finish(),
    chunkHashes: chunks.chunkHashes,
    chunkLengths: chunks.chunkLengths,
    reusedChunks: chunks.reusedChunks,
    rest: bytes.slice(taken),
    hashState: chunks.whole.save(),
    hash,
  };
}
