/**
 * Fetching a large file range by range, by the path and the commit that touched it last, as stock peers do for files over
 * 10 MiB (wire-protocol.md, D.6). A range that broke off goes on at the byte where it did.
 */
import { RemoteError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import { smallFileBytes } from '../wire/messages/versions.js';
import { resourceTail } from '../wire/parameters.js';
import { type ChunkQuery, chunkQueryFields } from '../wire/query.js';
import type { RemoteClient } from './client.js';
import { checkedPieces } from './received-version.js';
import type { WantedVersion } from './wanted-versions.js';

/** A file that is wanted by its place. */
export interface WantedFile extends WantedVersion {
  readonly commitId: CommitId | string; // the commit that touched it last, or a branch
  readonly path: RepoPath;
}

/** Ranges that are held at once, at most; each is up to 10 MiB. */
const mostRangesAhead = 4;

/**
 * Yields the bytes of a file, in ranges of up to 10 MiB of which a few are fetched at once, each in memory until its turn. Only when
 * the loop ends by itself are they the content that was wanted.
 * @throws NotFoundError when the commit or path is absent; IntegrityError, instead of ending, when the bytes have another hash
 */
export function downloadLargeFile(
  client: RemoteClient,
  file: WantedFile,
): AsyncGenerator<Uint8Array> {
  return checkedPieces(file, readRanges(client, file));
}

async function* readRanges(client: RemoteClient, file: WantedFile): AsyncGenerator<Uint8Array> {
  const mostAhead = Math.min(mostRangesAhead, client.jobs);
  const ahead: Promise<Uint8Array>[] = [];
  let start = 0;
  const fill = () => {
    for (; ahead.length < mostAhead && start < file.sizeBytes; start += smallFileBytes) {
      const size = Math.min(smallFileBytes, file.sizeBytes - start);
      const range = { start, size };
      const reading = client.slot(() => readRange(client, file, range));
      reading.catch(() => undefined); // it is thrown when its turn comes
      ahead.push(reading);
    }
    return ahead.shift();
  };
  for (let next = fill(); next !== undefined; next = fill()) yield await next;
}

async function readRange(
  client: RemoteClient,
  file: WantedFile,
  { start, size }: ChunkQuery,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  let retry = 0;
  while (filled < size) {
    const before = filled;
    try {
      const rest = { start: start + filled, size: size - filled };
      for await (const piece of await openRange(client, file, rest)) {
        bytes.set(piece, filled);
        filled += piece.length;
      }
      if (filled === before) throw new RemoteError(`The server sends nothing of ${file.path}.`);
    } catch (error) {
      retry = filled > before ? 1 : retry + 1;
      await client.waitToRetry(error, retry);
    }
  }
  return bytes;
}

async function openRange(client: RemoteClient, file: WantedFile, range: ChunkQuery) {
  const answer = await client.stream({
    route: 'readChunk',
    what: `reading ${file.path}`,
    parameters: { resource: resourceTail(file.commitId, file.path) },
    query: chunkQueryFields(range),
    isOnce: true, // repeated by the caller
  });
  return answer.body(range.size);
}
