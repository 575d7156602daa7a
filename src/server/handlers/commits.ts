/** Answers about commits: which are missing, histories, and directory hashes both ways. */

import { walkCommits } from '../../core/history/ancestry.js';
import { findNewCommits, parentsFirst } from '../../core/history/new-commits.js';
import type { CommitId } from '../../core/model/hash.js';
import { hashColumn, hashesOf } from '../../core/model/hash-column.js';
import type { CommitNode } from '../../core/model/node.js';
import { listDirectories } from '../../core/ops/list-directories.js';
import { findMissingCommits } from '../../core/ops/missing.js';
import { listMissingFiles } from '../../core/ops/missing-files.js';
import { historyOf } from '../../core/ops/path-history.js';
import {
  type DirHashDirectory,
  readDirHashArchive,
  writeDirHashArchive,
} from '../../core/wire/archive/dir-hashes.js';
import { encodeDirHashes } from '../../core/wire/dir-hashes/database.js';
import {
  decodeHashesRequest,
  encodeCommitAnswer,
  encodeCommitsAnswer,
  encodeHashesAnswer,
  encodeHistoryAnswer,
  encodeMissingFilesAnswer,
  encodePathHistoryAnswer,
  encodeRebuildAnswer,
  paginate,
} from '../../core/wire/messages/commits.js';
import {
  parseMissingFilesQuery,
  parsePageQuery,
  parseRebuildQuery,
  parseUploadChunkQuery,
} from '../../core/wire/query.js';
import { compress, inflate } from '../compression.js';
import { type Handlers, json, success } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { requireCommit, requireRevision, streamFrom, withRepository } from './in-repository.js';
import { resolveResource } from './resource.js';

const maxDirHashBytes = 1024 ** 3;

/** Handlers of the routes of family `commits`. */
export const commitHandlers: Handlers<
  | 'showRootCommit'
  | 'listCommits'
  | 'listMissingFiles'
  | 'findMissingCommits'
  | 'uploadDirHashes'
  | 'uploadDirHashesChunk'
  | 'showCommit'
  | 'listHistory'
  | 'listAncestors'
  | 'downloadCommitDirHashes'
  | 'downloadDirHashes'
  | 'rebuildDirHashes'
> = {
  showRootCommit: (exchange) =>
    withRepository(exchange, (repository) => {
      let root: CommitNode | undefined;
      for (const commit of allCommits(repository)) if (commit.parentIds.length === 0) root = commit;
      return json(encodeCommitAnswer(root));
    }),
  listCommits: (exchange) =>
    withRepository(exchange, (repository) => pageOf([...allCommits(repository)], exchange.query)),
  showCommit: (exchange) =>
    withRepository(exchange, (repository) =>
      json(encodeCommitAnswer(requireCommit(repository, exchange.parameters.commit).commit)),
    ),
  listHistory: (exchange) =>
    withRepository(exchange, async (repository) => {
      const { commit, path } = resolveResource(repository, exchange.parameters.resource);
      const { stores } = repository;
      if (path === '') return pageOf([...walkCommits(stores, [commit.id])], exchange.query);
      const query = parsePageQuery(exchange.query);
      const end = query.page * query.pageSize;
      const commits = await historyOf(stores, walkCommits(stores, [commit.id]), path, end + 1);
      const page = commits.slice(end - query.pageSize, end);
      return json(encodePathHistoryAnswer(page, query, commits.length > end));
    }),
  listAncestors: (exchange) =>
    withRepository(exchange, (repository) => {
      const { commit } = requireRevision(repository, exchange.parameters.revision);
      const parents = commit.parentIds.map((id) => repository.stores.commit(id));
      return json(encodeCommitsAnswer(parents.filter((parent) => parent !== undefined)));
    }),
  listMissingFiles: (exchange) =>
    withRepository(exchange, async (repository) => {
      const { base, head } = parseMissingFilesQuery(exchange.query);
      const to = requireCommit(repository, head);
      const from = base === undefined ? undefined : requireCommit(repository, base);
      return json(encodeMissingFilesAnswer(await listMissingFiles(repository.stores, to, from)));
    }),
  findMissingCommits: async (exchange) => {
    const ids = decodeHashesRequest(await exchange.text());
    return withRepository(exchange, async ({ stores, writer }) => {
      const missing = await writer.findMissing(hashColumn(ids), async (asked) =>
        hashColumn(await findMissingCommits(stores, hashesOf(asked))),
      );
      return json(encodeHashesAnswer(hashesOf(missing.hashes)));
    });
  },
  uploadDirHashes: (exchange) =>
    withRepository(exchange, async () => {
      await readDirHashes(exchange.body());
      return success('resource_created');
    }),
  uploadDirHashesChunk: (exchange) =>
    withRepository(exchange, async () => {
      parseUploadChunkQuery(exchange.query);
      for await (const _ of exchange.body());
      return success('resource_created');
    }),
  downloadCommitDirHashes: (exchange) =>
    streamFrom(exchange, (repository) => {
      const { revision } = exchange.parameters;
      const { commit } = requireRevision(repository, revision);
      return { body: compress(archiveOf(repository, [commit], revision)) };
    }),
  downloadDirHashes: (exchange) =>
    streamFrom(exchange, (repository) => {
      const { base, head } = exchange.parameters.range;
      const to = requireRevision(repository, head).commit;
      const from = base === undefined ? undefined : requireRevision(repository, base).commit;
      return { body: compress(archiveOf(repository, commitsOf(repository, to.id, from))) };
    }),
  rebuildDirHashes: (exchange) =>
    withRepository(exchange, async (repository) => {
      const query = parseRebuildQuery(exchange.query);
      const { commit, rootId } =
        'commit' in query
          ? requireCommit(repository, query.commit)
          : requireRevision(repository, query.branch);
      let count = 0;
      for await (const _ of listDirectories(repository.stores, rootId)) count++;
      return json(encodeRebuildAnswer(commit.id, count));
    }),
};

/** Checks the form of what is sent; nothing of it is kept, because we make directory hashes from the nodes. */
async function readDirHashes(body: AsyncIterable<Uint8Array>): Promise<void> {
  const limits = { maxTotalBytes: maxDirHashBytes };
  for await (const _ of readDirHashArchive(inflate(body), limits));
}

/** Yields an archive of the directory hashes of commits. @param name for the only commit: as it was asked for */
function archiveOf(
  repository: ServedRepository,
  commits: readonly CommitNode[],
  name?: string,
): AsyncGenerator<Uint8Array> {
  return writeDirHashArchive(directoriesOf(repository, commits, name));
}

async function* directoriesOf(
  { stores }: ServedRepository,
  commits: readonly CommitNode[],
  name: string | undefined,
): AsyncGenerator<DirHashDirectory> {
  for (const { id } of commits) {
    const tree = stores.commitTree(id);
    if (tree === undefined) continue;
    const files = await encodeDirHashes(() => listDirectories(stores, tree.rootId));
    yield { commitId: name ?? id, files };
  }
}

/** Returns the commits up to `head`: all, or those that are not in the history of `base`, and `base`. */
function commitsOf(
  { stores }: ServedRepository,
  head: CommitId,
  base: CommitNode | undefined,
): CommitNode[] {
  if (base === undefined) return parentsFirst([...walkCommits(stores, [head])]);
  return [base, ...parentsFirst(findNewCommits(stores, head, [base.id]))];
}

function allCommits({ stores }: ServedRepository): Generator<CommitNode> {
  return walkCommits(
    stores,
    stores.refs.listAll('heads/').map(({ commitId }) => commitId),
  );
}

function pageOf(commits: readonly CommitNode[], query: string) {
  const asked = parsePageQuery(query);
  const start = (asked.page - 1) * asked.pageSize;
  const page = commits.slice(start, start + asked.pageSize);
  return json(encodeHistoryAnswer(page, paginate(asked, commits.length)));
}
