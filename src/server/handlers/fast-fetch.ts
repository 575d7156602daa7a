/**
 * The fast path of our own clients, from the server: which commits there are to fetch, and the records of objects, as they lie
 * in the packs, while they are read.
 */
import { findNewCommits } from '../../core/history/new-commits.js';
import { hashColumn, hashesOf } from '../../core/model/hash-column.js';
import { isCommitStored } from '../../core/ops/missing.js';
import { findMissingObjects } from '../../core/ops/missing-objects.js';
import { contentFrames, nodeFrames } from '../../core/ops/send-records.js';
import type { OpenRepository } from '../../core/repository.js';
import { fetchBeginIn } from '../../core/wire/fast/conversation.js';
import { type Frame, malformed, maxPayloadBytes } from '../../core/wire/fast/frame.js';
import { hashesFrames, hashesIn } from '../../core/wire/fast/payloads.js';
import { maxWishesPerRequest, readFrames, writeFrames } from '../../core/wire/fast/stream.js';
import { missingVersions } from '../../core/wire/messages/failures.js';
import { type Exchange, FailureError, type Handlers } from '../exchange.js';
import { frameType, requireCommit, streamFrom } from './in-repository.js';

/** Handlers of the requests of a fetch on the fast path. */
export const fastFetchHandlers: Handlers<'beginFastFetch' | 'fetchObjects'> = {
  beginFastFetch: async (exchange) => {
    const { head, haves } = fetchBeginIn(await onlyFrame(exchange));
    return streamFrom(exchange, (repository) => {
      const { stores } = repository;
      requireCommit(repository, head);
      const known = haves.filter((id) => isCommitStored(stores, id));
      const fresh = findNewCommits(stores, head, known).map(({ id }) => id);
      return { body: writeFrames(hashesFrames('commits', hashColumn(fresh))), headers: frameType };
    });
  },
  fetchObjects: async (exchange) => {
    const wish = await onlyFrame(exchange);
    const hashes = hashesIn(wish);
    if (wish.itemCount > maxWishesPerRequest) {
      throw malformed(`a request wishes for more than ${maxWishesPerRequest} objects`);
    }
    return streamFrom(exchange, ({ stores }) => {
      requireAll(stores, wish, hashes);
      return { body: writeFrames(recordsOf(stores, wish, hashes)), headers: frameType };
    });
  },
};

/** Returns the frame that is the whole body of a request. */
async function onlyFrame({ body }: Pick<Exchange, 'body'>): Promise<Frame> {
  let only: Frame | undefined;
  for await (const frame of readFrames(body(), 2 * maxPayloadBytes.begin)) {
    if (only !== undefined) throw malformed('it holds more than one frame');
    only = frame;
  }
  if (only === undefined) throw malformed('it is empty');
  return only;
}

/** @throws FailureError (404) naming what is wished for and not stored */
function requireAll(stores: OpenRepository, { objects }: Frame, hashes: Uint8Array): void {
  const missing = findMissingObjects(stores, objects, hashes);
  if (missing.length > 0) throw new FailureError(missingVersions(hashesOf(missing)));
}

function recordsOf(
  stores: OpenRepository,
  { objects }: Frame,
  hashes: Uint8Array,
): AsyncGenerator<Frame> {
  if (objects === 'contents' || objects === 'chunks') return contentFrames(stores, objects, hashes);
  return nodeFrames(stores, hashesOf(hashes));
}
