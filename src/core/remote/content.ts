/** Reading a remote repository without a clone: entries, what revisions name, bytes of single files. */
import type { Hash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import {
  decodeEntryAnswer,
  decodeNodeHashAnswer,
  decodeResourceAnswer,
  type EntrySummary,
} from '../wire/messages/entries.js';
import { resourceTail } from '../wire/parameters.js';
import type { RemoteClient } from './client.js';

/** Returns the file or directory at a path of a branch or commit, undefined when there is none. */
export async function findEntry(
  client: RemoteClient,
  revision: string,
  path: RepoPath,
): Promise<EntrySummary | undefined> {
  const parameters = { resource: resourceTail(revision, path) };
  const what = `looking at ${path} of ${revision}`;
  return client.find({ route: 'showEntry', what, parameters }, decodeEntryAnswer);
}

/** Returns the commit and path that a revision names, undefined when it names nothing. */
export async function findRevision(
  client: RemoteClient,
  revision: string,
): Promise<{ commit: CommitNode | undefined; path: string } | undefined> {
  const parameters = { resource: { parts: revision.split('/') } };
  const what = `looking up ${revision}`;
  return client.find({ route: 'showRevision', what, parameters }, decodeResourceAnswer);
}

/** Returns the id of the node at a path, undefined when there is none. */
export async function findNodeAtPath(
  client: RemoteClient,
  revision: string,
  path: RepoPath,
): Promise<Hash | undefined> {
  const parameters = { resource: resourceTail(revision, path) };
  const what = `looking up ${path} of ${revision}`;
  return client.find({ route: 'showNodeAtPath', what, parameters }, decodeNodeHashAnswer);
}

/**
 * Yields the bytes of a file at a path. They are not checked: the caller knows the hash, or does not need to.
 * @param limitBytes most bytes to take
 * @throws NotFoundError when there is no such file; RemoteError when it is longer than the limit
 */
export async function* readRemoteFile(
  client: RemoteClient,
  revision: string,
  path: RepoPath,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const parameters = { resource: resourceTail(revision, path) };
  const what = `reading ${path} of ${revision}`;
  const answer = await client.stream({ route: 'readFile', what, parameters });
  yield* answer.body(limitBytes);
}
