/**
 * The sockets: plain or TLS, with limits on headers and on how slow a sender may be. What is no HTTP at all is answered here;
 * everything else goes to the server.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { OperationError, wrapSystemError } from '../core/model/errors.js';
import { encodeFailure, type Failure } from '../core/wire/messages/envelope.js';
import { badRequest, headersTooLarge, tooSlow } from '../core/wire/messages/failures.js';
import type { ServerLimits } from './context.js';

/** Certificate and key, as PEM texts. */
export interface TlsTexts {
  readonly key: string;
  readonly cert: string;
}

const keepAliveMs = 76_000; // longer than clients keep a connection

/**
 * Makes a server that does not listen yet.
 * @throws OperationError when certificate and key cannot be used
 */
export function createListener(
  limits: ServerLimits,
  tls: TlsTexts | undefined,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const { headerTimeoutMs } = limits;
  const settings = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: headerTimeoutMs,
    requestTimeout: 0, // bodies may take long; see `readBody` for those that stand still
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(10_000, headerTimeoutMs),
  };
  const server =
    tls === undefined
      ? createServer(settings, serve)
      : createTls({ ...settings, ...tls, handshakeTimeout: headerTimeoutMs }, serve);
  server.maxRequestsPerSocket = 0;
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleTimeoutMs);
  server.on('clientError', (error, socket) => refuse(error, socket));
  return server;
}

/**
 * Listens; port 0 takes a free one.
 * @throws OperationError when the port is taken or the address is not ours
 */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new OperationError(`Port ${port} of ${host} is in use.`, {
        cause: error,
        hint: 'Choose another one: oxen serve --port <port>',
      });
    }
    throw wrapSystemError(error, `Cannot listen on ${host}:${port}`, host);
  }
}

function createTls(
  settings: Parameters<typeof createTlsServer>[0],
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  try {
    return createTlsServer(settings, serve);
  } catch (cause) {
    throw new OperationError('The certificate and its key cannot be used.', {
      cause,
      hint: 'Both must be PEM files, and belong together.',
    });
  }
}

function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const failure = failureOf(error.code);
  const body = encodeFailure(failure);
  const status = `${failure.status} ${STATUS_CODES[failure.status]}`;
  const headers = `connection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}

function failureOf(code: string | undefined): Failure {
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return tooSlow;
  return badRequest('The request cannot be read.');
}
