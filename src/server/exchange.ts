/**
 * One request and its answer, between the socket and the handlers. Bodies are pulled: nothing is read before a handler asks
 * for it, and a sender is held back when the handler is slow.
 */
import type { IncomingMessage } from 'node:http';
import type { RouteParameters } from '../core/wire/match-route.js';
import {
  encodeSuccess,
  type Failure,
  type JsonObject,
  type SuccessToken,
} from '../core/wire/messages/envelope.js';
import { bodyTooLarge, tooSlow } from '../core/wire/messages/failures.js';
import type { RouteName } from '../core/wire/routes.js';
import type { ServerContext } from './context.js';
import type { User } from './users.js';

/** What a handler answers with. */
export type Reply =
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly body: string;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | {
      readonly kind: 'stream';
      readonly body: AsyncIterable<Uint8Array>;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A failure that a handler answers with, thrown where that is shorter. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What a handler gets. */
export interface Exchange<Name extends RouteName = RouteName> {
  readonly server: ServerContext;
  readonly parameters: RouteParameters<Name>;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  readonly requestId: string;
  readonly user: User | undefined; // undefined without `--auth`
  /** Returns the body as text. @throws FailureError (413) when it is too large */
  text(): Promise<string>;
  /** Yields the body; pieces are valid until the next is asked for. */
  body(): AsyncIterable<Uint8Array>;
}

/** Answers one kind of request. */
export type Handler<Name extends RouteName> = (exchange: Exchange<Name>) => Promise<Reply> | Reply;

/** Handlers of some routes. */
export type Handlers<Name extends RouteName> = { readonly [Key in Name]: Handler<Key> };

/** Returns an answer with a JSON body. */
export function json(body: string, status = 200): Reply {
  return { kind: 'text', status, body };
}

/** Returns a success without members of its own. */
export function success(token: SuccessToken, payload: JsonObject = {}): Reply {
  return json(encodeSuccess(token, payload));
}

/** Returns an answer that is a failure. */
export function fail(failure: Failure): Reply {
  return { kind: 'failure', failure };
}

/** Returns an answer whose body is made while it is sent. */
export function stream(
  body: AsyncIterable<Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { kind: 'stream', body, headers };
}

/** What a body must bring at least while it is waited for as long as a silent connection may stay. */
const leastBytes = 16 * 1024;

/**
 * Yields the body of a request; ending early does not close its socket.
 * @param patienceMs how long it may be waited for while next to nothing comes
 * @throws FailureError (413) over `maxBytes`; FailureError (408) when it hardly moves
 */
export async function* readBody(
  request: IncomingMessage,
  maxBytes: number,
  patienceMs: number,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  let waitedMs = 0; // since the last of `leastBytes`; the time that we take ourselves does not count
  let lengthBefore = 0;
  let askedAt = performance.now();
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  for await (const piece of pieces) {
    waitedMs += performance.now() - askedAt;
    length += piece.length;
    if (length > maxBytes) throw new FailureError(bodyTooLarge(maxBytes));
    if (length - lengthBefore >= leastBytes) {
      waitedMs = 0;
      lengthBefore = length;
    } else if (waitedMs > patienceMs) throw new FailureError(tooSlow);
    yield piece;
    askedAt = performance.now();
  }
}

/** Returns the body of a request as text. @throws FailureError as `readBody` */
export async function readText(
  request: IncomingMessage,
  maxBytes: number,
  patienceMs: number,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readBody(request, maxBytes, patienceMs)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
