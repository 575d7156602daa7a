/**
 * Takes files and empty directories out of the working tree. Links are removed, never followed; what is not there
 * is as good as removed; what is something else than the caller thinks is left alone and reported.
 */
import { rmdirSync, unlinkSync } from 'node:fs';
import { describeSystemError, systemErrorCode } from '../model/errors.js';
import type { PathProblem } from '../model/jobs.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';

/** Files of one directory that are to go. */
export interface RemoveInput {
  readonly root: string; // absolute path of the working tree
  readonly directory: string; // repository path
  readonly names: string; // joined by NUL
}

/** What came of it. */
export interface RemoveOutput {
  readonly removedCount: number;
  readonly problems: readonly PathProblem[];
}

/** Removes the named files; a directory in the place of one stays. Nothing is removed through a linked directory. */
export function removeFiles(input: RemoveInput): RemoveOutput {
  const names = input.names === '' ? [] : input.names.split('\0');
  const state = new DirectoryGuard(input.root).stateOf(input.directory);
  if (state.kind === 'missing' || state.kind === 'other') return { removedCount: 0, problems: [] };
  const trouble = describeDirectoryState(state);
  if (trouble !== undefined) {
    return { removedCount: 0, problems: names.map((name) => ({ name, ...trouble })) };
  }
  const prefix = input.directory === '' ? input.root : `${input.root}/${input.directory}`;
  const problems: PathProblem[] = [];
  let removedCount = 0;
  for (const name of names) {
    try {
      unlinkSync(`${prefix}/${name}`);
      removedCount++;
    } catch (error) {
      const problem = problemOf(error, name);
      if (problem.code !== 'ENOENT') problems.push(problem);
    }
  }
  return { removedCount, problems };
}

/**
 * Removes those of the directories (repository paths) that are empty, deepest first, so that a chain of
 * directories that held nothing else goes as a whole. The root and linked directories stay.
 * @returns the removed paths, and problems whose names are whole paths
 */
export function removeEmptyDirectories(
  root: string,
  directories: Iterable<string>,
): { readonly removed: readonly string[]; readonly problems: readonly PathProblem[] } {
  const guard = new DirectoryGuard(root);
  const removed: string[] = [];
  const problems: PathProblem[] = [];
  for (const directory of [...directories].sort((left, right) => right.length - left.length)) {
    if (directory === '' || guard.stateOf(directory).kind !== 'directory') continue;
    try {
      rmdirSync(`${root}/${directory}`);
      removed.push(directory);
    } catch (error) {
      const problem = problemOf(error, directory);
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(problem.code)) problems.push(problem);
    }
  }
  return { removed, problems };
}

function problemOf(error: unknown, name: string): PathProblem {
  const code = systemErrorCode(error) ?? 'EIO';
  if (code === 'EISDIR') return { name, code: 'type', message: 'it is a directory now' };
  return { name, code, message: describeSystemError(error) };
}
