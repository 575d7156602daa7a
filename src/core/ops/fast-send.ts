/**
 * Sends what a push has to send to a server of ours: of contents, chunks and nodes only those that it lacks, as they are stored
 * here. Contents go before nodes and chunks before the contents they make up, so that a push that is cut leaves nothing that
 * looks complete and is not; the next one sends what is still missing.
 */

import { recordKinds } from '../format/pack-record.js';
import { findNewCommits } from '../history/new-commits.js';
import type { CommitId } from '../model/hash.js';
import { hashBytesLength, hashFromBytes, hashToBytes } from '../model/hash.js';
import { hashColumn, hashesOf } from '../model/hash-column.js';
import { HashTable } from '../model/hash-table.js';
import type { CommitNode } from '../model/node.js';
import type { RemoteClient } from '../remote/client.js';
import { beginPush, findMissingObjects, sendRecords } from '../remote/fast-push.js';
import type { OpenRepository } from '../repository.js';
import type { Branch } from '../wire/messages/branches.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import type { Outgoing } from './outgoing.js';
import { OutgoingNodeReader } from './send-objects.js';
import { contentFrames, type NodeToSend, nodeFrames } from './send-records.js';

/** What is known when a push has begun. */
export interface BegunFastPush {
  readonly commitId: CommitId; // that is pushed
  readonly branches: readonly Branch[]; // of the server
  readonly complete: ReadonlySet<CommitId>; // commits that the server has with all that belongs to them
}

/** Asks the server where its branches are and which commits it lacks of those that it had not when it was last seen. */
export async function beginFastPush(
  repository: OpenRepository,
  client: RemoteClient,
  remote: string,
  commitId: CommitId,
): Promise<BegunFastPush> {
  const seen = repository.refs.listAll(`remotes/${remote}/`);
  const fresh = findNewCommits(
    repository,
    commitId,
    seen.map((ref) => ref.commitId),
  ).map(({ id }) => id);
  const { branches, missingCommits } = await beginPush(client, hashColumn(fresh));
  const missing = new Set(hashesOf(missingCommits));
  return { commitId, branches, complete: new Set(fresh.filter((id) => !missing.has(id))) };
}

/** Returns the commits that are to be sent, with what they add to their parents. */
export function findFastOutgoing(
  repository: OpenRepository,
  { commitId, branches, complete }: BegunFastPush,
): CommitNode[] {
  const known = branches.map((branch) => branch.commitId);
  const here = known.filter((id) => repository.commit(id) !== undefined);
  return findNewCommits(repository, commitId, here).filter(({ id }) => !complete.has(id));
}

/** Sends everything that `outgoing` names and the server lacks. @throws what the server refuses; what was taken stays there */
export async function sendFast(
  repository: OpenRepository,
  client: RemoteClient,
  outgoing: Outgoing,
  context: OperationContext,
): Promise<void> {
  const contents = await findMissingObjects(client, 'contents', outgoing.contentHashes);
  const chunks = await findMissingObjects(client, 'chunks', chunksOf(repository, contents));
  const progress = new ProgressCounter(context, 'push', contents.length / hashBytesLength);
  await sendRecords(client, contentFrames(repository, 'chunks', chunks), (_, sizeBytes) => {
    throwIfStopped(context);
    progress.add(0, sizeBytes);
  });
  await sendRecords(client, contentFrames(repository, 'contents', contents), (count, sizeBytes) => {
    throwIfStopped(context);
    progress.add(count, sizeBytes);
  });
  const nodes = await missingNodes(repository, client, outgoing);
  await sendRecords(client, nodeFrames(repository, nodes), () => throwIfStopped(context));
}

/** Returns the chunks of those contents that are kept as lists of chunks, each once. */
function chunksOf({ versions }: OpenRepository, contents: Uint8Array): Uint8Array {
  const chunks = new HashTable();
  const { kinds } = versions.places(contents);
  for (const [row, kind] of kinds.entries()) {
    if (kind !== recordKinds.manifest) continue;
    const { chunkHashes } = versions.readManifest(hashFromBytes(contents, row * hashBytesLength));
    chunks.addAll(chunkHashes);
  }
  return chunks.hashes;
}

/** Returns the nodes that are to be sent. Those of other programs always are: their ids do not say what they hold, so the server compares. */
async function missingNodes(
  repository: OpenRepository,
  client: RemoteClient,
  outgoing: Outgoing,
): Promise<Iterable<NodeToSend>> {
  const own = [...outgoing.nodes()].filter(({ id }) => !repository.nodes.isForeign(id));
  const ids = hashColumn(own.map(({ id }) => id));
  const missing = new HashTable();
  missing.addAll(await findMissingObjects(client, 'nodes', ids));
  return nodesToSend(repository, outgoing, missing);
}

function* nodesToSend(
  repository: OpenRepository,
  outgoing: Outgoing,
  missing: HashTable,
): Generator<NodeToSend> {
  const reader = new OutgoingNodeReader(repository, outgoing.commits);
  for (const node of outgoing.nodes()) {
    const { id } = node;
    if (missing.find(hashToBytes(id)) < 0 && !repository.nodes.isForeign(id)) continue;
    const blobs = reader.readRepaired(node);
    yield blobs === undefined ? { id } : { id, blobs };
  }
}
