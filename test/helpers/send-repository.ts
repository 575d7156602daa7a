/** Sends what a repository holds to a server by the standard requests, in the crudest way: everything, every time. */
import { gzipSync } from 'node:zlib';
import type { Repository } from '../../src/api/repository.js';
import type { CommitId, Hash } from '../../src/core/model/hash.js';
import { rootPath } from '../../src/core/model/path.js';
import { readNode } from '../../src/core/ops/send-nodes.js';
import type { IdentifiedNode } from '../../src/core/store/node-store.js';
import { walkTree } from '../../src/core/tree/walk.js';
import { writeNodeArchive } from '../../src/core/wire/archive/nodes.js';
import { type TestAnswer, type TestServer, versionsForm } from './served.js';

/** Returns the nodes of a repository. */
export function nodesOf(repository: Repository): IdentifiedNode[] {
  return [...repository.stores.nodes.ids()].map((id) => readNode(repository.stores, id));
}

/** Sends nodes. */
export async function sendNodes(
  server: TestServer,
  path: string,
  nodes: readonly IdentifiedNode[],
): Promise<TestAnswer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeNodeArchive(nodes, 'upload')) pieces.push(piece);
  return server.request('POST', `${path}/tree/nodes`, { body: gzipSync(Buffer.concat(pieces)) });
}

/** Sends the contents of the files of a commit. */
export async function sendContents(
  server: TestServer,
  path: string,
  repository: Repository,
  commitId: CommitId,
): Promise<TestAnswer> {
  const { stores } = repository;
  const rootId = stores.commitTree(commitId)?.rootId as Hash;
  const contents: Uint8Array[] = [];
  for (const { entry } of walkTree(stores.nodes, rootId, rootPath)) {
    if (entry.kind === 'file') contents.push(stores.versions.readSmall(entry.hash));
  }
  return server.request('POST', `${path}/versions`, await versionsForm(contents));
}

/** Sends everything of a commit, without moving a branch. */
export async function sendAll(
  server: TestServer,
  path: string,
  repository: Repository,
  commitId: CommitId,
): Promise<void> {
  await sendContents(server, path, repository, commitId);
  await sendNodes(server, path, nodesOf(repository));
}

/** Moves a branch as an original client does, or from where it is said to be. */
export function moveTo(
  server: TestServer,
  path: string,
  commitId: CommitId,
  expected?: string,
): Promise<TestAnswer> {
  const fields = { commit_id: commitId, expected_commit_id: expected };
  return server.request('PUT', `${path}/branches/main`, { body: JSON.stringify(fields) });
}
