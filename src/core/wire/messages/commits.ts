/** Messages about commits: the commit object, histories and their pages, which commits a server lacks. */
import { type CommitId, type Hash, parseHash } from '../../model/hash.js';
import type { CommitNode } from '../../model/node.js';
import { encodeSuccess, type JsonObject } from './envelope.js';
import {
  boolean,
  checkJson,
  hash,
  integer,
  list,
  parseJson,
  record,
  type Shape,
  text,
} from './json-shape.js';
import { formatTimestamp, parseTimestamp } from './rfc3339.js';

/** A file whose content a server lacks. */
export interface MissingFile {
  readonly path: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly commitId: Hash; // the commit that last touched it
}

/** Which page of a list an answer holds. */
export interface Pagination {
  readonly pageNumber: number; // as it was asked for
  readonly pageSize: number;
  readonly totalPages: number;
  readonly totalEntries: number;
}

const maxParents = 1000;

const commitFields = record({
  id: hash,
  parent_ids: list(hash, maxParents),
  message: text(),
  author: text(),
  email: text(),
  timestamp: text(64),
});

/** A commit object. */
export const commitShape: Shape<CommitNode> = (value, place) => {
  const fields = commitFields(value, place);
  return {
    id: fields.id as CommitId,
    parentIds: fields.parent_ids as CommitId[],
    message: fields.message,
    author: fields.author,
    email: fields.email,
    timestamp: parseTimestamp(fields.timestamp),
  };
};

const hashesRequest = record({ hashes: list(text(64)) });
const hashesAnswer = record({ hashes: list(hash) });
const commitAnswer = record({ commit: commitShape });
const historyAnswer = record({ commits: list(commitShape), total_pages: integer() });
const pathHistoryAnswer = record({ commits: list(commitShape), has_more: boolean });
const missingFilesAnswer = record({
  entries: list(record({ path: text(65_536), hash, num_bytes: integer(), commit_id: hash })),
});

/** Returns a commit object. */
export function commitToJson(commit: CommitNode): JsonObject {
  return {
    id: commit.id,
    parent_ids: commit.parentIds,
    message: commit.message,
    author: commit.author,
    email: commit.email,
    timestamp: formatTimestamp(commit.timestamp),
  };
}

/** Returns the members of an answer that say which page it is. */
export function paginationToJson(pagination: Pagination): JsonObject {
  return {
    page_size: pagination.pageSize,
    page_number: pagination.pageNumber,
    total_pages: pagination.totalPages,
    total_entries: pagination.totalEntries,
  };
}

/** Returns which page of `totalEntries` entries is shown. */
export function paginate(
  query: { readonly askedPage: number; readonly pageSize: number },
  totalEntries: number,
): Pagination {
  return {
    pageNumber: query.askedPage,
    pageSize: query.pageSize,
    totalPages: Math.ceil(totalEntries / query.pageSize),
    totalEntries,
  };
}

/** Returns the body that asks which of the commits a server lacks. */
export function encodeHashesRequest(hashes: readonly Hash[]): string {
  return JSON.stringify({ hashes });
}

/**
 * Returns the commit ids in such a body.
 * @throws InvalidInputError when it is malformed or one of them is no hash
 */
export function decodeHashesRequest(body: string): Hash[] {
  return parseJson('The request', body, hashesRequest).hashes.map(parseHash);
}

/** Returns the answer with the hashes that are lacking. */
export function encodeHashesAnswer(hashes: readonly Hash[]): string {
  return encodeSuccess('resource_found', { hashes });
}

/** Returns the hashes in such an answer. @throws InvalidInputError when it is malformed */
export function decodeHashesAnswer(fields: JsonObject): Hash[] {
  return checkJson('The answer', fields, hashesAnswer).hashes;
}

/** Returns the answer with one commit, or null for the root of an empty repository. */
export function encodeCommitAnswer(
  commit: CommitNode | undefined,
  token: 'resource_found' | 'resource_created' = 'resource_found',
): string {
  return encodeSuccess(token, { commit: commit === undefined ? null : commitToJson(commit) });
}

/** Returns the commit in such an answer. @throws InvalidInputError when it is malformed */
export function decodeCommitAnswer(fields: JsonObject): CommitNode {
  return checkJson('The answer', fields, commitAnswer).commit;
}

/** Returns the answer with a page of a history, newest first. */
export function encodeHistoryAnswer(
  commits: readonly CommitNode[],
  pagination: Pagination,
): string {
  return encodeSuccess('resource_found', {
    commits: commits.map(commitToJson),
    ...paginationToJson(pagination),
  });
}

/** Returns the answer with commits that are not paged. */
export function encodeCommitsAnswer(commits: readonly CommitNode[]): string {
  return encodeSuccess('resource_found', { commits: commits.map(commitToJson) });
}

/** Returns a page of a history and the number of pages. @throws InvalidInputError when it is malformed */
export function decodeHistoryAnswer(fields: JsonObject): {
  commits: CommitNode[];
  totalPages: number;
} {
  const answer = checkJson('The answer', fields, historyAnswer);
  return { commits: answer.commits, totalPages: answer.total_pages };
}

/** Returns the answer with a page of the history of one path. */
export function encodePathHistoryAnswer(
  commits: readonly CommitNode[],
  query: { readonly askedPage: number; readonly pageSize: number },
  hasMore: boolean,
): string {
  return encodeSuccess('resource_found', {
    commits: commits.map(commitToJson),
    page_number: query.askedPage,
    page_size: query.pageSize,
    has_more: hasMore,
  });
}

/** Returns a page of the history of one path. @throws InvalidInputError when it is malformed */
export function decodePathHistoryAnswer(fields: JsonObject): {
  commits: CommitNode[];
  hasMore: boolean;
} {
  const answer = checkJson('The answer', fields, pathHistoryAnswer);
  return { commits: answer.commits, hasMore: answer.has_more };
}

/** Returns the answer with the files whose contents are lacking. */
export function encodeMissingFilesAnswer(files: readonly MissingFile[]): string {
  const entries = files.map((file) => ({
    commit_id: file.commitId,
    path: file.path,
    hash: file.hash,
    num_bytes: file.sizeBytes,
    last_modified_seconds: 0,
    last_modified_nanoseconds: 0,
  }));
  return encodeSuccess('resource_found', { entries });
}

/** Returns the files in such an answer. @throws InvalidInputError when it is malformed */
export function decodeMissingFilesAnswer(fields: JsonObject): MissingFile[] {
  return checkJson('The answer', fields, missingFilesAnswer).entries.map((entry) => ({
    path: entry.path,
    hash: entry.hash,
    sizeBytes: entry.num_bytes,
    commitId: entry.commit_id,
  }));
}

/** Returns the answer to the remaking of directory hashes; it has no `status`. */
export function encodeRebuildAnswer(commit: Hash, dirCount: number): string {
  return JSON.stringify({
    status_message: `Rebuilt dir_hash_db for commit ${commit} (${dirCount} directories)`,
    stats: { commit_id: commit, dirs_written: dirCount },
  });
}
