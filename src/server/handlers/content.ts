/** Answers about files and directories at a revision: bytes, ranges of bytes, listings. */
import { InvalidInputError } from '../../core/model/errors.js';
import type { CommitId, Hash } from '../../core/model/hash.js';
import type { RepoPath } from '../../core/model/path.js';
import { listEntries, type ReadEntry, readEntry } from '../../core/ops/read-entries.js';
import { contentSize, readRange } from '../../core/ops/read-range.js';
import { fileNodeOf, lookupPath } from '../../core/tree/read.js';
import { headerNames } from '../../core/wire/headers.js';
import { paginate } from '../../core/wire/messages/commits.js';
import {
  type EntryView,
  encodeDirAnswer,
  encodeEntryAnswer,
  encodeResourceAnswer,
} from '../../core/wire/messages/entries.js';
import { missingPath } from '../../core/wire/messages/failures.js';
import type { ResourceTail } from '../../core/wire/parameters.js';
import { parseChunkQuery, parseDirQuery } from '../../core/wire/query.js';
import { type Exchange, FailureError, type Handlers, json, type Reply } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { streamFrom, withRepository } from './in-repository.js';
import { type Resource, resolveResource } from './resource.js';

/** Handlers of the routes of family `content`. */
export const contentHandlers: Handlers<
  'readChunk' | 'listDir' | 'readFile' | 'probeFile' | 'showEntry' | 'showRevision'
> = {
  readChunk: (exchange) =>
    streamFrom(exchange, (repository) => {
      const { start, size } = parseChunkQuery(exchange.query);
      const hash = findChunkFile(repository, exchange.parameters.resource);
      const total = contentSize(repository.stores, hash);
      if (total === undefined) throw new FailureError(missingPath('the content of this file'));
      if (start + size > total) {
        throw new InvalidInputError(`The range ends behind the file, which has ${total} bytes.`);
      }
      return {
        body: readRange(repository.stores, hash, start, size),
        headers: { 'content-length': String(size) },
      };
    }),
  readFile: (exchange) => sendFile(exchange),
  probeFile: (exchange) =>
    withRepository(exchange, (repository) => {
      const resource = resolveResource(repository, exchange.parameters.resource);
      requireFile(repository, resource);
      return { kind: 'text', status: 200, body: '' };
    }),
  listDir: (exchange) =>
    withRepository(exchange, (repository) => {
      const resource = resolveResource(repository, exchange.parameters.resource);
      const query = parseDirQuery(exchange.query);
      const dir = readEntry(repository.stores, resource.rootId, resource.path);
      if (dir?.isDir !== true) throw new FailureError(missingPath(resource.path));
      const entries = listEntries(repository.stores, dir);
      if (query.isReversed) entries.reverse();
      const start = (query.page - 1) * query.pageSize;
      const page = entries.slice(start, start + query.pageSize);
      return json(
        encodeDirAnswer({
          dir: viewOf(repository, dir, resource),
          entries: page.map((entry) => viewOf(repository, entry, resource)),
          resource: { path: resource.path, version: resource.version },
          pagination: paginate(query, entries.length),
        }),
      );
    }),
  showEntry: (exchange) =>
    withRepository(exchange, (repository) => {
      const resource = resolveResource(repository, exchange.parameters.resource);
      const entry = readEntry(repository.stores, resource.rootId, resource.path);
      if (entry === undefined) throw new FailureError(missingPath(resource.path));
      return json(encodeEntryAnswer(viewOf(repository, entry, resource)));
    }),
  showRevision: (exchange) =>
    withRepository(exchange, (repository) => {
      const { commit, branch, version, path } = resolveResource(
        repository,
        exchange.parameters.resource,
      );
      return json(encodeResourceAnswer({ commit, branch, version, path }));
    }),
};

/** Answers with the bytes of a file at a revision. */
export function sendFile(
  exchange: Pick<Exchange, 'server'> & {
    readonly parameters: {
      readonly namespace: string;
      readonly repository: string;
      readonly resource: ResourceTail;
    };
  },
): Promise<Reply> {
  return streamFrom(exchange, (repository) => {
    const resource = resolveResource(repository, exchange.parameters.resource);
    const file = requireFile(repository, resource);
    const sizeBytes = contentSize(repository.stores, file.hash);
    if (sizeBytes === undefined) throw new FailureError(missingPath(resource.path));
    return {
      body: repository.stores.versions.readContent(file.hash),
      headers: {
        'content-length': String(sizeBytes),
        'content-type': file.mimeType === '' ? 'application/octet-stream' : file.mimeType,
        'access-control-expose-headers': 'content-length',
        'x-content-type-options': 'nosniff',
        'content-security-policy': 'sandbox',
        [headerNames.revision]: file.lastCommitId,
      },
    };
  });
}

function requireFile({ stores }: ServedRepository, { rootId, path }: Resource) {
  const entry = lookupPath(stores.nodes, rootId, path);
  if (entry?.kind !== 'file') throw new FailureError(missingPath(path));
  return fileNodeOf(entry);
}

/**
 * Returns the content of a file that is asked for by the commit that touched it last. Where that commit does not have it, the
 * branches are asked: the client checks what it gets by its hash.
 */
function findChunkFile(repository: ServedRepository, tail: ResourceTail): Hash {
  const { stores } = repository;
  const resource = tryResolve(repository, tail);
  const path = resource?.path ?? (tail.parts.slice(1).join('/') as RepoPath);
  const heads = stores.refs.listAll('heads/').map(({ commitId }) => commitId);
  for (const id of resource === undefined ? heads : [resource.commit.id, ...heads]) {
    const tree = stores.commitTree(id);
    const entry = tree === undefined ? undefined : lookupPath(stores.nodes, tree.rootId, path);
    if (entry?.kind === 'file') return entry.hash;
  }
  throw new FailureError(missingPath(path));
}

function tryResolve(repository: ServedRepository, tail: ResourceTail): Resource | undefined {
  try {
    return resolveResource(repository, tail);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

function viewOf(
  { stores }: ServedRepository,
  entry: ReadEntry,
  { commit, branch, version }: Resource,
): EntryView {
  const { path, name, hash, isDir, sizeBytes } = entry;
  const view = {
    name,
    hash,
    isDir,
    latestCommit: stores.commit(entry.lastCommitId as CommitId),
    resource: { commit, branch, version, path },
    sizeBytes,
    dataType: entry.dataType,
    mimeType: entry.mimeType,
    extension: entry.extension,
  };
  return {
    ...view,
    ...(entry.metadata === undefined ? {} : { metadata: entry.metadata }),
    ...(entry.dataTypes === undefined ? {} : { dataTypes: entry.dataTypes }),
  };
}
