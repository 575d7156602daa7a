/**
 * Sends what a push has to send to a server of ours: of contents, chunks and nodes only those that it lacks, as they are stored
 * here. Chunks go before the contents they make up, and commits behind everything else, so that a push that is cut leaves nothing
 * that looks complete and is not; the next one sends what is still missing. Contents and trees go side by side: each keeps
 * another part of both machines busy. Hints that name commits which stay here are repaired there, when the branch moves.
 */

import { decodeRecordHeader, recordKinds } from '../format/pack-record.js';
import { findNewCommits } from '../history/new-commits.js';
import type { CommitId, Hash } from '../model/hash.js';
import { hashBytesLength, hashFromBytes, hashToBytes } from '../model/hash.js';
import { hashColumn, hashesOf } from '../model/hash-column.js';
import { HashTable } from '../model/hash-table.js';
import type { CommitNode } from '../model/node.js';
import type { RemoteClient } from '../remote/client.js';
import { beginPush, findMissingObjects, sendRecords } from '../remote/fast-push.js';
import type { OpenRepository } from '../repository.js';
import type { Frame } from '../wire/fast/frame.js';
import { FrameBuffers } from '../wire/fast/frame-buffers.js';
import type { Branch } from '../wire/messages/branches.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import type { Outgoing } from './outgoing.js';
import { contentFrames, nodeFrames } from './send-records.js';

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
  const [contents, nodes] = await Promise.all([
    findMissingObjects(client, 'contents', outgoing.contentHashes),
    missingNodes(repository, client, outgoing),
  ]);
  const chunks = await findMissingObjects(client, 'chunks', chunksOf(repository, contents));
  const progress = new ProgressCounter(context, 'push', contents.length / hashBytesLength);
  const buffers = new FrameBuffers();
  const onStored = (frame: Frame): void => {
    throwIfStopped(context);
    const { kind } = decodeRecordHeader(frame.payload, 0);
    const isFile = kind === recordKinds.content || kind === recordKinds.manifest;
    const sizeBytes = kind === recordKinds.node ? 0 : frame.payload.length;
    progress.add(isFile ? frame.itemCount : 0, sizeBytes);
    buffers.giveBack(frame.payload.buffer);
  };
  await sendRecords(client, contentFrames(repository, 'chunks', chunks, buffers), onStored);
  const files = contentFrames(repository, 'contents', contents, buffers);
  const trees = nodeFrames(repository, nodes.trees);
  const commits = nodeFrames(repository, nodes.commits);
  await sendRecords(client, inTurn(files, trees), onStored, commits);
}

/** Yields from both sources in turn, and the rest of the longer one. */
async function* inTurn(...sources: readonly AsyncGenerator<Frame>[]): AsyncGenerator<Frame> {
  const left = new Set(sources);
  try {
    while (left.size > 0) {
      for (const source of left) {
        const next = await source.next();
        if (next.done === true) left.delete(source);
        else yield next.value;
      }
    }
  } finally {
    for (const source of left) await source.return(undefined);
  }
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

/** Ids of nodes that are to be sent. */
interface MissingNodes {
  readonly trees: readonly Hash[]; // directories and vnodes
  readonly commits: readonly Hash[];
}

/** Asks which nodes are to be sent. Those of other programs always are: their ids do not say what they hold, so the server compares. */
async function missingNodes(
  { nodes }: OpenRepository,
  client: RemoteClient,
  outgoing: Outgoing,
): Promise<MissingNodes> {
  const all = Array.from(outgoing.nodes(), ({ id }) => id);
  const foreign = new Set(all.filter((id) => nodes.isForeign(id)));
  const own = hashColumn(all.filter((id) => !foreign.has(id)));
  const missing = new HashTable();
  missing.addAll(await findMissingObjects(client, 'nodes', own));
  const sent = all.filter((id) => foreign.has(id) || missing.find(hashToBytes(id)) >= 0);
  const commitIds = new Set<Hash>(outgoing.commits.map(({ id }) => id));
  return {
    trees: sent.filter((id) => !commitIds.has(id)),
    commits: sent.filter((id) => commitIds.has(id)),
  };
}
