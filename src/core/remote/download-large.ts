/**
 * Fetching a large file range by range, by the path and the commit that touched it last, as stock peers do for files over
 * 10 MiB (wire-protocol.md, D.6). A range that broke off goes on at the byte where it did.
 */
import { RemoteError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import { smallFileBytes } from '../wire/messages/versions.js';
import { resourceTail } from '../wire/parameters.js';
import { chunkQueryFields } from '../wire/query.js';
import type { RemoteClient } from './client.js';
import { checkedPieces, type WantedVersion } from './received-version.js';

/** A file that is wanted by its place. */
export interface WantedFile extends WantedVersion {
  readonly commitId: CommitId | string; // the commit that touched it last, or a branch
  readonly path: RepoPath;
}

/**
 * Yields the bytes of a file over one connection, in pieces that are valid until the next is asked for. Only when the
 * loop ends by itself are they the content that was wanted.
 * @throws NotFoundError when the commit or path is absent; IntegrityError, instead of ending, when the bytes have another hash
 */
export function downloadLargeFile(
  client: RemoteClient,
  file: WantedFile,
): AsyncGenerator<Uint8Array> {
  return checkedPieces(file, readRanges(client, file));
}

async function* readRanges(client: RemoteClient, file: WantedFile): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let retry = 0;
  while (offset < file.sizeBytes) {
    const start = offset;
    const size = Math.min(smallFileBytes, file.sizeBytes - start);
    try {
      for await (const piece of await openRange(client, file, start, size)) {
        offset += piece.length;
        yield piece;
      }
      if (offset === start) throw new RemoteError(`The server sends nothing of ${file.path}.`);
    } catch (error) {
      retry = offset > start ? 1 : retry + 1;
      await client.waitToRetry(error, retry);
    }
  }
}

async function openRange(client: RemoteClient, file: WantedFile, start: number, size: number) {
  const answer = await client.stream({
    route: 'readChunk',
    what: `reading ${file.path}`,
    parameters: { resource: resourceTail(file.commitId, file.path) },
    query: chunkQueryFields({ start, size }),
    isOnce: true, // repeated by the caller
  });
  return answer.body(size);
}
