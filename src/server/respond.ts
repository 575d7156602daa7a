/** The only place where the server turns errors into answers, and answers into bytes on a socket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OxenError, reasonCodes } from '../core/model/errors.js';
import { BranchMovedError, IncompleteCommitError } from '../core/ops/move-branch.js';
import { headerNames, protocolVersion } from '../core/wire/headers.js';
import { encodeFailure, type Failure } from '../core/wire/messages/envelope.js';
import {
  badRequest,
  branchMoved,
  conflict,
  internalError,
  lockTimeout,
  missing,
  notFound,
  unauthenticated,
  unreachableObjects,
} from '../core/wire/messages/failures.js';
import { FailureError, type Reply } from './exchange.js';

const diskFullCodes: ReadonlySet<string | number> = new Set(['ENOSPC', 'EDQUOT', 28, 122]);

/** The disk of the server is full: what is stored can still be read. */
const diskFull: Failure = {
  status: 507,
  message: 'internal_server_error',
  error: {
    type: 'insufficient_storage',
    title: 'Insufficient storage',
    detail: 'The disk of the server is full.',
  },
};

/** Returns what an error tells the client; texts of errors of the store are not among it, they name paths of the server. */
export function failureOf(error: unknown, requestId: string): Failure {
  if (error instanceof FailureError) return error.failure;
  if (error instanceof BranchMovedError) {
    return branchMoved(error.branch, error.expectedAt, error.foundAt);
  }
  if (error instanceof IncompleteCommitError) {
    return unreachableObjects(error.missingNodeCount, error.missingContentCount);
  }
  if (isDiskFull(error)) return diskFull;
  if (!(error instanceof OxenError)) return internalError(requestId);
  switch (error.kind) {
    case 'usage':
      return badRequest(error.message);
    case 'not-found':
      return namesServerPath(error) ? notFound : missing('Not found', error.message);
    case 'conflict':
      return conflict('Conflict', withHint(error));
    case 'authentication':
      return unauthenticated;
    case 'busy':
      return lockTimeout;
    default:
      return internalError(requestId);
  }
}

/** Returns the headers that every answer has. */
export function commonHeaders(requestId: string): Record<string, string> {
  return { [headerNames.version]: protocolVersion, [headerNames.requestId]: requestId };
}

/** Sends an answer; resolves when it was handed to the socket. @throws when the client went away or the body failed */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  requestId: string,
): Promise<void> {
  if (reply.kind === 'stream') {
    response.writeHead(200, { ...commonHeaders(requestId), ...reply.headers });
    await pipeline(Readable.from(reply.body, { objectMode: false }), response);
    return;
  }
  const isFailure = reply.kind === 'failure';
  const body = isFailure ? encodeFailure(reply.failure) : reply.body;
  const type = isFailure ? undefined : reply.type;
  const retryAfter = isFailure ? reply.failure.retryAfterSeconds : undefined;
  if (response.headersSent) {
    response.end(body); // heart-beats were sent
    return;
  }
  response.writeHead(isFailure ? reply.failure.status : reply.status, {
    ...commonHeaders(requestId),
    'content-type': type ?? 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...(isFailure ? {} : reply.headers),
    ...(retryAfter === undefined ? {} : { [headerNames.retryAfter]: String(retryAfter) }),
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isDiskFull(error: unknown): boolean {
  return reasonCodes(error).some((code) => diskFullCodes.has(code));
}

function namesServerPath(error: OxenError): boolean {
  return error.path !== undefined && isAbsolute(error.path);
}

function withHint(error: OxenError): string {
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}
