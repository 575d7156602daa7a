/** An HTTP server on an ephemeral port whose answers the test writes; it remembers every request. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RemoteUrl } from '../../src/core/wire/remote-url.js';

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  body: Buffer; // whole once the answer is written after `readBody`
}

/** One exchange under way. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly number: number; // of requests before this one
  /** Reads the body of the request to its end. */
  readBody(): Promise<Buffer>;
  /** Reads the body and answers with JSON. */
  json(status: number, value: unknown, headers?: Record<string, string>): Promise<void>;
  /** Reads the body and answers with a good envelope around `payload`. */
  success(payload?: object): Promise<void>;
  /** Reads the body and answers with bytes. */
  bytes(status: number, body: Uint8Array | string, headers?: Record<string, string>): Promise<void>;
}

/** A running server. */
export interface ScriptedServer {
  readonly remote: RemoteUrl;
  readonly origin: string;
  readonly requests: RecordedRequest[];
  readonly sockets: ReadonlySet<Socket>;
  /** `METHOD target` of all requests, in order. */
  lines(): string[];
  close(): Promise<void>;
}

/** Starts a server that answers by `script`; it stops when the test is done. */
export async function scriptedServer(
  script: (exchange: Exchange) => Promise<void> | void,
): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ requestTimeout: 0 }, (incoming, response) => {
    const request = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.alloc(0),
    };
    requests.push(request);
    incoming.on('error', () => {});
    response.on('error', () => {});
    const exchange = exchangeOf(request, incoming, response, requests.length - 1);
    Promise.resolve()
      .then(() => script(exchange))
      .catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(close);
  return {
    remote: { scheme: 'http', host, namespace: 'ada', name: 'cats' },
    origin: `http://${host}`,
    requests,
    sockets,
    lines: () => requests.map(({ method, target }) => `${method} ${target}`),
    close,
  };
}

/** Writes zeros as fast as the other side takes them, and counts them, up to `mostBytes`. */
export async function pour(
  response: ServerResponse,
  sent: { bytes: number },
  mostBytes: number,
): Promise<void> {
  const piece = Buffer.alloc(65_536);
  let wake = () => {};
  response.on('drain', () => wake());
  response.on('close', () => wake());
  while (!response.destroyed && sent.bytes < mostBytes) {
    sent.bytes += piece.length;
    if (!response.write(piece)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  response.end();
}

function exchangeOf(
  request: RecordedRequest,
  incoming: IncomingMessage,
  response: ServerResponse,
  number: number,
): Exchange {
  let reading: Promise<Buffer> | undefined;
  const readAll = async () => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    request.body = Buffer.concat(parts);
    return request.body;
  };
  const readBody = () => {
    reading ??= readAll();
    return reading;
  };
  const bytes: Exchange['bytes'] = async (status, body, headers = {}) => {
    await readBody();
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(body);
  };
  const json: Exchange['json'] = (status, value, headers = {}) =>
    bytes(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
  const success: Exchange['success'] = (payload = {}) =>
    json(200, { status: 'success', status_message: 'resource_found', ...payload });
  return { request, incoming, response, number, readBody, bytes, json, success };
}
