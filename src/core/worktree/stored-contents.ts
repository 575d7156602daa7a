/** Tells ingest what is stored already, so that no content is stored twice. */
import type { StoreEnvironment } from '../store/environment.js';

/**
 * What the store holds. An answer is a snapshot: whoever names a content that was not stored again must make sure, in the
 * transaction that names it, that it is still there.
 */
export interface StoredContents {
  /** Says whether the content with these 16 hash bytes is stored. */
  hasContent(hash: Uint8Array): boolean;
  /** Says whether the chunk with these 16 hash bytes is stored. */
  hasChunk(hash: Uint8Array): boolean;
}

/** Returns the contents of an open environment, as of the present turn of the event loop. About 1 us a question. */
export function storedContentsOf(environment: StoreEnvironment): StoredContents {
  const versions = environment.database('versions');
  const chunks = environment.database('chunks');
  return {
    hasContent: (hash) => versions.has(hash),
    hasChunk: (hash) => chunks.has(hash),
  };
}
