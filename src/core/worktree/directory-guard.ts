/**
 * Keeps work inside the tree: before a job touches entries of a directory it asks here whether that directory
 * is reached through real directories only. A symbolic link in the place of a directory is never followed.
 */
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { describeSystemError, systemErrorCode } from '../model/errors.js';

/** What stands in the place of a directory of the working tree. */
export type DirectoryState =
  | { readonly kind: 'directory' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'other'; readonly path: string } // this path, itself or above it, is no directory
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

const isDirectory: DirectoryState = { kind: 'directory' };
const isMissing: DirectoryState = { kind: 'missing' };
const statOptions = { throwIfNoEntry: false } as const;

/** Answers for one job: every directory is looked at once, so it must not live longer than that. */
export class DirectoryGuard {
  readonly #root: string;
  readonly #states = new Map<string, DirectoryState>([['', isDirectory]]);

  readonly #stats = new Map<string, Stats>();

  /** @param root absolute path of the working tree; it may itself be reached through links */
  constructor(root: string) {
    this.#root = root;
  }

  /** Returns what stands at the repository path `directory`; a link at it or above it is `other`. */
  stateOf(directory: string): DirectoryState {
    const known = this.#states.get(directory);
    if (known !== undefined) return known;
    const parent = this.stateOf(parentOf(directory));
    const state = parent === isDirectory ? this.#look(directory) : parent;
    this.#states.set(directory, state);
    return state;
  }

  /** Returns the stat values of a directory that `stateOf` has looked at; not of the root. */
  statsOf(directory: string): Stats | undefined {
    return this.#stats.get(directory);
  }

  /** Creates `directory` and its parents where they are missing; returns what stands there then. */
  ensure(directory: string): DirectoryState {
    const state = this.stateOf(directory);
    if (state.kind !== 'missing') return state;
    const parent = this.ensure(parentOf(directory));
    const created = parent === isDirectory ? this.#create(directory) : parent;
    this.#states.set(directory, created);
    return created;
  }

  /** Notes that the caller has made `directory`. */
  noteDirectory(directory: string): void {
    this.#states.set(directory, isDirectory);
  }

  #look(directory: string): DirectoryState {
    try {
      const stats = lstatSync(`${this.#root}/${directory}`, statOptions);
      if (stats === undefined) return isMissing;
      if (!stats.isDirectory()) return { kind: 'other', path: directory };
      this.#stats.set(directory, stats);
      return isDirectory;
    } catch (error) {
      return failedState(error);
    }
  }

  #create(directory: string): DirectoryState {
    try {
      mkdirSync(`${this.#root}/${directory}`);
      return isDirectory;
    } catch (error) {
      // Another job of the same checkout may have made it in the meantime.
      return systemErrorCode(error) === 'EEXIST' ? this.#look(directory) : failedState(error);
    }
  }
}

/** Returns why nothing can be done in a directory of that state, as a sentence part; undefined for a directory. */
export function describeDirectoryState(
  state: DirectoryState,
): { readonly code: string; readonly message: string } | undefined {
  switch (state.kind) {
    case 'directory':
      return undefined;
    case 'missing':
      return { code: 'vanished', message: 'its directory does not exist' };
    case 'other':
      return { code: 'type', message: `'${state.path}' is not a directory` };
    case 'failed':
      return { code: state.code, message: state.message };
  }
}

function parentOf(directory: string): string {
  return directory.slice(0, Math.max(directory.lastIndexOf('/'), 0));
}

function failedState(error: unknown): DirectoryState {
  return {
    kind: 'failed',
    code: systemErrorCode(error) ?? 'EIO',
    message: describeSystemError(error),
  };
}
