/**
 * The files of an environment: where they lie, what is looked at before LMDB may open them, and the settings with which it does. LMDB
 * itself trusts whatever it finds.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { open as openLmdb, RootDatabase } from 'lmdb';
import {
  NotFoundError,
  OperationError,
  systemErrorCode,
  wrapSystemError,
} from '../model/errors.js';
import { describeDatabaseError } from './database-errors.js';
import type { DatabaseGate } from './database-gate.js';
import { nodeDisk, syncDirectory } from './disk.js';
import { checkLmdbPages } from './lmdb-check.js';
import { inspectLmdbFile } from './lmdb-file.js';
import { networkFileSystemName } from './network-file-system.js';
import { incompleteHint } from './repository-place.js';
import { readTransactionMark, requireNoRollback } from './transaction-mark.js';

/** An environment that LMDB has open. */
export type LmdbRoot = RootDatabase<Uint8Array, Uint8Array>;

const mapSizeBytes = 64 * 1024 ** 3;

/**
 * Returns the directory of the environment below an `.oxen` directory, without symbolic links.
 * @param create true: it is made when there is none
 * @throws NotFoundError when there is none; OperationError when it cannot be looked at
 */
export function environmentPath(controlDirectory: string, create: boolean): string {
  const path = join(controlDirectory, 'db');
  try {
    if (create && !existsSync(path)) {
      mkdirSync(path, { recursive: true });
      syncDirectory(nodeDisk, controlDirectory);
      syncDirectory(nodeDisk, dirname(controlDirectory));
    }
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw wrapSystemError(error, `Cannot open the database ${path}`, path);
    }
    throw new NotFoundError(`There is no oxen database at ${path}.`, { path });
  }
}

/** What opens LMDB; it is loaded when it is first needed, and stays. */
let lmdb: typeof openLmdb | undefined;

/** How to open the files. */
export interface DatabaseFileOptions {
  readonly readOnly: boolean;
  readonly create: boolean; // true: an empty environment is made when there is none
}

/**
 * Opens the files of an environment after looking at them.
 * @throws NotFoundError when there is none and none is to be made; IntegrityError when the file is damaged
 * @throws OperationError when it is on a network file system, or not accessible
 */
export async function openDatabaseFiles(
  gate: DatabaseGate,
  path: string,
  options: DatabaseFileOptions,
): Promise<LmdbRoot> {
  lmdb ??= (await import('lmdb')).open;
  return openWith(lmdb, gate, path, options);
}

/** As `openDatabaseFiles`, for files that this thread had open a moment before. */
export function reopenDatabaseFiles(gate: DatabaseGate, path: string, readOnly: boolean): LmdbRoot {
  if (lmdb === undefined) throw new OperationError('LMDB was never loaded.', { path });
  return openWith(lmdb, gate, path, { readOnly, create: false });
}

function openWith(
  open: typeof openLmdb,
  gate: DatabaseGate,
  path: string,
  { readOnly, create }: DatabaseFileOptions,
): LmdbRoot {
  const network = networkFileSystemName(path);
  if (network !== undefined) {
    throw new OperationError(`${path} is on a network file system (${network}).`, {
      path,
      hint: 'keep the repository on a local disk and share it with `oxen serve`',
    });
  }
  const file = join(path, 'data.mdb');
  const markedId = readTransactionMark(path); // first: others may commit meanwhile
  const state = inspectLmdbFile(file);
  if (state !== undefined) requireNoRollback(path, state.transactionId, markedId);
  if (state !== undefined) checkLmdbPages(file, state, true);
  // An empty file must not become an empty repository in silence: references and history would seem never to have been.
  if (state === undefined && !create) throw incompleteError(path);
  try {
    const root = gate.pass(() =>
      open<Uint8Array, Uint8Array>({
        path,
        readOnly,
        noSubdir: false,
        encoding: 'binary',
        keyEncoding: 'binary',
        noMemInit: true,
        overlappingSync: false, // a commit is durable when it returns
        maxDbs: 16,
        maxReaders: 1024,
        // Windows would give the file this size at once; elsewhere it is address space, and LMDB grows it when needed.
        ...(process.platform === 'win32' ? {} : { mapSize: mapSizeBytes }),
      }),
    );
    if (state === undefined) syncDirectory(nodeDisk, path);
    return root;
  } catch (error) {
    throw describeDatabaseError(error, 'The database cannot be opened', path);
  }
}

/** Returns the number of the newest committed transaction. */
export function lastTransactionOf(root: LmdbRoot): number {
  const stats: { lastTxnId?: number } = root.getStats();
  return stats.lastTxnId ?? 0;
}

/** Returns the error for an environment whose making was cut off. */
export function incompleteError(path: string): NotFoundError {
  return new NotFoundError(`The database at ${path} was never completed.`, {
    path,
    hint: incompleteHint(dirname(path)),
  });
}
