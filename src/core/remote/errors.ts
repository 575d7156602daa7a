/**
 * What a server's refusal or a broken connection means to the user: the kind of error (and so the exit code), a message
 * with the server's own words, made harmless for a terminal, and what to type next. The facts stay with the error as
 * its cause, for callers that act on them and for `retry`.
 */
import {
  AuthenticationError,
  BusyError,
  ConflictError,
  describeSystemError,
  type ErrorDetails,
  IntegrityError,
  InterruptedError,
  InvalidInputError,
  NotFoundError,
  OxenError,
  RemoteError,
  systemErrorCode,
} from '../model/errors.js';
import type { JsonObject, ReceivedFailure } from '../wire/messages/envelope.js';

/** What a server said when it refused: the cause of the error that `refusalOf` returns. */
export class ServerAnswer extends Error {
  readonly status: number; // of HTTP; 200 when the error came inside a body (wire-protocol.md, 0.7)
  readonly type: string; // token such as `branch_head_mismatch`, or the status message; may be empty
  readonly fields: JsonObject; // the whole answer
  readonly retryAfterMs: number | undefined;

  /** @param retryAfter the header of that name: whole seconds */
  constructor(failure: ReceivedFailure, retryAfter?: string) {
    super(failure.text);
    this.name = 'ServerAnswer';
    this.status = failure.status;
    this.type = failure.type;
    this.fields = failure.fields;
    this.retryAfterMs =
      retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)
        ? Number(retryAfter) * 1000
        : undefined;
  }
}

/** A connection that could not be made or broke: the cause of the error that `connectionFailure` returns. */
export class ConnectionBreak extends Error {
  readonly code: string; // of the system, of undici, or `TOO_SLOW`; may be empty
  readonly wasConnected: boolean; // the server had answered before, so that it is worth trying again

  constructor(message: string, code: string, wasConnected: boolean, cause: unknown) {
    super(message, { cause });
    this.name = 'ConnectionBreak';
    this.code = code;
    this.wasConnected = wasConnected;
  }
}

/** Returns the server's answer behind `error`, or undefined when it was not a refusal. */
export function serverAnswerOf(error: unknown): ServerAnswer | undefined {
  const cause = error instanceof OxenError ? error.cause : undefined;
  return cause instanceof ServerAnswer ? cause : undefined;
}

/** Says whether the server refused with this HTTP status. */
export function isRefusal(error: unknown, status: number): boolean {
  return serverAnswerOf(error)?.status === status;
}

const longestText = 600;

/** Returns `text` of a server fit for a terminal: one line, without control characters and direction marks, not too long. */
export function harmlessText(text: string): string {
  const plain = text
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .trim();
  return plain.length > longestText ? `${plain.slice(0, longestText)}...` : plain;
}

const conflictTypes = new Set(['branch_head_mismatch', 'conflict', 'resource_already_exists']);

/** Returns the error for a refusal of `what`, a phrase such as `moving branch main`. */
export function refusalOf(what: string, answer: ServerAnswer): OxenError {
  const said = harmlessText(answer.message);
  const reason = endSentence(said === '' ? `status ${answer.status}` : said);
  const message = `The server refused ${what}: ${reason}`;
  const details: ErrorDetails = { cause: answer, ...hintOf(answer) };
  if (conflictTypes.has(answer.type)) return new ConflictError(message, details);
  switch (answer.status) {
    case 401:
    case 403:
      return new AuthenticationError(message, details);
    case 404:
      return new NotFoundError(message, details);
    case 409:
      return new ConflictError(message, details);
    case 429:
      return new BusyError(message, details);
    default:
      return new RemoteError(message, details);
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const hintsOfTypes: Readonly<Record<string, string>> = {
  branch_head_mismatch: 'Fetch what is new first: oxen pull',
  update_required: 'The server wants a newer client: update oxen.',
  reachable_objects_missing: 'Look for damage here: oxen fsck',
};

const hintsOfStatuses: Readonly<Record<number, string>> = {
  401: 'It was sent no token, or one that it does not know. Store a token for this host: oxen config --auth HOST TOKEN',
  403: 'The token of this host does not allow it. Store another: oxen config --auth HOST TOKEN',
  413: 'A proxy before the server, or the server itself, limits the size of requests.',
  426: 'The server wants a newer client: update oxen.',
  429: 'The server is busy. Run the same command again in a while.',
  507: 'The disk of the server is full.',
};

function hintOf(answer: ServerAnswer): { hint?: string } {
  const hint = hintsOfTypes[answer.type] ?? hintsOfStatuses[answer.status];
  return hint === undefined ? {} : { hint };
}

/** Returns the error for an answer in which a reader of `wire` found something that cannot be; other errors pass. */
export function asIntegrity(what: string, error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const message = harmlessText(error.message);
  return new IntegrityError(`The answer to ${what} is refused. ${message}`, { cause: error });
}

const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'it stopped sending',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_HEADERS_OVERFLOW: 'the header of its answer is too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'its answer ended too early',
  TOO_SLOW: 'it sends too slowly',
};

/**
 * Returns the error for a request to `origin` that broke; errors of ours, such as one thrown by the source of a request
 * body, pass unchanged.
 * @param wasConnected whether this server has answered before
 */
export function connectionFailure(
  origin: string,
  error: unknown,
  wasConnected: boolean,
): OxenError {
  if (error instanceof OxenError) return error;
  const code = innermostCode(error);
  if (code === 'ABORT_ERR' || code === 'UND_ERR_ABORTED') {
    return new InterruptedError('Interrupted.', { cause: error });
  }
  const reason = connectionReasons[code] ?? harmlessText(describeSystemError(error));
  const cause = new ConnectionBreak(reason, code, wasConnected, error);
  return new RemoteError(`The connection to ${origin} failed: ${endSentence(reason)}`, {
    cause,
    hint: isCertificateCode(code)
      ? 'The certificate of the server is not trusted. Set NODE_EXTRA_CA_CERTS to the file of its authority.'
      : 'Check the address with oxen remote -v, and whether the server runs.',
  });
}

function innermostCode(error: unknown): string {
  const code = systemErrorCode(error);
  if (error instanceof AggregateError && code === undefined) return innermostCode(error.errors[0]);
  if (error instanceof Error && code === 'UND_ERR_SOCKET' && error.cause !== undefined) {
    return innermostCode(error.cause) || code;
  }
  if (error instanceof Error && error.name === 'AbortError') return 'ABORT_ERR';
  return code ?? '';
}

function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/.test(code);
}
