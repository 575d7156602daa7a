/**
 * Fetching on the fast path: which commits there are to fetch, and records of objects by their hashes. Whoever stores a record
 * compares its bytes with its hash; here it is made sure that only what was wished for comes, and all of it.
 */
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import { type FetchBegin, fetchBeginFrame } from '../wire/fast/conversation.js';
import { malformed, maxPayloadBytes, type ObjectKind } from '../wire/fast/frame.js';
import type { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { expectKind, hashesFrames, hashesIn } from '../wire/fast/payloads.js';
import { maxWishesPerRequest, type ReceivedFrame } from '../wire/fast/stream.js';
import type { RemoteClient } from './client.js';
import { asIntegrity } from './errors.js';
import { forEachParallel } from './fan-out.js';
import { askFrames, callFrames } from './frame-exchange.js';
import { WantedObjects } from './wanted-objects.js';

/** Stores records, which stand at the start of a buffer that it may keep, and returns their hashes, 16 bytes each, in any order. */
export type RecordReceiver = (
  payload: Uint8Array<ArrayBuffer>,
  recordCount: number,
) => Promise<Uint8Array>;

const smallestSlice = 512;
const maxHistoryBytes = 256 * 1024 * 1024;

/**
 * Returns the ids of the commits from the head back to what `haves` cover, newest first, 16 bytes each.
 * @throws NotFoundError when the server lacks the head
 */
export function beginFetch(client: RemoteClient, begin: FetchBegin): Promise<Uint8Array> {
  const what = 'beginning the fetch';
  const frames = [fetchBeginFrame(begin)];
  const call = { route: 'beginFastFetch', what, frames, maxAnswerBytes: maxHistoryBytes } as const;
  return askFrames(
    client,
    call,
    (answer) => new Uint8Array(Buffer.concat(answer.map((frame) => hashesIn(frame)))),
  );
}

/**
 * Fetches records of objects, in several requests at once. A large content comes as its list of chunks, which are to be
 * fetched after it.
 * @param hashes 16 bytes each, all different
 * @param receive is called for the records of one frame; several calls may be under way. They count as received when it
 *   returns, and are not sent again when a connection breaks
 * @param buffers give the memory for the records
 * @throws NotFoundError when the server lacks one; IntegrityError when it sends anything else
 */
export async function fetchRecords(
  client: RemoteClient,
  objects: ObjectKind,
  hashes: Uint8Array,
  receive: RecordReceiver,
  buffers: FrameBuffers,
): Promise<void> {
  const way = { objects, receive, buffers };
  await forEachParallel(slices(hashes, client.jobs), client.jobs, (slice) =>
    client.slot(() => fetchSlice(client, way, new WantedObjects(slice))),
  );
}

/** What the requests of one `fetchRecords` share. */
interface Way {
  readonly objects: ObjectKind;
  readonly receive: RecordReceiver;
  readonly buffers: FrameBuffers;
}

async function fetchSlice(client: RemoteClient, way: Way, wanted: WantedObjects): Promise<void> {
  const { objects, buffers } = way;
  const what = `reading ${objects}`;
  for (let retry = 1; wanted.lackingCount > 0; retry++) {
    const before = wanted.lackingCount;
    const frames = [...hashesFrames(objects, wanted.lacking())];
    const maxAnswerBytes = before * maxPayloadBytes.records;
    const call = { route: 'fetchObjects', what, frames, maxAnswerBytes, buffers } as const;
    try {
      for await (const frame of callFrames(client, call)) await take(frame, way, wanted);
      if (wanted.lackingCount > 0) throw notSent(objects, wanted);
    } catch (error) {
      if (wanted.lackingCount < before) retry = 1; // whoever makes progress may go on
      await client.waitToRetry(asIntegrity(what, error), retry);
    }
  }
}

async function take(frame: ReceivedFrame, way: Way, wanted: WantedObjects): Promise<void> {
  expectKind(frame, 'records');
  if (frame.itemCount === 0) throw malformed('a frame of records is empty');
  const hashes = await way.receive(frame.payload, frame.itemCount);
  for (let start = 0; start < hashes.length; start += hashBytesLength) {
    wanted.take(hashes.subarray(start, start + hashBytesLength));
  }
}

/** Yields lists for one request each: short enough that all transfers have something to do. */
function* slices(hashes: Uint8Array, width: number): Generator<Uint8Array> {
  const count = Math.ceil(hashes.length / hashBytesLength / width);
  const step = Math.min(maxWishesPerRequest, Math.max(smallestSlice, count)) * hashBytesLength;
  for (let start = 0; start < hashes.length; start += step) {
    yield hashes.subarray(start, start + step);
  }
}

function notSent(objects: ObjectKind, wanted: WantedObjects): IntegrityError {
  return new IntegrityError(
    `The server left out ${wanted.lackingCount} ${objects} without a word, among them ${hashFromBytes(wanted.lacking())}.`,
  );
}
