/**
 * Sending what describes a commit beside its contents: the nodes of its tree, and the directory hashes whose arrival is
 * the sign for stock servers that the commit is complete (wire-protocol.md, C.4 and C.6).
 */
import { hashBytes } from '../format/hashing.js';
import type { CommitId } from '../model/hash.js';
import { writeDirHashArchive } from '../wire/archive/dir-hashes.js';
import { type ArchivedNode, writeNodeArchive } from '../wire/archive/nodes.js';
import { type DirHashList, encodeDirHashes } from '../wire/dir-hashes/database.js';
import { smallFileBytes } from '../wire/messages/versions.js';
import { uploadChunkQueryFields } from '../wire/query.js';
import { readWhole } from './answer-body.js';
import type { RemoteClient } from './client.js';
import { isRefusal } from './errors.js';
import { deflate } from './gzip.js';

/** Gives the nodes to be sent, from the first one each time it is called. */
export type NodeSource = () => AsyncIterable<ArchivedNode> | Iterable<ArchivedNode>;

/**
 * Sends nodes as one archive, which is made while it is sent. Nodes that the server has are left as they are.
 * @throws RemoteError when the server refuses one; those before it are stored
 */
export async function uploadNodes(client: RemoteClient, nodes: NodeSource): Promise<void> {
  await client.json(
    {
      route: 'uploadNodes',
      what: 'nodes',
      parameters: {},
      body: { open: () => deflate(writeNodeArchive(nodes(), 'upload')) },
      isWork: true,
    },
    () => undefined,
  );
}

/**
 * Sends the directory hashes of a commit, in pieces of 10 MiB when they are larger. The compressed archive is in memory:
 * some 25 bytes a directory.
 * @param list the directories of the commit, gone through once or twice
 */
export async function uploadDirHashes(
  client: RemoteClient,
  commitId: CommitId,
  list: DirHashList,
): Promise<void> {
  const files = await encodeDirHashes(list);
  const archive = await readWhole(deflate(writeDirHashArchive([{ commitId, files }])));
  const what = `the directory hashes of ${commitId}`;
  if (archive.length > smallFileBytes) {
    await uploadPieces(client, what, archive);
    return;
  }
  await client.json(
    { route: 'uploadDirHashes', what, parameters: {}, body: archive, isWork: true },
    () => undefined,
  );
}

/**
 * Asks the server to derive the directory hashes of a commit from its nodes, which must be there; a short cut for
 * `uploadDirHashes`. Returns false when the server does not know the request.
 */
export async function rebuildDirHashes(client: RemoteClient, commitId: CommitId): Promise<boolean> {
  try {
    await client.json(
      {
        route: 'rebuildDirHashes',
        what: `making the directory hashes of ${commitId}`,
        parameters: {},
        query: { commit_id: commitId },
        isWork: true,
      },
      () => undefined,
    );
    return true;
  } catch (error) {
    if (isRefusal(error, 404)) return false;
    throw error;
  }
}

async function uploadPieces(client: RemoteClient, what: string, archive: Buffer): Promise<void> {
  const count = Math.ceil(archive.length / smallFileBytes);
  const hash = hashBytes(archive);
  for (let index = 0; index < count; index++) {
    const start = index * smallFileBytes;
    await client.json(
      {
        route: 'uploadDirHashesChunk',
        what,
        parameters: {},
        query: uploadChunkQueryFields({
          index,
          count,
          totalSizeBytes: archive.length,
          hash,
          isCompressed: true,
        }),
        body: archive.subarray(start, start + smallFileBytes),
        isWork: true,
      },
      () => undefined,
    );
  }
}
