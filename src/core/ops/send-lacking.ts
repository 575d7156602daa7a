/** Sends contents that a remote said it lacks, as far as they are here. */
import type { RemoteClient } from '../remote/client.js';
import type { OpenRepository } from '../repository.js';
import type { MissingFile } from '../wire/messages/commits.js';
import type { OperationContext } from './context.js';
import { sendContents } from './send-objects.js';

/** What could be sent. */
export interface SentContents {
  readonly sentCount: number; // contents
  readonly sizeBytes: number; // of them
  readonly unavailable: readonly MissingFile[]; // that are neither there nor here
}

/** Sends those of the files that are here, each content once. */
export async function sendLacking(
  repository: OpenRepository,
  client: RemoteClient,
  lacking: readonly MissingFile[],
  context: OperationContext,
): Promise<SentContents> {
  const { versions } = repository;
  const contents = new Map(
    lacking
      .filter(({ hash }) => versions.has(hash))
      .map(({ hash, sizeBytes }) => [hash, { hash, sizeBytes, isCompressed: false }]),
  );
  await sendContents(repository, client, [...contents.values()], context);
  let sizeBytes = 0;
  for (const content of contents.values()) sizeBytes += content.sizeBytes;
  const unavailable = lacking.filter(({ hash }) => !contents.has(hash));
  return { sentCount: contents.size, sizeBytes, unavailable };
}
