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

/** A database file as it is now. */
export interface DatabaseFile {
  readonly name: string; // tells it from every other that is or was there while it is open
  readonly sizeBytes: number; // as much of it may be mapped, and count as memory, while it is open
}

/** Returns the database file at `databasePath`; one without name and bytes where there is none. */
export function databaseFileOf(databasePath: string): DatabaseFile {
  const stats = statSync(join(databasePath, 'data.mdb'), { throwIfNoEntry: false, bigint: true });
  if (stats === undefined) return { name: '', sizeBytes: 0 };
  return { name: `${stats.dev}:${stats.ino}`, sizeBytes: Number(stats.size) };
}
