/** Patience on both ways: signs of life for those who wait for an answer, and an ear for those who still send. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteName } from '../core/wire/routes.js';

const heartbeatMs = 15_000;
const slowRoutes: ReadonlySet<RouteName> = new Set([
  'uploadNodes',
  'updateBranch',
  'checkVersions',
]);
const maxDrainedBytes = 64 * 1024 * 1024;
const drainMs = 5_000;

/**
 * Answers a request that takes long with line ends until its answer is there, so that nobody on the way takes the connection for
 * dead. Returns what ends that.
 */
export function startHeartbeats(
  route: RouteName,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): () => void {
  if (!slowRoutes.has(route)) return () => {};
  const timer = setInterval(() => {
    if (!request.complete || response.destroyed) return;
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-oxen-request-id': requestId,
      });
    }
    response.write('\n');
  }, heartbeatMs);
  return () => clearInterval(timer);
}

/** Reads on for a while what nobody wants, so that the sender comes to read the answer; a rest is cut off with the socket. */
export async function drain(request: IncomingMessage): Promise<void> {
  if (request.destroyed) return;
  await new Promise<void>((resolve) => {
    let length = 0;
    const timer = setTimeout(resolve, drainMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (piece: Uint8Array) => {
      length += piece.length;
      if (length <= maxDrainedBytes) return;
      request.pause();
      end();
    });
    request.once('end', end);
    request.once('close', end);
    request.once('error', end);
  });
}
