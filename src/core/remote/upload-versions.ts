/**
 * Sending small contents, many in one request (wire-protocol.md, C.5): a form with one compressed part for each, made
 * while it is sent. The server hashes what it gets and says which ones it could not take; those are sent again.
 */
import { IntegrityError, RemoteError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import {
  type FormPart,
  formContentType,
  formPart,
  makeBoundary,
  writeForm,
} from '../wire/form/write.js';
import {
  decodeBatchAnswer,
  decodeVersionCheck,
  type VersionCheck,
  type VersionProblem,
} from '../wire/messages/versions.js';
import type { RemoteClient } from './client.js';
import { harmlessText } from './errors.js';
import { forEachParallel } from './fan-out.js';
import { deflateBytes } from './gzip.js';
import type { Pace } from './retry.js';
import { batchVersions } from './version-batch.js';

/** A content of up to 10 MiB (`smallFileBytes`), which stock servers take in one part. */
export interface SmallVersion {
  readonly hash: Hash;
  readonly sizeBytes: number;
  /** True for what is compressed already, such as images: it is wrapped, but not compressed again. */
  readonly isCompressed?: boolean;
  /** Returns the content; called again when it is sent again. */
  read(): Promise<Uint8Array>;
}

const mostRounds = 6; // the first and five more
const roundPauseMs = 300;
const roundJitterMs = 500;

/**
 * Sends contents of up to 10 MiB, in requests of up to 10 MiB, several at once. One content of each request is in memory.
 * @param onBatch is told the number and bytes of contents that the server has taken
 * @throws RemoteError when the server does not take one; what reading a content throws
 */
export async function uploadVersions(
  client: RemoteClient,
  versions: AsyncIterable<SmallVersion> | Iterable<SmallVersion>,
  onBatch: (fileCount: number, sizeBytes: number) => void = () => {},
): Promise<void> {
  await forEachParallel(batchVersions(versions), client.jobs, async (batch) => {
    await client.slot(() => uploadBatch(client, batch));
    onBatch(
      batch.length,
      batch.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
    );
  });
}

async function uploadBatch(client: RemoteClient, batch: readonly SmallVersion[]): Promise<void> {
  let left = batch;
  for (let round = 1; ; round++) {
    const problems = await sendForm(client, left);
    const [first] = problems;
    if (first === undefined) return;
    if (round === mostRounds) throw refusedContent(first);
    left = problems.map((problem) => findVersion(left, problem));
    await client.pace.sleep(roundPauseMs + client.pace.random() * roundJitterMs);
  }
}

async function sendForm(
  client: RemoteClient,
  versions: readonly SmallVersion[],
): Promise<VersionProblem[]> {
  const boundary = makeBoundary(randomBytes(client.pace));
  return client.json(
    {
      route: 'uploadVersions',
      what: versions.length === 1 ? 'a content' : `${versions.length} contents`,
      parameters: {},
      contentType: formContentType(boundary),
      body: { open: () => writeForm(partsOf(versions), boundary) },
      isWork: true,
    },
    decodeBatchAnswer,
  );
}

async function* partsOf(versions: readonly SmallVersion[]): AsyncGenerator<FormPart> {
  for (const version of versions) {
    const content = await version.read();
    if (content.length !== version.sizeBytes) {
      throw new IntegrityError(
        `The content ${version.hash} has ${content.length} bytes instead of ${version.sizeBytes}.`,
        { hint: 'Look for damage with oxen fsck.' },
      );
    }
    const packed = await deflateBytes(content, version.isCompressed === true ? 0 : undefined);
    yield formPart('file[]', packed, { fileName: version.hash, contentType: 'application/gzip' });
  }
}

function findVersion(sent: readonly SmallVersion[], problem: VersionProblem): SmallVersion {
  const version = sent.find(({ hash }) => hash === problem.hash);
  if (version !== undefined) return version;
  const shown = harmlessText(problem.hash);
  throw new RemoteError(`The server refuses the content ${shown}, which was not sent.`);
}

function refusedContent(problem: VersionProblem): RemoteError {
  return new RemoteError(
    `The server does not take the content ${problem.hash}: ${harmlessText(problem.message)}`,
    { hint: 'Look for damage with oxen fsck.' },
  );
}

function randomBytes(pace: Pace): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => Math.floor(pace.random() * 256));
}

/** Has the server read all its contents and drop the damaged ones, and returns what that came to. It may take minutes. */
export async function checkVersions(client: RemoteClient): Promise<VersionCheck> {
  const what = 'checking all contents';
  const call = {
    route: 'checkVersions',
    what,
    parameters: {},
    isWork: true,
    isOnce: true,
  } as const;
  return client.json(call, decodeVersionCheck);
}
