/**
 * Fetching contents by their hash, many in one request (wire-protocol.md, D.6): the answer is an archive whose entries
 * are checked one by one as they arrive. A request that broke off is made again for what is still lacking.
 */
import { IntegrityError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import { type ReadVersion, readVersionArchive } from '../wire/archive/versions.js';
import { encodeHashLines, missingHashesOf } from '../wire/messages/versions.js';
import { readArchive } from './archive-reading.js';
import type { RemoteClient } from './client.js';
import { asIntegrity, serverAnswerOf } from './errors.js';
import { forEachParallel } from './fan-out.js';
import { deflateBytes } from './gzip.js';
import {
  checkedContent,
  checkedPieces,
  type ReceivedVersion,
  wrongSize,
} from './received-version.js';
import { batchVersions } from './version-batch.js';
import type { WantedVersion } from './wanted-versions.js';

/** Takes a content; called again for the same one when the connection broke within it. */
export type VersionReceiver = (version: ReceivedVersion) => Promise<void>;

const entryOverheadBytes = 1024; // header and padding of an entry of an archive
const archiveSlackBytes = 64 * 1024;

/**
 * Fetches contents of any size, in requests of up to 10 MiB, several at once; `receive` is called for one content
 * of each request at a time. All `wanted` must be different.
 * @throws NotFoundError when the server lacks some (`missingVersionsOf`); IntegrityError when it sends anything else
 *   than what was wanted; what `receive` throws
 */
export async function downloadVersions(
  client: RemoteClient,
  wanted: AsyncIterable<WantedVersion> | Iterable<WantedVersion>,
  receive: VersionReceiver,
): Promise<void> {
  await forEachParallel(batchVersions(wanted), client.jobs, (batch) =>
    client.slot(() => downloadBatch(client, batch, receive)),
  );
}

/** Returns the contents that the server said it lacks when it refused a request; empty for any other error. */
export function missingVersionsOf(error: unknown): Hash[] {
  const answer = serverAnswerOf(error);
  return answer === undefined ? [] : missingHashesOf(answer.fields);
}

async function downloadBatch(
  client: RemoteClient,
  batch: readonly WantedVersion[],
  receive: VersionReceiver,
): Promise<void> {
  const lacking = new Map(batch.map((version) => [version.hash, version]));
  for (let retry = 1; lacking.size > 0; retry++) {
    const before = lacking.size;
    try {
      await requestBatch(client, lacking, receive);
      if (lacking.size === before) throw notSent(lacking);
    } catch (error) {
      if (lacking.size < before) retry = 1; // whoever makes progress may go on
      await client.waitToRetry(error, retry);
    }
  }
}

/** Asks once for what is lacking, and takes off what was received. */
async function requestBatch(
  client: RemoteClient,
  lacking: Map<Hash, WantedVersion>,
  receive: VersionReceiver,
): Promise<void> {
  const what = lacking.size === 1 ? 'reading a content' : `reading ${lacking.size} contents`;
  const maxTotalBytes = archiveBytes(lacking.values());
  const answer = await client.stream({
    route: 'downloadVersions',
    what,
    parameters: {},
    body: await deflateBytes(Buffer.from(encodeHashLines([...lacking.keys()]))),
    isWork: true,
    isOnce: true, // repeated by the caller
  });
  const entries = readArchive(answer, what, maxTotalBytes, (pieces) =>
    readVersionArchive(pieces, { maxTotalBytes }),
  );
  for await (const entry of entries) {
    const wanted = lacking.get(entry.hash);
    if (wanted === undefined) throw unwanted(entry);
    if (entry.sizeBytes !== wanted.sizeBytes) throw wrongSize(wanted, entry.sizeBytes);
    await receive(receivedOf(what, wanted, entry));
    lacking.delete(entry.hash);
  }
}

/** The content is read in the receiver's loop, where the reader of the archive does not see what goes wrong. */
function receivedOf(what: string, wanted: WantedVersion, entry: ReadVersion): ReceivedVersion {
  return {
    ...wanted,
    readAll: async () => {
      const content = await entry.readAll().catch((error: unknown) => {
        throw asIntegrity(what, error);
      });
      return checkedContent(wanted, content);
    },
    stream: () => checkedPieces(wanted, soundPieces(what, entry.stream())),
  };
}

async function* soundPieces(
  what: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

function archiveBytes(versions: Iterable<WantedVersion>): number {
  let total = archiveSlackBytes;
  for (const { sizeBytes } of versions) total += sizeBytes + entryOverheadBytes;
  return total;
}

function unwanted(entry: ReadVersion): IntegrityError {
  return new IntegrityError(`The server sends the content ${entry.hash}, which is not wanted.`);
}

function notSent(lacking: ReadonlyMap<Hash, WantedVersion>): IntegrityError {
  const [first] = lacking.keys();
  return new IntegrityError(
    `The server left out ${lacking.size} contents without a word, among them ${first}.`,
  );
}
