/** Tells ingest what is stored already, so that no content is stored twice. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreEnvironment } from '../store/environment.js';

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

/** Stored contents that were opened for a job. */
export interface OpenStoredContents extends StoredContents, AsyncDisposable {
  /** Makes the next answer as new as the moment: a view from before a gc would name what it removed. */
  refresh(): void;
  /** Gives the environment up; others on this thread may go on using it. */
  close(): Promise<void>;
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

/**
 * Opens what is stored in the environment at `databasePath`, the field of ingest jobs, for reading. Where this thread has the
 * environment open, it is shared; a worker thread keeps it open between jobs, because opening costs some ms.
 * @throws NotFoundError when there is none; OperationError when it is not accessible; IntegrityError when it is damaged
 */
export async function openStoredContents(databasePath: string): Promise<OpenStoredContents> {
  const environment = await StoreEnvironment.open(dirname(databasePath), { readOnly: true });
  const close = () => environment.close();
  const refresh = () => environment.refresh();
  return { ...storedContentsOf(environment), refresh, close, [Symbol.asyncDispose]: close };
}

/** Returns what tells the database file at `databasePath` from every other that is or was there while it is open. */
export function databaseFileOf(databasePath: string): string {
  const stats = statSync(join(databasePath, 'data.mdb'), { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}`;
}
