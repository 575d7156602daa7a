/**
 * Sends what a push has to send, by the requests that stock servers know: first all contents, then the nodes, then the directory
 * hashes, which are the sign that a commit is complete. In this order a push that is cut never leaves a commit that looks
 * complete and is not, so that the next push sends what is still missing.
 */
import { parseNode } from '../format/node-file.js';
import { reachableCommits } from '../history/ancestry.js';
import { IntegrityError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import { type CommitNode, type NodeBlobs, nodeTypes } from '../model/node.js';
import { rootPath } from '../model/path.js';
import type { RemoteClient } from '../remote/client.js';
import { forEachParallel } from '../remote/fan-out.js';
import { uploadLargeVersion } from '../remote/upload-large.js';
import { rebuildDirHashes, uploadDirHashes, uploadNodes } from '../remote/upload-nodes.js';
import { type SmallVersion, uploadVersions } from '../remote/upload-versions.js';
import type { OpenRepository } from '../repository.js';
import { walkTree } from '../tree/walk.js';
import type { ArchivedNode } from '../wire/archive/nodes.js';
import type { DirHash } from '../wire/dir-hashes/database.js';
import { smallFileBytes } from '../wire/messages/versions.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import type { Outgoing, OutgoingContent, OutgoingNode } from './outgoing.js';
import { readRange } from './read-range.js';
import { repairHints } from './repair-hints.js';

/** Nodes of one request are in memory, so that they can be sent again. */
const nodeBytesPerRequest = 16 * 1024 * 1024;
const nodesPerRequest = 50_000;

/** Sends everything that `outgoing` names. @throws what the server refuses; what was taken stays there */
export async function sendObjects(
  repository: OpenRepository,
  client: RemoteClient,
  outgoing: Outgoing,
  context: OperationContext,
): Promise<void> {
  const rows = inPackOrder(repository, outgoing.contentHashes);
  const contents = Array.from(rows, (row) => outgoing.content(row));
  await sendContents(repository, client, contents, context);
  await forEachParallel(nodeBatches(repository, outgoing, context), client.jobs, (batch) =>
    client.slot(() => uploadNodes(client, () => batch)),
  );
  await sendDirHashes(repository, client, outgoing.commits, context);
}

/** Sends contents: small ones many in a request, large ones in parts. */
export async function sendContents(
  repository: OpenRepository,
  client: RemoteClient,
  contents: readonly OutgoingContent[],
  context: OperationContext,
): Promise<void> {
  const progress = new ProgressCounter(context, 'push', contents.length);
  const small = contents.filter(({ sizeBytes }) => sizeBytes <= smallFileBytes);
  const large = contents.filter(({ sizeBytes }) => sizeBytes > smallFileBytes);
  await uploadVersions(client, smallVersions(repository, small, context), (fileCount, bytes) =>
    progress.add(fileCount, bytes),
  );
  for (const { hash, sizeBytes } of large) {
    throwIfStopped(context);
    const read = (offset: number, lengthBytes: number) =>
      readRange(repository, hash, offset, lengthBytes);
    await uploadLargeVersion(client, { hash, sizeBytes, read }, (bytes) => progress.add(0, bytes));
    progress.add(1, 0);
  }
}

function* smallVersions(
  { versions }: OpenRepository,
  contents: readonly OutgoingContent[],
  context: OperationContext,
): Generator<SmallVersion> {
  for (const { hash, sizeBytes, isCompressed } of contents) {
    throwIfStopped(context);
    yield { hash, sizeBytes, isCompressed, read: async () => versions.readSmall(hash) };
  }
}

/** Returns the rows of a column of hashes in the order in which the contents lie in the packs. */
export function inPackOrder({ versions }: OpenRepository, hashes: Uint8Array): Uint32Array {
  const { count, packIds, offsets } = versions.places(hashes);
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return rows.sort(
    (a, b) => (packIds[a] ?? 0) - (packIds[b] ?? 0) || (offsets[a] ?? 0) - (offsets[b] ?? 0),
  );
}

/** Yields the nodes in groups for one request each, with hints that name only commits that the receiver will have. */
function* nodeBatches(
  repository: OpenRepository,
  outgoing: Outgoing,
  context: OperationContext,
): Generator<ArchivedNode[]> {
  const reader = new OutgoingNodeReader(repository, outgoing.commits);
  let batch: ArchivedNode[] = [];
  let sizeBytes = 0;
  for (const outgoingNode of outgoing.nodes()) {
    const node = reader.read(outgoingNode);
    batch.push(node);
    sizeBytes += node.blobs.node.length + node.blobs.children.length;
    if (sizeBytes < nodeBytesPerRequest && batch.length < nodesPerRequest) continue;
    throwIfStopped(context);
    yield batch;
    batch = [];
    sizeBytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Reads a node, with hints that name only commits that the receiver will have: nodes are shared with branches that stay here. */
export class OutgoingNodeReader {
  readonly #repository: OpenRepository;
  readonly #known: ReadonlySet<Hash>;

  /** @param commits those that are sent; what they descend from is there, or is sent as well */
  constructor(repository: OpenRepository, commits: readonly CommitNode[]) {
    this.#repository = repository;
    this.#known = reachableCommits(
      repository,
      commits.map(({ id }) => id),
    );
  }

  /** Returns the node as it is sent. @throws IntegrityError when it is missing or damaged */
  read(node: OutgoingNode): ArchivedNode {
    const blobs = this.#stored(node.id);
    return { id: node.id, blobs: this.#repaired(node, blobs) ?? blobs };
  }

  #stored(id: Hash): NodeBlobs {
    const blobs = this.#repository.nodes.read(id);
    if (blobs === undefined) throw new IntegrityError(`The node ${id} is missing.`);
    return blobs;
  }

  #repaired({ commitId }: OutgoingNode, blobs: NodeBlobs): NodeBlobs | undefined {
    if (blobs.node[0] !== nodeTypes.vnode) return undefined;
    return repairHints(parseNode(blobs), commitId, (hint) => this.#known.has(hint));
  }
}

async function sendDirHashes(
  repository: OpenRepository,
  client: RemoteClient,
  commits: readonly CommitNode[],
  context: OperationContext,
): Promise<void> {
  let canRebuild = true;
  const send = async ({ id }: CommitNode) => {
    throwIfStopped(context);
    if (canRebuild) canRebuild = await rebuildDirHashes(client, id);
    if (!canRebuild) await uploadDirHashes(client, id, () => directoriesOf(repository, id));
  };
  const [first, ...rest] = commits;
  if (first !== undefined) await send(first);
  await forEachParallel(rest, client.jobs, (commit) => client.slot(() => send(commit)));
}

function* directoriesOf(repository: OpenRepository, id: CommitId): Generator<DirHash> {
  const tree = repository.commitTree(id);
  if (tree === undefined) return;
  yield { path: rootPath, hash: tree.rootId };
  for (const { path, entry } of walkTree(repository.nodes, tree.rootId, rootPath)) {
    if (entry.kind === 'dir') yield { path, hash: entry.hash };
  }
}
