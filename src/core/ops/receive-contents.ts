/**
 * Takes contents that others send: each is hashed before anyone can see it, and what is stored already is never replaced. The
 * requests of a server share their flushes (`shared-writer`).
 */
import type { Hash } from '../model/hash.js';
import { ContentArrival, type RefusedContent } from './content-arrival.js';
import type { WholeContent } from './content-batch.js';
import type { ArrivalSurroundings } from './stream-arrival.js';

/** A content as it arrives; its bytes are taken before the next one is asked for. */
export type ArrivingContent =
  | WholeContent
  | { readonly hash: Hash; readonly pieces: AsyncIterable<Uint8Array> };

const bytesPerCommit = 64 * 1024 * 1024;

/**
 * Stores contents durably and returns those that were refused, because they have another hash or because reading their bytes
 * threw an IntegrityError.
 * @throws what `contents` throws; what was made durable before stays stored
 * @throws OperationError when the disk fails or is full
 */
export async function receiveContents(
  surroundings: ArrivalSurroundings,
  contents: AsyncIterable<ArrivingContent>,
): Promise<readonly RefusedContent[]> {
  await using arrival = new ContentArrival(surroundings);
  for await (const content of contents) {
    if ('pieces' in content) await arrival.addStream(content.hash, content.pieces);
    else await arrival.add(content);
    if (arrival.uncommittedBytes >= bytesPerCommit) await arrival.commit();
  }
  await arrival.commit();
  return arrival.refused;
}
