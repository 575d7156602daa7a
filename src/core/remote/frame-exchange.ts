/**
 * A request of the fast path and its answer as frames (`wire/fast`); what cannot be in an answer becomes an error here.
 * Which frames make up a request is in `fast-push` and `fast-fetch`.
 */
import type { Frame } from '../wire/fast/frame.js';
import type { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { type ReceivedFrame, readFrames, writeFrames } from '../wire/fast/stream.js';
import type { RemoteClient } from './client.js';
import { asIntegrity } from './errors.js';

/** The routes that answer in frames. */
export type FrameRoute = 'beginFastPush' | 'findMissingObjects' | 'beginFastFetch' | 'fetchObjects';

/** One request. */
export interface FrameCall {
  readonly route: FrameRoute;
  readonly what: string; // for messages
  readonly frames: readonly Frame[];
  readonly maxAnswerBytes: number;
  readonly buffers?: FrameBuffers; // for the payloads of the answer
}

/** Preamble, headers and end of an answer, generously. */
const overheadBytes = 1024 * 1024;

/** Returns what is sent of a request in frames. */
export function frameBody(frames: readonly Frame[]) {
  return {
    parameters: {},
    contentType: 'application/octet-stream',
    body: { open: () => writeFrames(frames) },
    isWork: true,
  } as const;
}

/**
 * Sends a request once and yields the frames of its answer.
 * @throws the error of a refusal; IntegrityError when the answer is damaged, cut off or too large
 */
export async function* callFrames(
  client: RemoteClient,
  call: FrameCall,
): AsyncGenerator<ReceivedFrame> {
  const { route, what, frames } = call;
  const maxBytes = call.maxAnswerBytes + overheadBytes;
  const answer = await client.stream({ route, what, isOnce: true, ...frameBody(frames) });
  try {
    yield* readFrames(answer.body(maxBytes), maxBytes, call.buffers);
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

/**
 * Returns what `read` makes of all frames of a short answer; sent again where that helps.
 * @throws the error of a refusal; IntegrityError when the answer is not what it should be
 */
export function askFrames<Value>(
  client: RemoteClient,
  call: FrameCall,
  read: (frames: readonly Frame[]) => Value,
): Promise<Value> {
  return client.retry(async () => {
    const frames: Frame[] = [];
    for await (const frame of callFrames(client, call)) frames.push(frame);
    try {
      return read(frames);
    } catch (error) {
      throw asIntegrity(call.what, error);
    }
  });
}
