/** Messages about file contents ("versions"): batches, uploads in parts, lists of hashes, checks. */
import { type Hash, parseHash } from '../../model/hash.js';
import { encodeSuccess, type JsonObject } from './envelope.js';
import {
  boolean,
  checkJson,
  integer,
  list,
  oneOf,
  optional,
  parseJson,
  record,
  text,
} from './json-shape.js';

/**
 * Files up to this size travel in batches, larger ones in parts and chunks; also the largest inflated size of a gzip
 * part that stock servers take. In bytes.
 */
export const smallFileBytes = 10_485_760;

/** The largest file that can be uploaded in parts, in bytes. */
export const maxUploadBytes = 2 ** 40;

/** A content of a batch that was not stored. */
export interface VersionProblem {
  readonly hash: string; // the name of its part, as it was sent
  readonly message: string;
}

/** An upload in parts to be begun. */
export interface UploadRequest {
  readonly hash: string; // compared as text
  readonly sizeBytes: number;
  readonly hasDestination: boolean; // the file is to be staged in a workspace
}

/** How an upload was begun. */
export type UploadState =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'awaiting';
      readonly uploadId: string;
      readonly partSizeBytes: number; // of every part but the last
      readonly partCount: number;
      readonly partWindow: number; // how many parts past the first unfinished one are taken
    };

/** The outcome of a check of all contents. */
export interface VersionCheck {
  readonly scannedCount: number;
  readonly corruptedCount: number;
  readonly cleanedCount: number;
  readonly errorCount: number;
  readonly elapsedMs: number;
}

const longestHash = 64;
const maxParts = 10_000_000;

const checkAnswer = record({
  result: record({
    scanned: integer(),
    corrupted: integer(),
    cleaned: integer(),
    errors: integer(),
    elapsed: record({ secs: integer(), nanos: integer() }),
  }),
});
const batchAnswer = record({
  err_files: list(record({ hash: text(4096), error: text() })),
});
const uploadRequest = record({
  hash: text(longestHash),
  size: integer(),
  destination: optional((value) => value),
});
const uploadKind = record({ file: oneOf('awaiting_parts', 'already_stored') });
const awaitingAnswer = record({
  upload_id: text(200),
  part_size: integer(1),
  num_parts: integer(1, maxParts),
  part_window: integer(1),
});
const partAnswer = record({ completed: boolean });
const missingFields = record({ error: record({ missing_hashes: list(text(longestHash)) }) });

/** Returns `name` as a hash when it is one in canonical form, as names of contents must be; else undefined. */
export function canonicalHash(name: string): Hash | undefined {
  return /^(?:0|[1-9a-f][0-9a-f]{0,31})$/.test(name) ? (name as Hash) : undefined;
}

/** Returns the body of a request for contents: one hash a line, before compression. */
export function encodeHashLines(hashes: readonly Hash[]): string {
  return hashes.map((line) => `${line}\n`).join('');
}

/** Returns the hashes in the lines of `body`; lines that are no hash are left out, as stock servers do. */
export function decodeHashLines(body: string): string[] {
  return body.split(/\r?\n/).filter((line) => /^[0-9a-fA-F]{1,32}$/.test(line));
}

/** Returns the answer to a batch of contents: the ones that could not be stored. */
export function encodeBatchAnswer(problems: readonly VersionProblem[]): string {
  const errors = problems.map(({ hash: name, message }) => ({
    hash: name,
    path: null,
    error: message,
  }));
  return encodeSuccess('resource_created', { err_files: errors });
}

/** Returns the contents of a batch that were not stored. @throws InvalidInputError when the answer is malformed */
export function decodeBatchAnswer(fields: JsonObject): VersionProblem[] {
  return checkJson('The answer', fields, batchAnswer).err_files.map((file) => ({
    hash: file.hash,
    message: file.error,
  }));
}

/** Returns the body that begins an upload in parts. */
export function encodeUploadRequest(request: { hash: Hash; sizeBytes: number }): string {
  return JSON.stringify({ hash: request.hash, size: request.sizeBytes, destination: null });
}

/** Returns which upload is to be begun. @throws InvalidInputError when the body is malformed */
export function decodeUploadRequest(body: string): UploadRequest {
  const request = parseJson('The request', body, uploadRequest);
  return {
    hash: request.hash,
    sizeBytes: request.size,
    hasDestination: request.destination !== undefined,
  };
}

/** Returns the answer to the beginning of an upload. */
export function encodeUploadState(state: UploadState): string {
  if (state.kind === 'stored') return encodeSuccess('resource_found', { file: 'already_stored' });
  return encodeSuccess('resource_created', {
    file: 'awaiting_parts',
    upload_id: state.uploadId,
    part_size: state.partSizeBytes,
    num_parts: state.partCount,
    part_window: state.partWindow,
  });
}

/** Returns how an upload was begun. @throws InvalidInputError when the answer is malformed */
export function decodeUploadState(fields: JsonObject): UploadState {
  if (checkJson('The answer', fields, uploadKind).file === 'already_stored') {
    return { kind: 'stored' };
  }
  const answer = checkJson('The answer', fields, awaitingAnswer);
  return {
    kind: 'awaiting',
    uploadId: answer.upload_id,
    partSizeBytes: answer.part_size,
    partCount: answer.num_parts,
    partWindow: answer.part_window,
  };
}

/** Returns the answer to a part; `isComplete` when the file is whole, checked and stored. */
export function encodePartAnswer(isComplete: boolean): string {
  return encodeSuccess('resource_created', { completed: isComplete });
}

/** Says whether the part completed its file. @throws InvalidInputError when the answer is malformed */
export function decodePartAnswer(fields: JsonObject): boolean {
  return checkJson('The answer', fields, partAnswer).completed;
}

/** Returns the answer that describes a content. */
export function encodeVersionAnswer(version: { hash: Hash; sizeBytes: number }): string {
  return encodeSuccess('resource_found', {
    version: { hash: version.hash, size: version.sizeBytes },
  });
}

/** Returns the hashes that a failed request for contents says are missing; empty when it failed for another reason. */
export function missingHashesOf(failureFields: JsonObject): Hash[] {
  try {
    const { error } = missingFields(failureFields, '');
    return error.missing_hashes.map(parseHash);
  } catch {
    return [];
  }
}

/** Returns what a check of all contents came to. @throws InvalidInputError when it is malformed */
export function decodeVersionCheck(fields: JsonObject): VersionCheck {
  const { result } = checkJson('The answer', fields, checkAnswer);
  const { scanned, corrupted, cleaned, errors, elapsed } = result;
  return {
    scannedCount: scanned,
    corruptedCount: corrupted,
    cleanedCount: cleaned,
    errorCount: errors,
    elapsedMs: elapsed.secs * 1000 + elapsed.nanos / 1e6,
  };
}

/** Returns the answer to a check of all contents. */
export function encodeVersionCheck(check: VersionCheck): string {
  const secs = Math.floor(check.elapsedMs / 1000);
  const nanos = Math.round((check.elapsedMs - secs * 1000) * 1e6);
  return encodeSuccess('resource_found', {
    result: {
      scanned: check.scannedCount,
      corrupted: check.corruptedCount,
      cleaned: check.cleanedCount,
      errors: check.errorCount,
      elapsed: { secs, nanos },
    },
  });
}
