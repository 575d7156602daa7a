/**
 * The query strings of requests: read into typed values and written from them. Numbers that are too large are cut to
 * what we serve, because stock clients ask for `page_size=9223372036854775807` when they mean everything.
 */
import { InvalidInputError } from '../model/errors.js';
import { type Hash, parseHash } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import { parseRequestPath } from './parameters.js';

/** The fields of a query string to be written; undefined ones are left out. */
export type QueryFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Which page of a list is asked for. */
export interface PageQuery {
  readonly page: number; // from 1
  readonly pageSize: number; // 1 to `maxPageSize`
  readonly askedPage: number; // as it was sent, which answers repeat: 0 asks for the first page too
}

/** Entries on a page when nothing is said. */
export const defaultPageSize = 100;

/** Most entries that we put on one page. */
export const maxPageSize = 100_000;

/** How a directory is to be listed. */
export interface DirQuery extends PageQuery {
  readonly sortBy: 'name' | 'date';
  readonly isReversed: boolean;
  readonly depth: number; // levels of children to nest; 0 for none
}

/** Which part of a tree is to be sent. */
export interface TreeQuery {
  readonly depth: number; // levels of directories below each subtree; -1 for all
  readonly subtrees: readonly RepoPath[]; // none: the whole history; the root alone: one commit
  readonly isDownload: boolean; // without the directories above the subtrees
}

/** A range of a file. */
export interface ChunkQuery {
  readonly start: number; // in bytes
  readonly size: number; // in bytes
}

/** A piece of an archive of directory hashes that is sent in pieces. */
export interface UploadChunkQuery {
  readonly index: number; // from 0
  readonly count: number;
  readonly totalSizeBytes: number;
  readonly hash: Hash; // of the whole archive
  readonly isCompressed: boolean;
}

/** What an upload of 2022 says about the file in its body. */
export interface LegacyEntryQuery {
  readonly path: RepoPath;
  readonly hash: string;
  readonly commitId: string;
}

type Fields = ReadonlyMap<string, string>;

const maxPieces = 1_000_000;
const maxSubtrees = 100_000;

/** Returns `?name=value&...`, or the empty string when there is nothing to write. */
export function formatQuery(fields: QueryFields): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) written.set(name, String(value));
  }
  return written.size === 0 ? '' : `?${written}`;
}

/** Returns the fields of a query string; of repeated ones the last. */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(query));
}

/** Returns which page is asked for. @throws InvalidInputError when a number is none or the page size is 0 */
export function parsePageQuery(query: string): PageQuery {
  return pageOf(parseQuery(query));
}

/** Returns how to list a directory. @throws InvalidInputError when a value cannot be */
export function parseDirQuery(query: string): DirQuery {
  const fields = parseQuery(query);
  return {
    ...pageOf(fields),
    sortBy: fields.get('sort_by') === 'date' ? 'date' : 'name',
    isReversed: fields.get('reverse') === 'true',
    depth: integerOf(fields, 'depth', { default: 0, max: 64 }),
  };
}

/** Returns which part of a tree is asked for. @throws InvalidInputError when a value cannot be */
export function parseTreeQuery(query: string): TreeQuery {
  const fields = parseQuery(query);
  const depth = fields.get('depth') ?? '-1';
  if (!/^-?\d{1,10}$/.test(depth)) throw badField('depth', depth);
  return {
    depth: Math.max(-1, Number(depth)),
    subtrees: subtreesOf(fields.get('subtrees')),
    isDownload: fields.get('is_download') === 'true',
  };
}

/** Returns the query that asks for a part of a tree, as the stock client writes it. */
export function treeQueryFields(query: TreeQuery): QueryFields {
  return {
    depth: query.depth === -1 && query.subtrees.length === 0 ? undefined : query.depth,
    is_download: query.isDownload ? true : undefined,
    subtrees: query.subtrees.length === 0 ? undefined : query.subtrees.join(','),
  };
}

/** Returns the range of a file that is asked for. @throws InvalidInputError when a number is missing or none */
export function parseChunkQuery(query: string): ChunkQuery {
  const fields = parseQuery(query);
  const start = integerOf(fields, 'chunk_start');
  const size = integerOf(fields, 'chunk_size');
  if (!Number.isSafeInteger(start + size)) throw badField('chunk_size', String(size));
  return { start, size };
}

/** Returns the query that asks for a range of a file. */
export function chunkQueryFields(query: ChunkQuery): QueryFields {
  return { chunk_start: query.start, chunk_size: query.size };
}

/** Returns what a piece of an archive says about itself. @throws InvalidInputError when a value is missing or cannot be */
export function parseUploadChunkQuery(query: string): UploadChunkQuery {
  const fields = parseQuery(query);
  const count = integerOf(fields, 'total_chunks');
  const index = integerOf(fields, 'chunk_num');
  if (count > maxPieces || index >= count) throw badField('chunk_num', String(index));
  return {
    index,
    count,
    totalSizeBytes: integerOf(fields, 'total_size'),
    hash: parseHash(fields.get('hash') ?? ''),
    isCompressed: fields.get('is_compressed') !== 'false',
  };
}

/** Returns the query of a piece of an archive. */
export function uploadChunkQueryFields(query: UploadChunkQuery): QueryFields {
  return {
    chunk_num: query.index,
    total_size: query.totalSizeBytes,
    hash: query.hash,
    total_chunks: query.count,
    is_compressed: query.isCompressed,
  };
}

/** Returns the ends of the range whose missing files are asked for. @throws InvalidInputError without a head */
export function parseMissingFilesQuery(query: string): { base: string | undefined; head: string } {
  const fields = parseQuery(query);
  const head = fields.get('head');
  if (head === undefined || head === '') throw badField('head', '');
  return { base: fields.get('base'), head };
}

/** Returns the commit or branch whose directory hashes are to be made anew. @throws InvalidInputError without either */
export function parseRebuildQuery(query: string): { commit: string } | { branch: string } {
  const fields = parseQuery(query);
  const commit = fields.get('commit_id');
  if (commit !== undefined) return { commit };
  const branch = fields.get('branch');
  if (branch === undefined) throw badField('commit_id', '');
  return { branch };
}

/** Returns what an upload of 2022 says about its body. @throws InvalidInputError when the path cannot be */
export function parseLegacyEntryQuery(query: string): LegacyEntryQuery {
  const fields = parseQuery(query);
  const path = parseRequestPath(fields.get('path') ?? fields.get('filename') ?? '');
  if (path === '') throw badField('path', path);
  return { path, hash: fields.get('hash') ?? '', commitId: fields.get('commit_id') ?? '' };
}

function pageOf(fields: Fields): PageQuery {
  const askedPage = integerOf(fields, 'page', { default: 1 });
  const pageSize = integerOf(fields, 'page_size', { default: defaultPageSize, max: maxPageSize });
  if (pageSize === 0) throw new InvalidInputError('page_size must be at least 1');
  return { page: Math.max(1, askedPage), pageSize, askedPage };
}

function subtreesOf(list: string | undefined): readonly RepoPath[] {
  if (list === undefined) return [];
  const subtrees = list.split(',').map(parseRequestPath);
  if (subtrees.length > maxSubtrees) throw badField('subtrees', `${subtrees.length} paths`);
  return subtrees;
}

function integerOf(
  fields: Fields,
  name: string,
  options: { readonly default?: number; readonly max?: number } = {},
): number {
  const text = fields.get(name);
  if (text === undefined && options.default !== undefined) return options.default;
  if (text === undefined || !/^\d{1,40}$/.test(text)) throw badField(name, text ?? '');
  return Math.min(Number(text), options.max ?? Number.MAX_SAFE_INTEGER);
}

function badField(name: string, value: string): InvalidInputError {
  return new InvalidInputError(
    `The query field ${name} cannot be ${JSON.stringify(value.slice(0, 80))}.`,
  );
}
