/**
 * The envelope of JSON answers and the forms of errors (wire-protocol.md, 0.4): written by the server, judged by the
 * client. The payload of an answer stands beside `status` and `status_message`, not below them.
 */
import { protocolVersion } from '../headers.js';

/** What an answer says happened. */
export type SuccessToken =
  | 'resource_found'
  | 'resource_created'
  | 'resource_updated'
  | 'resource_deleted';

/** The words that errors use as `status_message`; others are free text. */
export type FailureToken =
  | 'resource_not_found'
  | 'resource_already_exists'
  | 'bad_request'
  | 'conflict'
  | 'internal_server_error'
  | 'not_implemented'
  | 'update_required'
  | 'too_many_requests'
  | 'unauthenticated';

/** A failure as it is sent: status, body, and seconds to wait where that helps. */
export interface Failure {
  readonly status: number;
  readonly message: FailureToken | string; // `status_message`; a plain text where stock servers send one
  readonly description?: string; // gives form 2
  readonly error?: FailureDetails; // gives form 3
  readonly retryAfterSeconds?: number;
}

/** The `error` member of form 3. */
export interface FailureDetails {
  readonly type: string; // a token such as `resource_not_found` or `version_blobs_missing`
  readonly title: string;
  readonly detail?: string;
  readonly extra?: Readonly<Record<string, unknown>>; // more members, for example `missing_hashes`
}

/** A JSON object as it was received. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a client makes of an answer: the whole object, or why there is none. */
export type Answer =
  | { readonly isSuccess: true; readonly fields: JsonObject }
  | { readonly isSuccess: false; readonly failure: ReceivedFailure };

/** A failure as it was received. */
export interface ReceivedFailure {
  readonly status: number;
  readonly type: string; // `error.type`, else the status message, else empty
  readonly text: string; // for people
  readonly fields: JsonObject; // the whole answer, empty when it was no JSON
}

/** Returns the body of an answer: the envelope with the members of `payload` behind it. */
export function encodeSuccess(token: SuccessToken, payload: JsonObject = {}): string {
  return JSON.stringify({
    status: 'success',
    status_message: token,
    oxen_version: protocolVersion,
    ...payload,
  });
}

/** Returns the body of an answer about one repository, which carries no version. */
export function encodePlainSuccess(token: SuccessToken, payload: JsonObject): string {
  return JSON.stringify({ status: 'success', status_message: token, ...payload });
}

/** Returns the body of an error in the form that its fields call for. */
export function encodeFailure(failure: Failure): string {
  const { message, description, error } = failure;
  if (error !== undefined) {
    const { extra, ...named } = error;
    const members = Object.entries({ ...extra, ...named }).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify({
      error: Object.fromEntries(members),
      status: 'error',
      status_message: message,
    });
  }
  return JSON.stringify({
    status: 'error',
    status_message: message,
    oxen_version: protocolVersion,
    ...(description === undefined ? {} : { status_description: description }),
  });
}

/**
 * Returns what a client makes of an answer. White space before the JSON is a heart-beat; an error may come with status
 * 200, and an error status without JSON at all.
 */
export function decodeAnswer(status: number, body: string): Answer {
  const fields = parseObject(body);
  const isGoodStatus = status >= 200 && status < 300;
  if (isGoodStatus && fields?.['status'] === 'success') return { isSuccess: true, fields };
  if (fields === undefined) {
    const text = body.trim().slice(0, 300);
    return failed(status, '', text === '' ? `The answer has status ${status}.` : text, {});
  }
  return failed(status, typeOf(fields), textOf(fields), fields);
}

function failed(status: number, type: string, text: string, fields: JsonObject): Answer {
  return { isSuccess: false, failure: { status, type, text, fields } };
}

function parseObject(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function typeOf(fields: JsonObject): string {
  return stringAt(errorMember(fields), 'type') ?? stringAt(fields, 'status_message') ?? '';
}

function textOf(fields: JsonObject): string {
  const error = errorMember(fields);
  const parts = [stringAt(error, 'title'), stringAt(error, 'detail')].filter(
    (part) => part !== undefined && part !== '',
  );
  if (parts.length > 0) return parts.join(': ');
  return (
    stringAt(fields, 'status_description') ??
    stringAt(fields, 'status_message') ??
    'the answer cannot be understood'
  );
}

function errorMember(fields: JsonObject): JsonObject {
  const error = fields['error'];
  return typeof error === 'object' && error !== null ? (error as JsonObject) : {};
}

function stringAt(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}
