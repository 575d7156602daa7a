/**
 * One server, reached over a pool of kept-alive connections: sends a single request once and gives its answer as a
 * stream. Here are the rules that no caller can get round: the token goes to its own origin only and never along a
 * redirect, other hosts are not followed to, nothing hangs, nothing unbounded is read. What a request means is `client`.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { type OxenError, RemoteError } from '../model/errors.js';
import { readGuarded } from './answer-body.js';
import { connectionFailure, harmlessText } from './errors.js';
import { OutgoingBody, type RequestBody } from './request-body.js';
import type { Pace } from './retry.js';
import type { BearerToken } from './token.js';

/** One request. */
export interface RemoteRequest {
  readonly method: string;
  readonly target: string; // path and query, escaped
  readonly what: string; // for messages: what the server may refuse, for example `moving branch main`
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly isWork?: boolean; // servers work before they answer: they may take `workMs` instead of `idleMs`
  readonly isDuplex?: boolean; // the answer comes while the request is sent: it may be slow, but not silent for `idleMs`
}

/** An answer; its body must be read to the end, left early, or dropped. */
export interface RemoteAnswer {
  readonly status: number; // never a redirect
  /** Returns a header by its lower-case name; undefined when absent or repeated. */
  header(name: string): string | undefined;
  /** Yields the body, once. @throws RemoteError when it breaks off, comes too slowly, or is longer than `limitBytes` */
  body(limitBytes: number): AsyncIterable<Uint8Array>;
  /** Gives the body up; a short one is read to its end, so that the connection can be used again. */
  drop(): Promise<void>;
}

/** How long the other side may take. */
export interface TimeLimits {
  readonly connectMs: number;
  readonly idleMs: number; // without any progress
  readonly workMs: number; // until the whole of a short answer, where servers work before they answer
  readonly slowestBytesPerSecond: number; // waiting for a body may last `idleMs`, and a second more for so many bytes
}

/** The limits when nothing else is said. */
export const defaultTimeLimits: TimeLimits = {
  connectMs: 20_000,
  idleMs: 60_000,
  workMs: 600_000,
  slowestBytesPerSecond: 1024,
};

/** What a connection needs to know. */
export interface ConnectionSettings {
  readonly origin: string;
  readonly token: BearerToken | undefined;
  readonly userAgent: string;
  readonly limits: TimeLimits;
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 3;
const bufferedBytes = 256 * 1024; // of an answer, before its sender has to wait
const droppedBytes = 64 * 1024; // of an unwanted answer that are worth reading

/** A pool of connections to one server. */
export class Connection {
  readonly #pool: Pool;
  readonly #settings: ConnectionSettings;
  #hasAnswered = false;

  /** @param pool belongs to the connection from now on; of the origin in `settings` */
  constructor(pool: Pool, settings: ConnectionSettings) {
    this.#pool = pool;
    this.#settings = settings;
  }

  /**
   * Sends a request once.
   * @throws RemoteError when the connection fails or the server redirects elsewhere; InterruptedError when the signal
   *   fires; what the source of the body throws
   */
  async send(request: RemoteRequest): Promise<RemoteAnswer> {
    const { origin, token } = this.#settings;
    let { target } = request;
    let authorization = token?.origin === origin ? `Bearer ${token.value}` : undefined;
    for (let hops = 0; ; hops++) {
      const answer = await this.#sendOnce(request, target, authorization);
      if (!redirects.has(answer.status)) return answer;
      await answer.drop();
      target = this.#redirectTarget(request, target, answer.header('location'), hops);
      authorization = undefined;
    }
  }

  /** Closes all connections; requests under way fail. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #sendOnce(
    request: RemoteRequest,
    target: string,
    authorization: string | undefined,
  ): Promise<RemoteAnswer> {
    const { limits, userAgent, signal } = this.#settings;
    const answerMs = request.isWork === true ? limits.workMs : limits.idleMs;
    const watch = new RequestWatch(answerMs, signal);
    const body = new OutgoingBody(request.body, () => watch.start());
    try {
      const data = await this.#pool.request({
        method: request.method as Dispatcher.HttpMethod, // QUERY is not in the list of undici's types
        path: target,
        headers: {
          'user-agent': userAgent,
          accept: '*/*',
          ...(authorization === undefined ? {} : { authorization }),
          ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
          ...body.headers,
          ...request.headers,
        },
        body: body.value as Uint8Array | null, // undici takes iterables, but its types do not say so
        headersTimeout: answerMs,
        bodyTimeout: limits.idleMs,
        highWaterMark: bufferedBytes,
        signal: watch.signal,
      });
      this.#hasAnswered = true;
      return this.#answerOf(request, data, watch, body);
    } catch (error) {
      watch.end();
      if (body.failure !== undefined) throw body.failure.error;
      throw this.#failure(watch.isOverdue ? overdue(error) : error);
    } finally {
      watch.stop();
    }
  }

  #answerOf(
    request: RemoteRequest,
    data: Dispatcher.ResponseData<unknown>,
    watch: RequestWatch,
    sent: OutgoingBody,
  ): RemoteAnswer {
    const { limits, pace } = this.#settings;
    const waitMs = request.isWork === true ? limits.workMs : limits.idleMs;
    const stream: Readable = data.body;
    stream.on('error', () => {}); // whoever reads gets it; an answer that nobody reads may break
    stream.once('close', () => watch.end());
    const read = (limitBytes: number) =>
      readGuarded(stream, {
        what: request.what,
        limitBytes,
        idleMs: request.isDuplex === true ? Number.POSITIVE_INFINITY : waitMs,
        slowestBytesPerSecond: limits.slowestBytesPerSecond,
        now: pace.now,
        // An answer may come while the body is still being sent.
        toError: (error) => sent.failure?.error ?? this.#failure(error),
      });
    return {
      status: data.statusCode,
      header: (name) => {
        const value = data.headers[name];
        return typeof value === 'string' ? value : undefined;
      },
      body: read,
      drop: async () => {
        try {
          for await (const _ of read(droppedBytes));
        } catch {
          stream.destroy();
        }
      },
    };
  }

  #failure(error: unknown): OxenError {
    return connectionFailure(this.#settings.origin, error, this.#hasAnswered);
  }

  #redirectTarget(
    request: RemoteRequest,
    target: string,
    location: string | undefined,
    hops: number,
  ): string {
    const { origin } = this.#settings;
    const from = `${origin}${target}`;
    const url =
      location !== undefined && URL.canParse(location, from) ? new URL(location, from) : undefined;
    const mayFollow = request.method === 'GET' && hops < mostRedirects;
    if (url?.origin === origin && mayFollow) return url.pathname + url.search;
    const shown = url === undefined ? 'nowhere' : harmlessText(url.origin + url.pathname);
    throw new RemoteError(`${origin} redirects ${request.what} to ${shown}; not followed.`, {
      hint: 'If the repository moved there, say so: oxen config --set-remote NAME URL',
    });
  }
}

function overdue(cause: unknown): Error {
  return Object.assign(new Error('The answer is overdue.', { cause }), {
    code: 'UND_ERR_HEADERS_TIMEOUT',
  });
}

/** Ends a request when its answer is overdue or the user wants to stop; undici's own timers start anew with each 1xx. */
class RequestWatch {
  readonly #controller = new AbortController();
  readonly #answerMs: number;
  readonly #outer: AbortSignal | undefined;
  readonly #forward: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hasBegun = false;
  isOverdue = false;

  constructor(answerMs: number, outer: AbortSignal | undefined) {
    this.#answerMs = answerMs;
    this.#outer = outer;
    this.#forward = () => this.#controller.abort();
    if (outer?.aborted === true) this.#forward();
    else outer?.addEventListener('abort', this.#forward, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Everything is sent: the answer is due, unless it came before. */
  start(): void {
    if (this.#hasBegun) return;
    this.#timer = setTimeout(() => {
      this.isOverdue = true;
      this.#controller.abort();
    }, this.#answerMs);
  }

  /** The answer began, or failed. */
  stop(): void {
    this.#hasBegun = true;
    clearTimeout(this.#timer);
  }

  /** The request is over. */
  end(): void {
    this.stop();
    this.#outer?.removeEventListener('abort', this.#forward);
  }
}
