/** Requests about the commits of a remote repository: which ones it lacks, single ones, histories page by page. */
import { InvalidInputError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import {
  decodeCommitAnswer,
  decodeHashesAnswer,
  decodeMissingFilesAnswer,
  encodeHashesRequest,
  type MissingFile,
} from '../wire/messages/commits.js';
import type { RemoteClient } from './client.js';

/** Stock servers take 256 KiB here: 7,480 ids of 32 digits. */
const idsPerRequest = 7000;

/**
 * Returns those of the commits that the server does not have completely: their node, and the directory hashes that are
 * sent last. In no particular order.
 */
export async function findMissingCommits(
  client: RemoteClient,
  ids: readonly CommitId[],
): Promise<CommitId[]> {
  const missing: CommitId[] = [];
  for (let start = 0; start < ids.length; start += idsPerRequest) {
    const asked = ids.slice(start, start + idsPerRequest);
    missing.push(...(await findMissingOf(client, asked)));
  }
  return missing;
}

async function findMissingOf(
  client: RemoteClient,
  asked: readonly CommitId[],
): Promise<CommitId[]> {
  const known = new Set<Hash>(asked);
  return client.json(
    {
      route: 'findMissingCommits',
      what: 'asking which commits it lacks',
      parameters: {},
      contentType: 'application/json',
      body: Buffer.from(encodeHashesRequest(asked)),
      isWork: true,
    },
    (fields) => {
      const lacking = decodeHashesAnswer(fields);
      const stranger = lacking.find((id) => !known.has(id));
      if (stranger === undefined) return lacking as CommitId[];
      throw new InvalidInputError(`it names ${stranger}, which was not asked for.`);
    },
  );
}

/** Returns the files of a commit (and not of `base`) whose contents the server lacks, for a push that repairs. */
export async function findMissingFiles(
  client: RemoteClient,
  range: { readonly base?: CommitId; readonly head: CommitId },
): Promise<MissingFile[]> {
  const query = { base: range.base, head: range.head };
  const what = 'asking which files it lacks';
  const call = { route: 'listMissingFiles', what, parameters: {}, query, isWork: true } as const;
  return client.json(call, decodeMissingFilesAnswer);
}

/** Returns a commit, undefined when the server does not have it. */
export async function findCommit(
  client: RemoteClient,
  id: CommitId,
): Promise<CommitNode | undefined> {
  const what = `looking at commit ${id}`;
  return client.find({ route: 'showCommit', what, parameters: { commit: id } }, decodeCommitAnswer);
}
