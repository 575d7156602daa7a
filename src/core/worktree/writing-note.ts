/**
 * The note of the directories that a run writes files into, `.oxen/tmp/writing`. A process that dies leaves the files and directories it
 * was just writing, under temporary names, and this note, by which the next run finds and removes them.
 * Form of the file: repository paths in UTF-8, joined by NUL.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemErrorCode, wrapSystemError } from '../model/errors.js';
import { isTemporaryName, parentPath, parseRepoPath, type RepoPath } from '../model/path.js';
import { DirectoryGuard } from './directory-guard.js';
import { absolutePath, controlDirectoryName } from './scan.js';

/**
 * Notes that files will be written into these directories of the working tree at `root`, after clearing what an earlier
 * run left. The caller holds the lock of the working tree and calls `forgetWriting` when all is written.
 * @throws OperationError when that cannot be done: the disk is full
 */
export function noteWriting(root: string, directories: Iterable<RepoPath>): void {
  clearTemporaryFiles(root);
  const { directory, file } = placeOf(root);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, [...withParents(directories)].join('\0'));
  } catch (error) {
    throw wrapSystemError(error, `Cannot write ${file}`, file);
  }
}

/** Ends what `noteWriting` began: every file has its name. */
export function forgetWriting(root: string): void {
  rmSync(placeOf(root).file, { force: true });
}

/**
 * Removes the files that an interrupted run left half written. The caller holds the lock of the working tree.
 * @throws OperationError when one cannot be removed
 */
export function clearTemporaryFiles(root: string): void {
  try {
    clearNoted(root);
  } catch (error) {
    throw wrapSystemError(error, 'Cannot remove what an interrupted run left');
  }
}

function clearNoted(root: string): void {
  const guard = new DirectoryGuard(root);
  for (const directory of readNote(root)) {
    if (isRepoPath(directory) && guard.stateOf(directory).kind === 'directory') {
      removeTemporaryFiles(absolutePath(root, directory));
    }
  }
  // What stands beside the note was left by releases that wrote files there.
  rmSync(placeOf(root).directory, { recursive: true, force: true });
}

/** New directories have a temporary name too, in the one above. */
function withParents(directories: Iterable<RepoPath>): Set<RepoPath> {
  const found = new Set<RepoPath>();
  for (const directory of directories) found.add(directory).add(parentPath(directory));
  return found;
}

function placeOf(root: string): { readonly directory: string; readonly file: string } {
  const directory = `${root}/${controlDirectoryName}/tmp`;
  return { directory, file: `${directory}/writing` };
}

function readNote(root: string): string[] {
  try {
    return readFileSync(placeOf(root).file, 'utf8').split('\0');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

/** The note may have been cut off by a crash. */
function isRepoPath(path: string): boolean {
  try {
    parseRepoPath(path);
    return true;
  } catch {
    return false;
  }
}

function removeTemporaryFiles(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (isTemporaryName(name)) rmSync(`${directory}/${name}`, { recursive: true, force: true });
  }
}
