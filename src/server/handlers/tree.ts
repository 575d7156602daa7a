/** Answers that carry nodes of the tree, and take them. */
import { walkCommits } from '../../core/history/ancestry.js';
import { findNewCommits, parentsFirst } from '../../core/history/new-commits.js';
import type { CommitNode } from '../../core/model/node.js';
import { receiveNodes } from '../../core/ops/receive-nodes.js';
import { readNode, sendAllNodes, sendNodes } from '../../core/ops/send-nodes.js';
import type { IdentifiedNode } from '../../core/store/node-store.js';
import { lookupDirectory, lookupPath } from '../../core/tree/read.js';
import { readNodeArchive, writeNodeArchive } from '../../core/wire/archive/nodes.js';
import { encodeNodeHashAnswer } from '../../core/wire/messages/entries.js';
import { missingPath, notFound } from '../../core/wire/messages/failures.js';
import { parseTreeQuery, type TreeQuery } from '../../core/wire/query.js';
import { compress, inflate } from '../compression.js';
import { type Exchange, FailureError, type Handlers, json, success } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { idsOf, requireCommit, streamFrom, withRepository } from './in-repository.js';
import { resolveResource } from './resource.js';

/** The largest half of a node that is taken, in bytes: a vnode of some 400,000 entries. */
const maxNodeBlobBytes = 128 * 1024 * 1024;

/** Handlers of the routes of family `tree`. */
export const treeHandlers: Handlers<
  | 'uploadNodes'
  | 'showNodeAtPath'
  | 'probeNode'
  | 'downloadNode'
  | 'downloadNodes'
  | 'downloadAllNodes'
> = {
  uploadNodes: (exchange) =>
    withRepository(exchange, async ({ stores, writer }) => {
      const limits = { maxEntryBytes: maxNodeBlobBytes };
      const nodes = readNodeArchive(inflate(exchange.body()), limits);
      await writer.use((packs) => receiveNodes(stores, packs, nodes));
      return success('resource_found');
    }),
  showNodeAtPath: (exchange) =>
    withRepository(exchange, (repository) => {
      const { rootId, path } = resolveResource(repository, exchange.parameters.resource);
      const { nodes } = repository.stores;
      const id = lookupDirectory(nodes, rootId, path) ?? lookupPath(nodes, rootId, path)?.hash;
      if (id === undefined) throw new FailureError(missingPath(path));
      return json(encodeNodeHashAnswer(id));
    }),
  probeNode: (exchange) =>
    withRepository(exchange, ({ stores }) => {
      requireNodeHere(stores.nodes.has(exchange.parameters.hash));
      return success('resource_found');
    }),
  downloadNode: (exchange) =>
    archive(exchange, ({ stores }) => {
      requireNodeHere(stores.nodes.has(exchange.parameters.hash));
      return once(readNode(stores, exchange.parameters.hash));
    }),
  downloadNodes: (exchange) =>
    archive(exchange, (repository) => {
      const { base, head } = exchange.parameters.range;
      const to = requireCommit(repository, head);
      const from = base === undefined ? undefined : requireCommit(repository, base);
      const query = parseTreeQuery(exchange.query);
      const commits = commitsOf(repository, to.commit, from?.commit, query);
      const part = {
        subtrees: query.subtrees,
        depth: query.depth,
        withParents: !query.isDownload,
      };
      return sendNodes(repository.stores, idsOf(commits), from?.rootId, part);
    }),
  downloadAllNodes: (exchange) => archive(exchange, ({ stores }) => sendAllNodes(stores)),
};

function archive(
  exchange: Pick<Exchange, 'server'> & {
    readonly parameters: { readonly namespace: string; readonly repository: string };
  },
  nodesOf: (repository: ServedRepository) => AsyncIterable<IdentifiedNode>,
) {
  return streamFrom(exchange, (repository) => ({
    body: compress(writeNodeArchive(nodesOf(repository), 'download')),
  }));
}

/** Returns the commits whose trees are sent: all up to `head`, those that are new against `base`, or one for a subtree. */
function commitsOf(
  { stores }: ServedRepository,
  head: CommitNode,
  base: CommitNode | undefined,
  { subtrees }: TreeQuery,
): CommitNode[] {
  if (base !== undefined) return parentsFirst(findNewCommits(stores, head.id, [base.id]));
  if (subtrees.length > 0) return [head];
  return parentsFirst([...walkCommits(stores, [head.id])]);
}

function requireNodeHere(isHere: boolean): void {
  if (!isHere) throw new FailureError(notFound);
}

async function* once(node: IdentifiedNode): AsyncGenerator<IdentifiedNode> {
  yield node;
}
