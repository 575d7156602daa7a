/** Grouping contents into requests: by their size, as stock peers do, and by their number, so that none is endless. */
import { smallFileBytes } from '../wire/messages/versions.js';

/** Most contents in one request. */
const mostPerBatch = 10_000;

/**
 * Yields the contents in groups of up to 10 MiB; a larger one is a group of its own. At most one group is held back.
 */
export async function* batchVersions<Version extends { readonly sizeBytes: number }>(
  versions: AsyncIterable<Version> | Iterable<Version>,
): AsyncGenerator<Version[]> {
  let batch: Version[] = [];
  let batchBytes = 0;
  for await (const version of versions) {
    const isFull = batchBytes + version.sizeBytes > smallFileBytes || batch.length >= mostPerBatch;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    batch.push(version);
    batchBytes += version.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}
