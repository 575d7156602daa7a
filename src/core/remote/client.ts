/**
 * A remote repository as its client sees it: requests built from the table of routes, tried again where that helps, and
 * answers judged by the protocol's rules. Which requests make up a transfer is in `upload-*`, `download-*` and `fast-*`; when
 * they are made is decided above, in `ops`. Knows nothing of the store.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import { InvalidInputError, RemoteError } from '../model/errors.js';
import { buildTarget } from '../wire/build-target.js';
import { userAgent } from '../wire/headers.js';
import type { RouteParameters } from '../wire/match-route.js';
import { decodeAnswer, type JsonObject } from '../wire/messages/envelope.js';
import type { QueryFields } from '../wire/query.js';
import type { RemoteUrl } from '../wire/remote-url.js';
import { type RouteName, routes } from '../wire/routes.js';
import { readWhole } from './answer-body.js';
import { Connection, defaultTimeLimits, type RemoteAnswer, type TimeLimits } from './connection.js';
import { harmlessText, isRefusal, refusalOf, ServerAnswer } from './errors.js';
import type { RequestBody } from './request-body.js';
import {
  defaultRetryCount,
  type Pace,
  type RetryOptions,
  systemPace,
  waitToRetry,
  withRetries,
} from './retry.js';
import { type BearerToken, originOf } from './token.js';

/** What a client may be told; everything has a default. */
export interface RemoteClientOptions {
  readonly jobs?: number; // transfers at once; 4
  readonly token?: BearerToken | undefined; // sent only to its own origin
  readonly ownVersion?: string; // of this product, for the user agent
  readonly retryCount?: number; // further tries (OXEN_NUM_RETRIES); 5
  readonly limits?: Partial<TimeLimits>;
  readonly pace?: Pace;
  readonly signal?: AbortSignal | undefined; // ends everything under way with InterruptedError
  readonly offersFast?: boolean; // false: speak the standard protocol with servers of ours, too
}

/** The parameters of a route, but for those that name the repository. */
export type CallParameters<Name extends RouteName> = Omit<
  RouteParameters<Name>,
  'namespace' | 'repository'
>;

/** One call of a route. */
export interface RemoteCall<Name extends RouteName> {
  readonly route: Name;
  readonly what: string; // for messages, what a server may refuse: `moving branch main`
  readonly parameters: CallParameters<Name>;
  readonly query?: QueryFields;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly isWork?: boolean; // servers work before they answer, perhaps for minutes
  readonly isDuplex?: boolean; // the answer comes while the request is sent, for as long as that takes
  readonly isOnce?: boolean; // not tried again
}

/** Makes a value of the members of an answer. @throws InvalidInputError when they are malformed */
export type AnswerDecoder<Value> = (
  fields: JsonObject,
  answer: Pick<RemoteAnswer, 'header'>,
) => Value;

const defaultJobs = 4;
const longestJsonBytes = 64 * 1024 * 1024;
const longestRefusalBytes = 4 * 1024 * 1024;

/** A client of one remote repository; to be closed. */
export class RemoteClient {
  readonly remote: RemoteUrl;
  readonly jobs: number;
  readonly pace: Pace;
  readonly offersFast: boolean;
  /** Whether the server speaks the fast path; known once the repository was looked at (`findRepository`). */
  isFast = false;
  /** Runs a transfer as soon as fewer than `jobs` are under way. A transfer may not wait for another one inside. */
  readonly slot: LimitFunction;
  readonly #connection: Connection;
  readonly #retries: RetryOptions;

  private constructor(remote: RemoteUrl, connection: Connection, options: RemoteClientOptions) {
    this.remote = remote;
    this.jobs = options.jobs ?? defaultJobs;
    this.pace = options.pace ?? systemPace;
    this.offersFast = options.offersFast ?? true;
    this.slot = pLimit(this.jobs);
    this.#connection = connection;
    this.#retries = {
      retryCount: options.retryCount ?? defaultRetryCount,
      pace: this.pace,
      signal: options.signal,
    };
  }

  /** Returns a client; nothing is sent yet. The HTTP library is loaded here, which takes some 70 ms. */
  static async open(remote: RemoteUrl, options: RemoteClientOptions = {}): Promise<RemoteClient> {
    const { Pool } = await import('undici');
    const limits = { ...defaultTimeLimits, ...options.limits };
    const origin = originOf(remote);
    const pool = new Pool(origin, {
      connections: (options.jobs ?? defaultJobs) + 1, // one more, for a short request beside the transfers
      connect: { timeout: limits.connectMs },
      keepAliveTimeout: 30_000, // stock servers close at 75 s
      keepAliveMaxTimeout: 60_000,
    });
    const connection = new Connection(pool, {
      origin,
      token: options.token,
      userAgent: userAgent(process.platform, options.ownVersion ?? '0'),
      limits,
      pace: options.pace ?? systemPace,
      signal: options.signal,
    });
    return new RemoteClient(remote, connection, options);
  }

  /**
   * Returns what `decode` makes of the members of a JSON answer.
   * @throws the error of the refusal (`errors`); RemoteError when `decode` finds the answer malformed
   */
  async json<Value, Name extends RouteName>(
    call: RemoteCall<Name>,
    decode: AnswerDecoder<Value>,
  ): Promise<Value> {
    return this.#retry(call, async () => {
      const answer = await this.#connection.send(this.#requestOf(call));
      const text = (await readWhole(answer.body(longestJsonBytes))).toString();
      return decodeFields(call.what, fieldsOf(call.what, answer, text), answer, decode);
    });
  }

  /** As `json`, but undefined when the server says 404. */
  async find<Value, Name extends RouteName>(
    call: RemoteCall<Name>,
    decode: AnswerDecoder<Value>,
  ): Promise<Value | undefined> {
    try {
      return await this.json(call, decode);
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  /**
   * Returns an answer whose status is good and whose body is to be read by the caller; only what happens before the
   * body is tried again.
   */
  async stream<Name extends RouteName>(call: RemoteCall<Name>): Promise<RemoteAnswer> {
    return this.#retry(call, async () => {
      const answer = await this.#connection.send(this.#requestOf(call));
      if (isGood(answer.status)) return answer;
      const text = (await readWhole(answer.body(longestRefusalBytes))).toString();
      throw refusal(call.what, answer, text);
    });
  }

  /** As `withRetries`, with the client's own number of tries. */
  async retry<Value>(run: (tryNumber: number) => Promise<Value>): Promise<Value> {
    return withRetries(run, this.#retries);
  }

  /** As `waitToRetry`, with the client's own number of tries; for streams, which go on where they broke off. */
  async waitToRetry(error: unknown, retry: number): Promise<void> {
    await waitToRetry(error, retry, this.#retries);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #retry<Value, Name extends RouteName>(
    call: RemoteCall<Name>,
    run: () => Promise<Value>,
  ): Promise<Value> {
    return call.isOnce === true ? run() : this.retry(run);
  }

  #requestOf<Name extends RouteName>(call: RemoteCall<Name>) {
    const { namespace, name } = this.remote;
    const parameters = { namespace, repository: name, ...call.parameters };
    const { what, contentType, headers, body, isWork = false, isDuplex = false } = call;
    return {
      method: routes[call.route].method,
      target: buildTarget(
        call.route,
        parameters as unknown as RouteParameters<Name>,
        call.query ?? {},
      ),
      what,
      ...(contentType === undefined ? {} : { contentType }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      isWork,
      isDuplex,
    };
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

function fieldsOf(what: string, answer: RemoteAnswer, text: string): JsonObject {
  const decoded = decodeAnswer(answer.status, text);
  if (decoded.isSuccess) return decoded.fields;
  const { fields } = decoded.failure;
  // A few answers of maintenance carry no status member (wire-protocol.md, 0.4).
  const isBare = fields['status'] === undefined && fields['status_message'] !== undefined;
  if (isGood(answer.status) && isBare) return fields;
  throw refusal(what, answer, text);
}

function refusal(what: string, answer: RemoteAnswer, text: string) {
  const decoded = decodeAnswer(answer.status, text);
  if (
    decoded.isSuccess ||
    (isGood(answer.status) && decoded.failure.fields['status'] === undefined)
  ) {
    return new RemoteError(`The answer to ${what} is not that of an Oxen server.`, {
      hint: 'Check the address with oxen remote -v.',
    });
  }
  return refusalOf(what, new ServerAnswer(decoded.failure, answer.header('retry-after')));
}

function decodeFields<Value>(
  what: string,
  fields: JsonObject,
  answer: RemoteAnswer,
  decode: AnswerDecoder<Value>,
): Value {
  try {
    return decode(fields, answer);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new RemoteError(`The answer to ${what} is malformed: ${harmlessText(cause.message)}`, {
      cause,
    });
  }
}
