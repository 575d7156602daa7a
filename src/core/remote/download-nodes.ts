/** Fetching nodes of Merkle trees: of whole histories, ranges, parts of a tree, single ones. */
import { checkNode } from '../format/node-check.js';
import { IntegrityError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import { type ArchivedNode, readNodeArchive } from '../wire/archive/nodes.js';
import type { CommitRange } from '../wire/parameters.js';
import { type TreeQuery, treeQueryFields } from '../wire/query.js';
import { readArchive } from './archive-reading.js';
import type { CallParameters, RemoteCall, RemoteClient } from './client.js';

/** How nodes are taken. */
export interface NodeDownloadOptions {
  readonly part?: TreeQuery; // a part of the tree; all of it when absent
  /** Looks at each node; throws IntegrityError to refuse it. `checkNode` of `format` when absent. */
  readonly check?: (node: ArchivedNode) => void;
  readonly maxTotalBytes?: number; // of the archive; more are refused
}

type TreeRoute = 'downloadNodes' | 'downloadAllNodes' | 'downloadNode';

const defaultMaxTotalBytes = 64 * 2 ** 30;
const maxBlobBytes = 256 * 2 ** 20; // one entry is in memory at a time

/**
 * Yields the nodes of commits: with `head` alone those of that commit and all before it, with `base` those that the
 * commits since then added, with `all` everything the server has. Ids are commit ids, not branches. Each node is whole
 * and checked by itself; that its id is that of its content is for the caller. After a broken connection the archive
 * is asked for again, and nodes that were given before are given again.
 * @throws NotFoundError when the server lacks a commit; IntegrityError when a node or the archive is not what it should be
 */
export function downloadNodes(
  client: RemoteClient,
  commits: CommitRange | 'all',
  options: NodeDownloadOptions = {},
): AsyncGenerator<ArchivedNode> {
  const query = options.part === undefined ? {} : treeQueryFields(options.part);
  if (commits === 'all') {
    const what = 'reading all trees';
    return readNodes(client, { route: 'downloadAllNodes', what, parameters: {}, query }, options);
  }
  const what = `reading the tree of ${commits.head}`;
  const call = { route: 'downloadNodes', what, parameters: { range: commits }, query } as const;
  return readNodes(client, call, options);
}

/**
 * Returns one node.
 * @throws NotFoundError when the server does not have it; IntegrityError when it is not what it should be
 */
export async function downloadNode(client: RemoteClient, id: Hash): Promise<ArchivedNode> {
  const what = `reading node ${id}`;
  const call = { route: 'downloadNode', what, parameters: { hash: id } } as const;
  for await (const node of readNodes(client, call, {})) {
    if (node.id === id) return node;
  }
  throw new IntegrityError(`The server did not send node ${id}.`);
}

/** Says whether the server has a node. */
export async function hasNode(client: RemoteClient, id: Hash): Promise<boolean> {
  const what = `looking for node ${id}`;
  const call = { route: 'probeNode', what, parameters: { hash: id } } as const;
  return (await client.find(call, () => true)) === true;
}

async function* readNodes<Name extends TreeRoute>(
  client: RemoteClient,
  call: Omit<RemoteCall<Name>, 'isWork'> & { readonly parameters: CallParameters<Name> },
  options: NodeDownloadOptions,
): AsyncGenerator<ArchivedNode> {
  const { check = checkStructure, maxTotalBytes = defaultMaxTotalBytes } = options;
  for (let retry = 1; ; retry++) {
    try {
      const answer = await client.stream({ ...call, isWork: true });
      const nodes = readArchive(answer, call.what, maxTotalBytes, (pieces) =>
        readNodeArchive(pieces, { maxTotalBytes, maxEntryBytes: maxBlobBytes }),
      );
      for await (const node of nodes) {
        check(node);
        yield node;
      }
      return;
    } catch (error) {
      await client.waitToRetry(error, retry);
    }
  }
}

function checkStructure(node: ArchivedNode): void {
  checkNode(node.id, node.blobs);
}
