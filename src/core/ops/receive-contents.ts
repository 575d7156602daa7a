/**
 * Takes contents that others send: each is hashed before anyone can see it, and what is stored already is never replaced. The
 * requests of a server share their flushes (`shared-writer`).
 */
import { chunkingThresholdBytes } from '../format/chunking.js';
import { IntegrityError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { ContentSink } from '../store/content-sink.js';
import type { PackLender } from '../store/pack-allocator.js';

/** A content as it arrives; its bytes are taken before the next one is asked for. */
export interface ArrivingContent {
  readonly hash: Hash; // that it must have
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
}

/** A content that was refused. */
export interface RefusedContent {
  readonly hash: Hash;
  readonly message: string; // a full sentence
}

const contentsPerCommit = 4096;
const bytesPerCommit = 128 * 1024 * 1024;

/**
 * Stores contents durably and returns those that were refused, because they have another hash or because reading their bytes
 * threw an IntegrityError.
 * @throws what `contents` throws; what was taken before stays stored
 * @throws OperationError when the disk fails or is full
 */
export async function receiveContents(
  repository: OpenRepository,
  packs: PackLender,
  contents: AsyncIterable<ArrivingContent>,
): Promise<RefusedContent[]> {
  using sink = new ContentSink(repository.versions, packs);
  const refused: RefusedContent[] = [];
  let count = 0;
  let sizeBytes = 0;
  for await (const { hash, bytes } of contents) {
    try {
      sizeBytes += await take(sink, bytes, hash);
      count++;
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      refused.push({ hash, message: error.message });
    }
    if (count < contentsPerCommit && sizeBytes < bytesPerCommit) continue;
    await sink.commit(() => undefined);
    count = 0;
    sizeBytes = 0;
  }
  await sink.commit(() => undefined);
  return refused;
}

async function take(
  sink: ContentSink,
  bytes: ArrivingContent['bytes'],
  hash: Hash,
): Promise<number> {
  if (!(bytes instanceof Uint8Array)) return (await sink.addStream(bytes, hash)).sizeBytes;
  if (bytes.length <= chunkingThresholdBytes) return sink.add(bytes, hash).sizeBytes;
  return (await sink.addStream(once(bytes), hash)).sizeBytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
