/**
 * A request of the fast path and its answer as frames (`wire/fast`): damaged streams and problems that the server tells
 * become errors here. What the frames of each request are is in `fast-begin`, `fast-send` and `fast-fetch`.
 */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { recordCodecs } from '../format/pack-record.js';
import {
  ConflictError,
  IntegrityError,
  NotFoundError,
  type OxenError,
  RemoteError,
} from '../model/errors.js';
import { type ObjectProblem, problemIn } from '../wire/fast/conversation.js';
import { type Frame, malformed } from '../wire/fast/frame.js';
import { readFrames, writeFrames } from '../wire/fast/stream.js';
import type { RemoteClient } from './client.js';
import type { RemoteAnswer } from './connection.js';
import { asIntegrity, harmlessText } from './errors.js';

/** The routes whose bodies are frames. */
export type FastRoute =
  | 'beginFastPush'
  | 'findMissingObjects'
  | 'sendObjects'
  | 'fetchNodes'
  | 'fetchContents';

/** Gives the frames of a request, from the first one each time it is called. */
export type FrameSource = () => AsyncIterable<Frame> | Iterable<Frame>;

/** One request of the fast path. */
export interface FastCall {
  readonly route: FastRoute;
  readonly what: string; // for messages
  readonly frames: FrameSource;
  readonly isDuplex?: boolean; // the answer comes while the request is sent, for as long as that takes
  readonly isOnce?: boolean; // not tried again
}

/** The overhead of a stream beside the payloads, generously. */
const overheadBytes = 64 * 1024 * 1024;
const inflate = promisify(inflateRaw);

/** Sends a request; the answer begins while the body may still be on its way. @throws the error of a refusal */
export async function callFast(client: RemoteClient, call: FastCall): Promise<RemoteAnswer> {
  const { route, what, frames, isDuplex = false, isOnce = false } = call;
  return client.stream({
    route,
    what,
    parameters: {},
    contentType: 'application/octet-stream',
    body: { open: () => writeFrames(frames()) },
    isWork: true,
    isDuplex,
    isOnce,
  });
}

/**
 * Yields the frames of an answer.
 * @param maxTotalBytes of all payloads
 * @throws IntegrityError when the stream is damaged, cut off or too large; the error of the first problem it tells
 */
export async function* framesOf(
  answer: RemoteAnswer,
  what: string,
  maxTotalBytes: number,
): AsyncGenerator<Frame> {
  const maxBytes = maxTotalBytes + overheadBytes;
  try {
    for await (const frame of readFrames(answer.body(maxBytes), { maxTotalBytes: maxBytes })) {
      if (frame.kind === 'problem') throw errorOfProblem(what, problemIn(frame));
      yield frame;
    }
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

/**
 * Returns the payload of a frame as it was before compression, in a buffer of its own.
 * @throws InvalidInputError when it is not what the header says
 */
export async function decodedPayload(frame: Frame): Promise<Uint8Array> {
  if (frame.codec === recordCodecs.raw) return frame.payload;
  try {
    const bytes = await inflate(frame.payload, { maxOutputLength: Math.max(1, frame.rawLength) });
    if (bytes.length === frame.rawLength) return new Uint8Array(bytes);
  } catch {
    // it is told below, like a payload of another length
  }
  throw malformed('a payload cannot be inflated');
}

/** Returns the error for a problem that the server tells in place of what was asked for. */
export function errorOfProblem(what: string, problem: ObjectProblem): OxenError {
  const object = problem.hash === undefined ? '' : ` (${problem.hash})`;
  const message = `The server stopped at ${what}${object}: ${harmlessText(problem.message)}`;
  switch (problem.code) {
    case 'missing':
      return new NotFoundError(message);
    case 'integrity':
      return new IntegrityError(message);
    case 'conflict':
      return new ConflictError(message);
    case 'refused':
    case 'internal':
      return new RemoteError(message);
    default:
      return problem.code satisfies never;
  }
}
