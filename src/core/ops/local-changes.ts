/**
 * Finds out which files of the working tree a verb must not touch: paths that it would write or remove, and that are
 * neither as they were checked out nor already as they will be.
 */
import {
  type StagedRow,
  type StagedRun,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { OperationContext } from './context.js';
import {
  type DirectoryChanges,
  type DirectoryStates,
  type DiskState,
  type PathChange,
  type PathSide,
  readStates,
} from './disk-states.js';
import { Obstacles } from './obstacles.js';
import { RowLookup, stagedAt } from './rows.js';

/** What else is known. */
export interface ChangeOptions {
  readonly isResumed?: boolean; // an earlier run was interrupted: some of the files are as they will be, some are gone
  readonly staged?: 'left' | 'right'; // what may be staged at a path without being a local change; right when absent
}

/** What was found. */
export interface LocalChanges {
  readonly blocked: RepoPath[]; // paths whose local state would be lost, or is in the way
  readonly done: Set<RepoPath>; // paths that are on disk already as they will be
}

/** What became of them. */
export interface JudgedDirectory<Change extends PathChange> extends DirectoryChanges<Change> {
  readonly blocked: readonly RepoPath[]; // local state that would be lost, or is in the way; may be paths elsewhere
  readonly done: ReadonlySet<Change>; // those that are on disk already as they will be
  readonly stagedNames: readonly string[]; // names of those at which something is staged
}

/** Looks at everything that a verb is going to write or remove, when that is little enough to be kept at once. */
export async function findLocalChanges(
  repository: OpenRepository,
  changes: readonly PathChange[],
  context: OperationContext,
  options: ChangeOptions = {},
): Promise<LocalChanges> {
  const leaving = new Set(changes.flatMap(({ path, left }) => (left === undefined ? [] : path)));
  const leaves = (path: RepoPath): boolean => leaving.has(path);
  const found = { blocked: new Set<RepoPath>(), done: new Set<RepoPath>() };
  const groups = groupByDirectory(changes);
  for await (const judged of judgeChanges(repository, groups, leaves, context, options)) {
    for (const path of judged.blocked) found.blocked.add(path);
    for (const { path } of judged.done) found.done.add(path);
  }
  return { blocked: sortBytewise([...found.blocked]), done: found.done };
}

/**
 * Looks at what a verb is going to write or remove, directory by directory, and yields them as they are judged, not in the
 * order in which they came. Only some thousand changes are kept at once.
 * @param groups the changes, each directory once
 * @param leaves says whether a path is one that the verb removes or replaces: those are not in the way of others
 */
export async function* judgeChanges<Change extends PathChange>(
  repository: OpenRepository,
  groups: AsyncIterable<DirectoryChanges<Change>> | Iterable<DirectoryChanges<Change>>,
  leaves: (path: RepoPath) => boolean,
  context: OperationContext,
  options: ChangeOptions = {},
): AsyncGenerator<JudgedDirectory<Change>> {
  const judge = new Judge(repository, new Obstacles(repository, leaves, context), options);
  for await (const states of readStates(repository, groups, context)) {
    yield await judge.judge(states);
  }
}

const absent: DiskState = { kind: 'absent' };

class Judge {
  readonly #obstacles: Obstacles;
  readonly #options: ChangeOptions;
  readonly #stagedRows: RowLookup<StagedRun> | undefined;

  constructor({ staging }: OpenRepository, obstacles: Obstacles, options: ChangeOptions) {
    this.#obstacles = obstacles;
    this.#options = options;
    this.#stagedRows = staging.isEmpty() ? undefined : new RowLookup(staging);
  }

  async judge<Change extends PathChange>({
    directory,
    changes,
    states,
  }: DirectoryStates<Change>): Promise<JudgedDirectory<Change>> {
    const blocked = obstaclesAbove(this.#obstacles, directory, changes, this.#options);
    const done = new Set<Change>();
    const stagedNames: string[] = [];
    for (const change of changes) {
      const name = baseName(change.path);
      const state = states.get(name) ?? absent;
      const staged = this.#stagedRows && stagedAt(this.#stagedRows, change.path);
      if (staged !== undefined) stagedNames.push(name);
      const verdict = verdictOf(staged, change, state, this.#options);
      if (verdict === 'blocked') blocked.push(change.path);
      else if (verdict === 'done') done.add(change);
      else if (givesWay(change, state)) {
        for (const path of await this.#obstacles.below(change.path)) blocked.push(path);
      }
    }
    return { directory, changes, blocked, done, stagedNames };
  }
}

function obstaclesAbove(
  obstacles: Obstacles,
  directory: RepoPath,
  changes: readonly PathChange[],
  { staged }: ChangeOptions,
): RepoPath[] {
  if (changes.every(({ right }) => right === undefined)) return [];
  return obstacles.above(directory, staged !== 'left');
}

/** Says whether a directory has to go for a file. */
function givesWay({ right }: PathChange, state: DiskState): boolean {
  return state.kind === 'directory' && right?.kind === 'file';
}

function verdictOf(
  stagedRow: StagedRow | undefined,
  change: PathChange,
  state: DiskState,
  { isResumed = false, staged = 'right' }: ChangeOptions,
): Verdict {
  const isOther = stagedRow !== undefined && isStagedOtherwise(stagedRow, change, staged);
  const verdict = isOther ? 'blocked' : judgeDisk(change, state);
  // What an interrupted run has removed it had not written again yet.
  return verdict === 'blocked' && isResumed && state.kind === 'absent' ? 'free' : verdict;
}

/** What becomes of a path. */
type Verdict = 'free' | 'blocked' | 'done';

/** Says whether something else is staged at the path than the verb brings, or has brought. */
function isStagedOtherwise(
  staged: StagedRow,
  change: PathChange,
  expected: 'left' | 'right',
): boolean {
  const side = change[expected];
  if (staged.status === stagedStatuses.removed) return side !== undefined;
  if (expected === 'left' && staged.kind === stagedKinds.dir) return false;
  return side?.kind !== 'file' || hashFromBytes(staged.hash) !== side.hash;
}

function judgeDisk({ left, right }: PathChange, state: DiskState): Verdict {
  switch (state.kind) {
    case 'absent':
      if (right === undefined) return 'done';
      return left?.kind === 'file' ? 'blocked' : 'free'; // a file that the user deleted and the checkout would write
    case 'file':
      if (isFile(right, state.hash)) return 'done';
      return isFile(left, state.hash) ? 'free' : 'blocked';
    case 'directory':
      // What is inside is judged path by path; anything untracked in it is found when the directory should go.
      if (left?.kind === 'file' && right?.kind === 'dir') return 'done';
      return left?.kind === 'dir' || right?.kind === 'dir' ? 'free' : 'blocked';
    case 'other':
      return 'blocked';
    default:
      return state satisfies never;
  }
}

function isFile(entry: PathSide | undefined, hash: Hash): boolean {
  return entry?.kind === 'file' && entry.hash === hash;
}

function groupByDirectory(changes: readonly PathChange[]): DirectoryChanges[] {
  const groups = new Map<RepoPath, PathChange[]>();
  for (const change of changes) {
    const directory = parentPath(change.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [change]);
    else group.push(change);
  }
  return [...groups].map(([directory, group]) => ({ directory, changes: group }));
}
