/** What archives from a server have in common for their reader: inflated, bounded, and damaged ones reported as such. */
import type { RemoteAnswer } from './connection.js';
import { asIntegrity } from './errors.js';
import { inflate } from './gzip.js';

/** An archive compressed by the worst compressor is this much larger, for each byte and in all. */
const growth = 1.01;
const slackBytes = 1024 * 1024;

/**
 * Yields what `read` finds in the archive that is the body of `answer`.
 * @param what the request, for messages
 * @param maxTotalBytes of the archive, inflated
 * @param read reads the archive; its InvalidInputError says what is wrong with it
 * @throws IntegrityError when the archive is damaged or refused; RemoteError when it breaks off or is too large
 */
export async function* readArchive<Entry>(
  answer: RemoteAnswer,
  what: string,
  maxTotalBytes: number,
  read: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Entry>,
): AsyncGenerator<Entry> {
  const body = answer.body(maxTotalBytes * growth + slackBytes);
  try {
    yield* read(inflate(body, what));
  } catch (error) {
    throw asIntegrity(what, error);
  }
}
