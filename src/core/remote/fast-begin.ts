/** The short requests of the fast path: a push is begun, and which of many objects does the server lack. */
import { hashBytesLength } from '../model/hash.js';
import {
  type ObjectKind,
  objectsBeginFrame,
  type PushAnswer,
  type PushBegin,
  pushAnswerIn,
  pushBeginFrame,
} from '../wire/fast/conversation.js';
import { type Frame, malformed } from '../wire/fast/frame.js';
import { hashesFrames, maxHashesPerFrame, missingIn } from '../wire/fast/payloads.js';
import type { RemoteClient } from './client.js';
import { asIntegrity } from './errors.js';
import { callFast, framesOf } from './frame-exchange.js';

/** What the server says to the beginning of a push. */
export interface BegunPush extends PushAnswer {
  readonly missingCommits: Uint8Array; // ids of those it lacks, 16 bytes each, in the order in which they were asked
}

/**
 * Begins a push: one request in the place of five.
 * @param commitIds the commits that may be missing there, newest first, 16 bytes each
 */
export async function beginPush(
  client: RemoteClient,
  begin: PushBegin,
  commitIds: Uint8Array,
): Promise<BegunPush> {
  const what = `beginning the push to ${begin.branch}`;
  const frames = await askAbout(client, 'beginFastPush', what, pushBeginFrame(begin), commitIds);
  return interpret(what, () => {
    const [first, ...rest] = frames;
    if (first === undefined) throw malformed('it is empty');
    return { ...pushAnswerIn(first), missingCommits: missingAmong(rest, commitIds) };
  });
}

/**
 * Returns those of `hashes` that the server lacks, in their order. What it has is kept for this push, even while it
 * collects garbage.
 * @param hashes 16 bytes each; a question about some millions is one request
 */
export async function findMissingObjects(
  client: RemoteClient,
  kind: ObjectKind,
  hashes: Uint8Array,
): Promise<Uint8Array> {
  if (hashes.length === 0) return hashes;
  const what = `asking which ${kind} it lacks`;
  const begin = objectsBeginFrame({ kind });
  const frames = await askAbout(client, 'findMissingObjects', what, begin, hashes);
  return interpret(what, () => missingAmong(frames, hashes));
}

/** Sends a beginning and a list, and returns the frames of the answer, which are as many as those of the list, or one more. */
async function askAbout(
  client: RemoteClient,
  route: 'beginFastPush' | 'findMissingObjects',
  what: string,
  begin: Frame,
  hashes: Uint8Array,
): Promise<Frame[]> {
  return client.retry(async () => {
    const frames = () => [begin, ...hashesFrames(hashes)];
    const answer = await callFast(client, { route, what, frames, isOnce: true });
    const received: Frame[] = [];
    const most = Math.ceil(hashes.length / hashBytesLength / maxHashesPerFrame) + 2;
    for await (const frame of framesOf(answer, what, hashes.length)) {
      if (received.length >= most) throw asIntegrity(what, malformed('it has no end'));
      received.push(frame);
    }
    return received;
  });
}

/** Returns what `missing` frames, one for each frame of the list, call missing. */
function missingAmong(frames: readonly Frame[], hashes: Uint8Array): Uint8Array {
  const lists = [...hashesFrames(hashes)];
  if (frames.length !== lists.length) throw malformed('it does not answer all lists');
  const missing = lists.map((list, index) => {
    const frame = frames[index];
    return frame === undefined ? new Uint8Array(0) : missingIn(frame, list.payload);
  });
  return missing.length === 1 && missing[0] !== undefined
    ? missing[0]
    : new Uint8Array(Buffer.concat(missing));
}

function interpret<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw asIntegrity(what, error);
  }
}
