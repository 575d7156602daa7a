/** Messages about repositories, the lists of them, and the hooks around pushes and clones. */
import type { CommitNode } from '../../model/node.js';
import { minClientVersion } from '../headers.js';
import { type Branch, branchToJson } from './branches.js';
import { commitToJson } from './commits.js';
import { encodePlainSuccess, encodeSuccess, type JsonObject } from './envelope.js';
import {
  boolean,
  checkJson,
  list,
  oneOf,
  optional,
  parseJson,
  record,
  text,
} from './json-shape.js';

/** Files at or below a directory, counted by data type. */
export interface DataTypeCount {
  readonly dataType: string;
  readonly fileCount: number;
}

/** What a server tells about a repository. */
export interface RepositoryView {
  readonly namespace: string;
  readonly name: string;
  readonly isEmpty: boolean; // it has no branch
  readonly sizeBytes: number;
  readonly dataTypes: readonly DataTypeCount[];
  readonly branchCount: number;
  readonly uuid?: string; // never changes; clients refuse a repository whose id is another than before
  readonly main?: { readonly branch: Branch; readonly commit: CommitNode }; // absent when empty
}

/** What a client learns about a repository. */
export interface RepositorySummary {
  readonly namespace: string;
  readonly name: string;
  readonly isEmpty: boolean;
  readonly uuid: string | undefined;
}

/** A repository to be made. */
export interface NewRepository {
  readonly namespace: string;
  readonly name: string;
  readonly description?: string;
  readonly files: readonly NewFile[]; // committed at once
}

/** A file of a repository to be made. */
export interface NewFile {
  readonly path: string;
  readonly contents: string;
  readonly author: string;
  readonly email: string;
}

/** A client's words around an operation; they change nothing. */
export interface ActionNote {
  readonly action: string;
  readonly state: 'started' | 'completed';
}

const longestName = 1000;
const maxFiles = 10_000;
const storageKind = 'local';

const summaryAnswer = record({
  repository: record({
    namespace: text(longestName),
    name: text(longestName),
    is_empty: boolean,
    storage_kind: text(longestName),
    repo_uuid: optional(text(longestName)),
  }),
});

const newRepositoryRequest = record({
  namespace: text(longestName),
  name: text(longestName),
  description: optional(text()),
  storage_kind: optional(oneOf('local', 's3')),
  files: optional(
    list(
      record({
        path: text(65_536),
        contents: text(16 * 1024 * 1024),
        user: record({ name: text(), email: text() }),
      }),
      maxFiles,
    ),
  ),
});

/** Returns the answer about a repository. */
export function encodeRepositoryAnswer(view: RepositoryView): string {
  const repository = {
    namespace: view.namespace,
    name: view.name,
    min_version: minClientVersion,
    is_empty: view.isEmpty,
    storage_kind: storageKind,
    ...(view.uuid === undefined ? {} : { repo_uuid: view.uuid }),
    size: view.sizeBytes,
    data_types: view.dataTypes.map(dataTypeToJson),
    branch_count: view.branchCount,
    ...(view.main === undefined ? {} : { default_resource: defaultResource(view.main) }),
  };
  return encodePlainSuccess('resource_found', { repository });
}

/** Returns what an answer tells about a repository. @throws InvalidInputError when it is malformed */
export function decodeRepositoryAnswer(fields: JsonObject): RepositorySummary {
  const { repository } = checkJson('The answer', fields, summaryAnswer);
  const { namespace, name, is_empty: isEmpty, repo_uuid: uuid } = repository;
  return { namespace, name, isEmpty, uuid };
}

/** Returns the body that makes a repository, with all members that the stock client sends. */
export function encodeNewRepository(
  repository: NewRepository,
  remote: { readonly host: string; readonly scheme: string },
): string {
  const files = repository.files.map((file) => ({
    path: file.path,
    contents: file.contents,
    user: { email: file.email, name: file.author },
  }));
  return JSON.stringify({
    namespace: repository.namespace,
    name: repository.name,
    is_public: false,
    host: remote.host,
    scheme: remote.scheme,
    root_commit: null,
    description: repository.description ?? null,
    files: files.length === 0 ? null : files,
    storage_kind: null,
    repo_uuid: null,
    namespace_name: null,
    repo_name: null,
  });
}

/** Returns the repository to make. @throws InvalidInputError when the body is malformed */
export function decodeNewRepository(body: string): NewRepository {
  const request = parseJson('The request', body, newRepositoryRequest);
  const files = (request.files ?? []).map((file) => ({
    path: file.path,
    contents: file.contents,
    author: file.user.name,
    email: file.user.email,
  }));
  return {
    namespace: request.namespace,
    name: request.name,
    ...(request.description === undefined ? {} : { description: request.description }),
    files,
  };
}

/** Returns the answer about a repository that was made. */
export function encodeNewRepositoryAnswer(
  repository: { readonly namespace: string; readonly name: string; readonly uuid?: string },
  latestCommit?: CommitNode,
): string {
  return encodePlainSuccess('resource_found', {
    repository: {
      namespace: repository.namespace,
      name: repository.name,
      latest_commit: latestCommit === undefined ? null : commitToJson(latestCommit),
      min_version: minClientVersion,
      storage_kind: storageKind,
      ...(repository.uuid === undefined ? {} : { repo_uuid: repository.uuid }),
    },
  });
}

/** Returns the answer with the repositories of a namespace. */
export function encodeRepositoriesAnswer(namespace: string, names: readonly string[]): string {
  const repositories = names.map((name) => ({ namespace, name, min_version: minClientVersion }));
  return encodeSuccess('resource_found', { repositories });
}

/** Returns the answer with sizes and numbers of files by data type. */
export function encodeStatsAnswer(
  sizeBytes: number,
  types: readonly (DataTypeCount & { readonly sizeBytes: number })[],
): string {
  const dataTypes = types.map((type) => ({
    data_type: type.dataType,
    data_size: type.sizeBytes,
    file_count: type.fileCount,
  }));
  return encodeSuccess('resource_found', {
    repository: { data_size: sizeBytes, data_types: dataTypes },
  });
}

/** Returns the answer with the size of a repository; it has no envelope. */
export function encodeSizeAnswer(sizeBytes: number): string {
  return JSON.stringify({ status: 'done', size: sizeBytes });
}

/** Returns the answer to a hook. */
export function encodeActionAnswer(note: ActionNote): string {
  return JSON.stringify({ action: note.action, status: 'success', state: note.state });
}

/** Returns a count by data type as answers show it. */
export function dataTypeToJson(type: DataTypeCount): JsonObject {
  return { count: type.fileCount, data_type: type.dataType };
}

function defaultResource(main: { readonly branch: Branch; readonly commit: CommitNode }) {
  return {
    workspace: null,
    commit: commitToJson(main.commit),
    branch: branchToJson(main.branch),
    path: '',
    version: main.branch.name,
    resource: main.branch.name,
  };
}
