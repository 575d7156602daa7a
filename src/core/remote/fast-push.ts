/**
 * Pushing on the fast path: where the branches are and which commits are missing, which objects are missing, and the records
 * of those. A request with records is one unit: when it is answered all of it is durable, until then nobody sees any of it.
 */

import { branchesIn } from '../wire/fast/conversation.js';
import { type Frame, malformed, type ObjectKind } from '../wire/fast/frame.js';
import { hashesFrames, missingIn } from '../wire/fast/payloads.js';
import { fullRequestBytes, maxRecordsPerRequest } from '../wire/fast/stream.js';
import type { Branch } from '../wire/messages/branches.js';
import type { RemoteClient } from './client.js';
import { forEachParallel } from './fan-out.js';
import { askFrames, frameBody } from './frame-exchange.js';

/** What the server says to the beginning of a push. */
export interface BegunPush {
  readonly branches: readonly Branch[];
  readonly missingCommits: Uint8Array; // those that it has not completely, 16 bytes each
}

const maxBranchesBytes = 64 * 1024 * 1024;

/**
 * Begins a push: one request in the place of four.
 * @param commitIds the commits that may be missing there, 16 bytes each
 */
export function beginPush(client: RemoteClient, commitIds: Uint8Array): Promise<BegunPush> {
  const what = 'beginning the push';
  const frames = [...hashesFrames('commits', commitIds)];
  const maxAnswerBytes = maxBranchesBytes + commitIds.length;
  const call = { route: 'beginFastPush', what, frames, maxAnswerBytes } as const;
  return askFrames(client, call, ([first, ...rest]) => {
    if (first === undefined) throw malformed('it is empty');
    return { branches: branchesIn(first), missingCommits: missingAmong(rest, frames) };
  });
}

/** Returns those of `hashes` that the server lacks, in their order. @param hashes 16 bytes each */
export async function findMissingObjects(
  client: RemoteClient,
  objects: ObjectKind,
  hashes: Uint8Array,
): Promise<Uint8Array> {
  if (hashes.length === 0) return hashes;
  const what = `asking which ${objects} it lacks`;
  const frames = [...hashesFrames(objects, hashes)];
  const call = {
    route: 'findMissingObjects',
    what,
    frames,
    maxAnswerBytes: hashes.length,
  } as const;
  return askFrames(client, call, (answer) => missingAmong(answer, frames));
}

/**
 * Sends frames of records, in several requests at once; returns when all are durable there. What depends on others is sent
 * by a later call, or as `last`.
 * @param frames are taken as the server takes them: at most a full request for each transfer is in memory
 * @param onStored is told of each frame that has become durable; nobody uses its payload any more
 * @param last are stored after the others, or together with them
 * @throws ConflictError for a node that differs from the one that is stored under its id; what `frames` throws
 */
export async function sendRecords(
  client: RemoteClient,
  frames: AsyncIterable<Frame>,
  onStored: (frame: Frame) => void,
  last: AsyncIterable<Frame> = nothing(),
): Promise<void> {
  const send = (request: readonly Frame[]) =>
    client.slot(async () => {
      const what = 'the objects of the push';
      await client.json({ route: 'sendObjects', what, ...frameBody(request) }, () => undefined);
      for (const frame of request) onStored(frame);
    });
  const requests = requestsOf(frames);
  const first = await requests.next();
  const second = await requests.next();
  if (first.done === true || second.done === true) {
    // One request is stored as a whole, so what comes last may be a part of it.
    for await (const request of requestsOf(chain(first.value ?? [], last))) await send(request);
    return;
  }
  await forEachParallel(chain([first.value, second.value], requests), client.jobs, send);
  await forEachParallel(requestsOf(last), client.jobs, send);
}

async function* chain<Item>(head: Iterable<Item>, tail: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* head;
  yield* tail;
}

async function* nothing(): AsyncGenerator<Frame> {}

async function* requestsOf(frames: AsyncIterable<Frame>): AsyncGenerator<Frame[], undefined> {
  let request: Frame[] = [];
  let recordCount = 0;
  for await (const frame of frames) {
    if (recordCount + frame.itemCount > maxRecordsPerRequest) {
      yield request;
      request = [];
      recordCount = 0;
    }
    request.push(frame);
    recordCount += frame.itemCount;
    if (sizeOf(request) < fullRequestBytes) continue;
    yield request;
    request = [];
    recordCount = 0;
  }
  if (request.length > 0) yield request;
  return undefined;
}

function sizeOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** Returns what `missing` frames, one for each frame of the list, call missing. */
function missingAmong(answers: readonly Frame[], asked: readonly Frame[]): Uint8Array {
  if (answers.length !== asked.length) throw malformed('it does not answer all lists');
  const missing = asked.flatMap((list, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : missingIn(answer, list);
  });
  return new Uint8Array(Buffer.concat(missing));
}
