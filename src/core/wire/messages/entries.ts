/** Messages about files and directories at a revision: listings, single entries, what a revision names. */
import type { Hash } from '../../model/hash.js';
import type { CommitNode, FileMetadata } from '../../model/node.js';
import { type Branch, branchToJson } from './branches.js';
import { commitShape, commitToJson, type Pagination, paginationToJson } from './commits.js';
import { encodeSuccess, type JsonObject } from './envelope.js';
import { boolean, checkJson, hash, integer, optional, record, text } from './json-shape.js';
import { metadataToJson } from './metadata.js';
import { type DataTypeCount, dataTypeToJson } from './repositories.js';

/** What a revision and a path name. */
export interface ResourceView {
  readonly commit: CommitNode;
  readonly branch: Branch | undefined; // undefined when a commit was named by its id
  readonly version: string; // the revision as it was given
  readonly path: string;
}

/** A file or directory. */
export interface EntryView {
  readonly name: string; // empty for the root
  readonly hash: Hash; // of the content, or the id of the directory
  readonly isDir: boolean;
  readonly latestCommit: CommitNode | undefined; // that touched it last; undefined when it is not stored
  readonly resource: ResourceView | undefined;
  readonly sizeBytes: number;
  readonly dataType: string;
  readonly mimeType: string;
  readonly extension: string;
  readonly metadata?: FileMetadata;
  readonly dataTypes?: readonly DataTypeCount[]; // of a directory
  readonly children?: readonly EntryView[]; // when a listing nests them
}

/** A page of a directory. */
export interface DirPage {
  readonly dir: EntryView;
  readonly entries: readonly EntryView[];
  readonly resource: { readonly path: string; readonly version: string };
  readonly pagination: Pagination;
}

/** What a client reads of an entry. */
export interface EntrySummary {
  readonly name: string;
  readonly hash: Hash | undefined; // undefined for entries of a workspace
  readonly isDir: boolean;
  readonly sizeBytes: number;
  readonly dataType: string;
  readonly mimeType: string;
  readonly latestCommit: CommitNode | undefined;
}

const entryShape = record({
  filename: text(65_536),
  hash: text(64),
  is_dir: boolean,
  size: integer(),
  data_type: text(100),
  mime_type: text(1000),
  latest_commit: optional(commitShape),
});
const entryAnswer = record({ entry: entryShape });
const resourceAnswer = record({
  resource: record({ commit: optional(commitShape), path: text(65_536), version: text(65_536) }),
});
const nodeHashAnswer = record({ hash });

/** Returns the answer with one entry. */
export function encodeEntryAnswer(entry: EntryView): string {
  return encodeSuccess('resource_found', { entry: entryToJson(entry) });
}

/** Returns the entry in such an answer. @throws InvalidInputError when it is malformed */
export function decodeEntryAnswer(fields: JsonObject): EntrySummary {
  return toSummary(checkJson('The answer', fields, entryAnswer).entry);
}

/** Returns the answer with a page of a directory. */
export function encodeDirAnswer(page: DirPage): string {
  return encodeSuccess('resource_found', {
    dir: entryToJson(page.dir),
    entries: page.entries.map(entryToJson),
    resource: page.resource,
    metadata: dirMetadata(page.dir.dataTypes ?? []),
    ...paginationToJson(page.pagination),
  });
}

/** Returns the answer that says what a revision names. */
export function encodeResourceAnswer(resource: ResourceView): string {
  return encodeSuccess('resource_found', { resource: resourceToJson(resource) });
}

/** Returns the commit that a revision names. @throws InvalidInputError when the answer is malformed */
export function decodeResourceAnswer(fields: JsonObject): {
  commit: CommitNode | undefined;
  path: string;
} {
  const { resource } = checkJson('The answer', fields, resourceAnswer);
  return { commit: resource.commit, path: resource.path };
}

/** Returns the answer with the id of the node at a path. */
export function encodeNodeHashAnswer(id: Hash): string {
  return encodeSuccess('resource_found', { hash: id });
}

/** Returns the id in such an answer. @throws InvalidInputError when it is malformed */
export function decodeNodeHashAnswer(fields: JsonObject): Hash {
  return checkJson('The answer', fields, nodeHashAnswer).hash;
}

/** No other member may stand in an entry: stock clients would take it for an entry of a workspace. */
function entryToJson(entry: EntryView): JsonObject {
  return {
    filename: entry.name,
    hash: entry.hash,
    is_dir: entry.isDir,
    latest_commit: entry.latestCommit === undefined ? null : commitToJson(entry.latestCommit),
    resource: entry.resource === undefined ? null : resourceToJson(entry.resource),
    size: entry.sizeBytes,
    data_type: entry.dataType,
    mime_type: entry.mimeType,
    extension: entry.extension,
    metadata: entry.isDir ? dirMetadata(entry.dataTypes ?? []) : metadataToJson(entry.metadata),
    is_queryable: null,
    ...(entry.children === undefined ? {} : { children: entry.children.map(entryToJson) }),
  };
}

function dirMetadata(types: readonly DataTypeCount[]): JsonObject {
  return { dir: { data_types: types.map(dataTypeToJson) } };
}

function resourceToJson(resource: ResourceView): JsonObject {
  const { commit, branch, version, path } = resource;
  return {
    workspace: null,
    commit: commitToJson(commit),
    branch: branch === undefined ? null : branchToJson(branch),
    path,
    version,
    resource: path === '' ? version : `${version}/${path}`,
  };
}

function toSummary(fields: ReturnType<typeof entryShape>): EntrySummary {
  return {
    name: fields.filename,
    hash: fields.hash === '' ? undefined : hash(fields.hash, 'hash'),
    isDir: fields.is_dir,
    sizeBytes: fields.size,
    dataType: fields.data_type,
    mimeType: fields.mime_type,
    latestCommit: fields.latest_commit,
  };
}
