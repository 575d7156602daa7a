/** A proxy before a server: it writes down what goes through, and can break connections on the way. */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onTestFinished } from 'vitest';

/** One request that went through. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string; // below the repository, without the query
  readonly token: string | undefined;
  sentBytes: number; // body of the request
  receivedBytes: number; // body of the answer
}

/** A running proxy. */
export interface CountingProxy {
  readonly origin: string;
  readonly requests: ProxiedRequest[];
  /** Called for every request; true breaks its connection instead of passing it on. */
  breaks: (request: ProxiedRequest) => boolean;
  /** Waited for before a request is passed on. */
  before: (request: ProxiedRequest) => Promise<void>;
  /** Gives what is passed on in the place of an answer, as of a server that lies; undefined passes it on as it is. */
  rewrite: (
    request: ProxiedRequest,
    answer: Buffer,
  ) => AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined;
  /** Bytes of an answer after which its connection breaks. */
  mostAnswerBytes: number;
  /** Forgets what went through. */
  reset(): void;
  /** `METHOD path` of all requests, in order. */
  lines(): string[];
}

const asItIs = () => undefined;

async function passRewritten(
  proxy: CountingProxy,
  request: ProxiedRequest,
  answer: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  const { 'content-length': _, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 500, headers);
  const body = proxy.rewrite(request, whole) ?? [whole];
  await pipeline(Readable.from(body, { objectMode: false }), response).catch(() => undefined);
}

/** Starts a proxy before the server at `port`; it stops when the test is done. */
export async function startProxy(port: number): Promise<CountingProxy> {
  const requests: ProxiedRequest[] = [];
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const seen: ProxiedRequest = {
      method,
      path: url.replace(/^\/api\/repos\/[^/]+\/[^/?]+/, 'R').replace(/\?.*$/, ''),
      token: headers.authorization,
      sentBytes: 0,
      receivedBytes: 0,
    };
    requests.push(seen);
    response.on('error', () => {});
    incoming.on('error', () => {});
    if (proxy.breaks(seen)) {
      incoming.socket.destroy();
      return;
    }
    const outgoing = sendRequest(
      { host: '127.0.0.1', port, method, path: url, headers },
      (answer) => {
        if (proxy.rewrite === asItIs) {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
        }
        answer.on('data', (bytes: Buffer) => {
          seen.receivedBytes += bytes.length;
          if (seen.receivedBytes > proxy.mostAnswerBytes) {
            response.destroy();
            outgoing.destroy();
          }
        });
        answer.on('error', () => response.destroy());
        if (proxy.rewrite === asItIs) answer.pipe(response);
        else void passRewritten(proxy, seen, answer, response);
      },
    );
    outgoing.on('error', () => response.destroy());
    void proxy.before(seen).then(() => {
      incoming.on('data', (bytes: Buffer) => {
        seen.sentBytes += bytes.length;
      });
      incoming.pipe(outgoing);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const proxy: CountingProxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    breaks: () => false,
    before: async () => {},
    rewrite: asItIs,
    mostAnswerBytes: Number.POSITIVE_INFINITY,
    reset: () => {
      requests.length = 0;
    },
    lines: () => requests.map(({ method, path }) => `${method} ${path}`),
  };
  return proxy;
}
