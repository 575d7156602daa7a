/**
 * The server: sockets in, answers out. It limits what comes in, writes one log line for each request, and stops gracefully:
 * requests that run are answered, new ones are not taken.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Jobs } from '../core/jobs.js';
import type { Clock } from '../core/model/clock.js';
import type { Disk } from '../core/store/disk.js';
import { ServedDirectory } from '../core/store/served-directory.js';
import { FrameBuffers } from '../core/wire/fast/frame-buffers.js';
import { requestIdOf } from '../core/wire/headers.js';
import { tooManyRequests, tooSlow } from '../core/wire/messages/failures.js';
import { maxTextBodyBytes } from '../core/wire/routes.js';
import type { ServerContext, ServerLimits } from './context.js';
import { FailureError, fail, type Reply, readBody, readText } from './exchange.js';
import { createListener, listen, type TlsTexts } from './listener.js';
import { describeRequest, type LogSink, writeLog } from './log.js';
import { Metrics } from './metrics.js';
import { RateLimit } from './rate-limit.js';
import { RepositoryPool } from './repositories.js';
import { failureOf, send } from './respond.js';
import { type RoutedRequest, routeRequest } from './router.js';
import { drain, startHeartbeats } from './slow-requests.js';
import { UploadTable } from './uploads.js';
import { UserTable } from './users.js';

/** Settings of a server. */
export interface ServerOptions {
  readonly directory: string;
  readonly host: string;
  readonly port: number; // 0: any free one
  readonly needsToken: boolean;
  readonly allowPlainForce: boolean;
  readonly tls?: TlsTexts;
  readonly limits: ServerLimits;
  readonly jobs: Jobs;
  readonly writer?: Jobs | undefined; // carries out transactions; the thread of the event loop does when absent
  readonly clock: Clock;
  readonly log: LogSink;
  readonly disk?: Disk | undefined; // that packs are written to; only tests give another one
}

/** Limits for a server of a few dozen users. */
export const defaultLimits: ServerLimits = {
  maxBodyBytes: 2 ** 40,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 1024,
  maxOpenRepositories: 64,
  headerTimeoutMs: 60_000,
  idleTimeoutMs: 300_000,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  stopTimeoutMs: 30_000,
};

/** A server that runs. */
export class OxenServer {
  readonly #options: ServerOptions;
  readonly #http: Server;
  readonly #context: ServerContext;
  readonly #users: UserTable | undefined;
  readonly #rateLimit: RateLimit;
  readonly #receivedBefore = new WeakMap<Socket, number>(); // of a connection, by its requests so far
  #runningCount = 0;
  #isStopping = false;

  private constructor(options: ServerOptions) {
    const directory = new ServedDirectory(options.directory);
    this.#options = options;
    this.#users = options.needsToken ? new UserTable(directory.serverDirectory) : undefined;
    this.#context = {
      directory,
      repositories: new RepositoryPool(directory, {
        maxOpen: options.limits.maxOpenRepositories,
        clock: options.clock,
        disk: options.disk,
        writer: options.writer,
      }),
      uploads: new UploadTable(),
      metrics: new Metrics(),
      jobs: options.jobs,
      frameBuffers: new FrameBuffers(),
      clock: options.clock,
      allowPlainForce: options.allowPlainForce,
      makeId: randomUUID,
    };
    this.#rateLimit = new RateLimit(options.limits.requestsPerSecond);
    this.#http = createListener(options.limits, options.tls, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /**
   * Starts a server; it answers when the promise resolves.
   * @throws OperationError when the port is taken or the directory cannot be used
   */
  static async start(options: ServerOptions): Promise<OxenServer> {
    const server = new OxenServer(options);
    await listen(server.#http, options.host, options.port);
    const { host, needsToken, tls } = options;
    server.#note('started', { host, port: server.port, needsToken, hasTls: tls !== undefined });
    return server;
  }

  /** The port on which it listens. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Number of requests that are being answered. */
  get runningCount(): number {
    return this.#runningCount;
  }

  /** The directory that is served, absolute. */
  get directory(): string {
    return this.#context.directory.root;
  }

  /** Takes no more requests, waits for those that run as long as the limits say, and closes everything. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#note('stopping', { runningCount: this.#runningCount });
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    const end = performance.now() + this.#options.limits.stopTimeoutMs;
    while (this.#runningCount > 0 && performance.now() < end) await sleep(20);
    this.#context.uploads.close();
    this.#http.closeAllConnections();
    await closed;
    await this.#context.repositories.close();
    await this.#options.jobs.close();
    await this.#options.writer?.close();
    this.#context.metrics.close();
    this.#note('stopped');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const { socket } = request;
    const sentBefore = socket.bytesWritten;
    const requestId = requestIdOf(headerOf(request, 'x-oxen-request-id'), randomUUID);
    const { metrics } = this.#context;
    let routed: RoutedRequest | undefined;
    let problem: unknown;
    this.#runningCount++;
    metrics.begin();
    try {
      let reply: Reply;
      try {
        this.#admit(request);
        routed = routeRequest(headOf(request), this.#users);
        reply = await this.#answer(routed, request, response, requestId);
      } catch (error) {
        problem = error;
        reply = fail(failureOf(error, requestId));
      }
      // Who is too slow is not waited for any longer.
      if (!request.complete && !isTooSlow(reply)) await drain(request);
      if (this.#isStopping && !response.headersSent) response.setHeader('connection', 'close');
      await send(request, response, reply, requestId);
    } catch (error) {
      problem ??= error;
      response.destroy();
    } finally {
      this.#runningCount--;
      const durationMs = performance.now() - startedAt;
      const sentBytes = socket.bytesWritten - sentBefore;
      const receivedBytes = socket.bytesRead - (this.#receivedBefore.get(socket) ?? 0);
      this.#receivedBefore.set(socket, socket.bytesRead);
      const route = routed?.route ?? 'none';
      const status = response.headersSent ? response.statusCode : 0;
      metrics.end({ route, status, durationMs, receivedBytes, sentBytes });
      const entry = describeRequest(request, {
        requestId,
        route,
        status,
        durationMs,
        receivedBytes,
        sentBytes,
        address: socket.remoteAddress,
        user: routed?.user?.email,
        problem,
      });
      writeLog(this.#options.log, new Date(), entry);
    }
  }

  /** @throws FailureError (429) when the sender makes too many requests */
  #admit(request: IncomingMessage): void {
    if (this.#options.limits.requestsPerSecond === Number.POSITIVE_INFINITY) return;
    const sender = request.socket.remoteAddress ?? '';
    const waitSeconds = this.#rateLimit.admit(sender, performance.now());
    if (waitSeconds > 0) throw new FailureError(tooManyRequests(waitSeconds));
  }

  async #answer(
    routed: RoutedRequest,
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<Reply> {
    const { maxBodyBytes, idleTimeoutMs } = this.#options.limits;
    const stopBeating = startHeartbeats(routed.route, request, response, requestId);
    try {
      return await routed.answer({
        server: this.#context,
        headers: request.headers,
        requestId,
        text: () => readText(request, Math.min(maxTextBodyBytes, maxBodyBytes), idleTimeoutMs),
        body: () => readBody(request, maxBodyBytes, idleTimeoutMs),
      });
    } finally {
      stopBeating();
    }
  }

  #note(event: string, fields: Readonly<Record<string, string | number | boolean>> = {}): void {
    writeLog(this.#options.log, new Date(), { level: 'info', event, ...fields });
  }
}

function isTooSlow(reply: Reply): boolean {
  return reply.kind === 'failure' && reply.failure === tooSlow;
}

function headOf(request: IncomingMessage) {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    userAgent: request.headers['user-agent'],
    authorization: request.headers.authorization,
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
