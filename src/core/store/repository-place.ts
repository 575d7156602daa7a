/** Where a repository lies: the directory that holds `.oxen`, found by walking up, and recognised for what it is. */
import { existsSync, mkdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NotFoundError, OperationError, wrapSystemError } from '../model/errors.js';
import {
  type EngineConfig,
  newRepositoryConfig,
  writeEngineConfig,
  writeRepositoryConfig,
} from './config-files.js';
import { checkLmdbPages } from './lmdb-check.js';
import { inspectLmdbFile } from './lmdb-file.js';

/** Name of the directory with the data of a repository. */
export const controlDirectoryName = '.oxen';

/**
 * Returns the root of the repository that `start` lies in, links resolved.
 * @throws NotFoundError when there is no `.oxen` in `start` or above it
 */
export function findRepositoryRoot(start: string): string {
  const first = resolve(start);
  for (let directory = first; ; directory = dirname(directory)) {
    if (isDirectory(join(directory, controlDirectoryName))) return realpathSync(directory);
    if (directory === dirname(directory)) break;
  }
  throw new NotFoundError(`No oxen repository found at ${first}`, {
    path: first,
    hint: 'oxen init',
  });
}

/**
 * Checks that the `.oxen` directory was made by this program.
 * @throws OperationError when a real Oxen client made it; NotFoundError when it is not complete
 */
export function requireOwnRepository(controlDirectory: string): void {
  if (existsSync(join(controlDirectory, 'db'))) return;
  const isForeign =
    existsSync(join(controlDirectory, 'tree')) ||
    existsSync(join(controlDirectory, 'refs')) ||
    existsSync(join(controlDirectory, 'versions', 'files')) ||
    inspectLmdbFile(join(controlDirectory, 'tree', 'nodes_lmdb', 'data.mdb')) !== undefined;
  if (isForeign) {
    throw new OperationError(`${controlDirectory} belongs to the original Oxen client.`, {
      path: controlDirectory,
      hint: 'Share it with this program: start `oxen serve`, push to it with the original client, and clone from it',
    });
  }
  throw new NotFoundError(`${controlDirectory} is not a complete repository.`, {
    path: controlDirectory,
    hint: incompleteHint(controlDirectory),
  });
}

/** Returns what to type where there is no database, or an empty one: packs hold contents that it can be made from. */
export function incompleteHint(controlDirectory: string): string {
  const hasPacks = existsSync(join(controlDirectory, 'versions', 'packs'));
  return hasPacks ? 'oxen fsck --rebuild-index' : 'oxen init';
}

/**
 * Makes the `.oxen` directory of a new repository with its configuration, without its database.
 * @param root the directory of the working tree; it must exist
 * @returns the absolute path of the root, links resolved
 * @throws NotFoundError when `root` is no directory; OperationError when there is a repository already
 */
export function createControlDirectory(root: string, engine: EngineConfig): string {
  if (!isDirectory(root)) {
    throw new NotFoundError(`The directory "${root}" does not exist.`, { path: root });
  }
  const absolute = realpathSync(root);
  const controlDirectory = join(absolute, controlDirectoryName);
  if (inspectLmdbFile(join(controlDirectory, 'db', 'data.mdb')) !== undefined) {
    throw new OperationError(`Oxen repository already exists: "${absolute}"`, { path: absolute });
  }
  if (existsSync(controlDirectory)) requireUnfinished(controlDirectory);
  try {
    mkdirSync(controlDirectory, { recursive: true });
  } catch (error) {
    throw wrapSystemError(error, `Cannot create ${controlDirectory}`, controlDirectory);
  }
  writeRepositoryConfig(controlDirectory, newRepositoryConfig);
  writeEngineConfig(controlDirectory, engine);
  return absolute;
}

/** An `.oxen` directory without a database is either foreign or an init that was cut short. */
function requireUnfinished(controlDirectory: string): void {
  try {
    requireOwnRepository(controlDirectory);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Moves the database of the repository that `path` lies in out of the way and returns where it is now, undefined when there
 * is none.
 * @throws NotFoundError when there is no repository; OperationError when it cannot be moved
 */
export function setDatabaseAside(path: string): string | undefined {
  const directory = join(findRepositoryRoot(path), controlDirectoryName, 'db');
  if (!existsSync(directory)) return undefined;
  for (let number = 1; ; number++) {
    const aside = `${directory}.damaged-${number}`;
    if (existsSync(aside)) continue;
    try {
      renameSync(directory, aside);
      return aside;
    } catch (error) {
      throw wrapSystemError(error, `Cannot move ${directory}`, directory);
    }
  }
}

/**
 * Checks the pages of the database file without opening it: LMDB may end the process when it meets a damaged page.
 * @throws IntegrityError naming the first damaged page
 */
export function checkDatabaseFile(controlDirectory: string): void {
  const file = join(controlDirectory, 'db', 'data.mdb');
  const state = inspectLmdbFile(file);
  if (state !== undefined) checkLmdbPages(file, state, false);
}
