/**
 * The directory that a clone is made in. While it is being made `.oxen/CLONE` says from where: other verbs refuse such a
 * repository, and the same clone goes on in it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConflictError, OperationError, wrapSystemError } from '../model/errors.js';
import { writeFileAtomically } from './atomic-file.js';
import { controlDirectoryName } from './repository-place.js';

const markerName = 'CLONE';

/** What stands in place of a URL while an archive is loaded. */
export const loadMarker = 'archive';

/** A directory that is claimed for a clone. */
export interface ClonePlace {
  readonly root: string; // absolute
  readonly hasDatabase: boolean; // an earlier run came so far
}

/**
 * Claims a directory, which is made when it does not exist, for a clone of `url`, or to load an archive (`loadMarker`).
 * @throws ConflictError when there is something in it that is no unfinished clone of the same URL
 */
export function claimPlace(path: string, url: string): ClonePlace {
  const root = resolve(path);
  const controlDirectory = join(root, controlDirectoryName);
  try {
    const begun = unfinishedCloneUrl(controlDirectory);
    if (begun !== undefined && begun !== url) {
      const what = begun === loadMarker ? 'oxen load' : `a clone of ${begun}`;
      throw new ConflictError(`In ${root} ${what} was begun.`, { path: root });
    }
    if (begun === undefined) {
      requireEmpty(root);
      mkdirSync(controlDirectory, { recursive: true });
      writeFileAtomically(join(controlDirectory, markerName), `${url}\n`);
    }
    return { root, hasDatabase: existsSync(join(controlDirectory, 'db')) };
  } catch (error) {
    throw wrapSystemError(error, `Cannot create ${root}`, root);
  }
}

/** Ends the time in which other verbs refuse the repository. */
export function finishClonePlace(controlDirectory: string): void {
  rmSync(join(controlDirectory, markerName), { force: true });
}

/** @throws OperationError when the repository is a clone that was not finished */
export function requireFinishedClone(controlDirectory: string): void {
  const url = unfinishedCloneUrl(controlDirectory);
  if (url === undefined) return;
  const root = dirname(controlDirectory);
  if (url === loadMarker) {
    throw new OperationError(`The load into ${root} was interrupted.`, {
      path: root,
      hint: `Finish it: oxen load FILE ${root}`,
    });
  }
  throw new OperationError(`The clone in ${root} was interrupted.`, {
    path: root,
    hint: `Finish it: oxen clone ${url} ${root}`,
  });
}

function unfinishedCloneUrl(controlDirectory: string): string | undefined {
  const path = join(controlDirectory, markerName);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function requireEmpty(root: string): void {
  const found = statSync(root, { throwIfNoEntry: false });
  if (found === undefined) return;
  const names = found.isDirectory() ? readdirSync(root) : [''];
  // An empty control directory is all that a run leaves that was cut before it had begun.
  const control = join(root, controlDirectoryName);
  if (names.length === 0) return;
  if (names.length === 1 && names[0] === controlDirectoryName && isEmptyDirectory(control)) return;
  throw new ConflictError(`Directory already exists: ${root}`, {
    path: root,
    hint: 'Name another directory, or one that is empty.',
  });
}

function isEmptyDirectory(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}
