/** A directory for the time of an upload: the files to be sent stand in it as they will in the repository. */
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NotFoundError, wrapSystemError } from '../model/errors.js';
import { joinPath, parseRepoPath, type RepoPath } from '../model/path.js';

/** A temporary directory; it goes with everything in it. */
export interface UploadPlace {
  readonly root: string; // absolute
  [Symbol.dispose](): void;
}

/** Makes a temporary directory below `parent`. @throws OperationError when it cannot be made */
export function makeUploadPlace(parent: string): UploadPlace {
  try {
    mkdirSync(parent, { recursive: true });
    const root = mkdtempSync(join(parent, 'oxen-upload-'));
    return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
  } catch (error) {
    throw wrapSystemError(error, `Cannot write to ${parent}`, parent);
  }
}

/**
 * Puts a file or directory into a directory of the place, as links to the same files where the file system can, else as copies, and
 * returns their paths. Symbolic links inside of a directory, and repositories' own data, are left out.
 * @throws NotFoundError when there is nothing at `source`; OperationError when it cannot be read
 */
export async function placeFiles(
  root: string,
  source: string,
  destination: RepoPath,
): Promise<RepoPath[]> {
  const absolute = resolve(source);
  const top = joinPath(destination, parseRepoPath(basename(absolute)));
  const kind = statSync(absolute, { throwIfNoEntry: false });
  if (kind === undefined) {
    throw new NotFoundError(`Path does not exist: ${source}`, { path: source });
  }
  try {
    if (kind.isFile()) return [placeFile(root, absolute, top)];
    const placed: RepoPath[] = [];
    const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const from = join(entry.parentPath, entry.name);
      const below = from.slice(absolute.length + 1).replaceAll('\\', '/');
      if (!entry.isFile() || /(^|\/)\.oxen\//i.test(below)) continue;
      placed.push(placeFile(root, from, parseRepoPath(`${top}/${below}`)));
    }
    return placed;
  } catch (error) {
    throw wrapSystemError(error, `Cannot read ${source}`, source);
  }
}

function placeFile(root: string, from: string, path: RepoPath): RepoPath {
  const to = join(root, path);
  mkdirSync(join(to, '..'), { recursive: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
  return path;
}
