/**
 * Finds out which files of the working tree a verb must not touch: paths that it would write or remove, and that are
 * neither as they were checked out nor already as they will be.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import { type StagedRun, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { DirectoryComparison, HashFilesOutput } from '../model/jobs.js';
import { joinNames, splitNames } from '../model/name-list.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { TreeEntry } from '../tree/read.js';
import { DirectoryGuard } from '../worktree/directory-guard.js';
import { type OperationContext, pause } from './context.js';
import { Obstacles } from './obstacles.js';
import { RowLookup, stagedAt } from './rows.js';

/** What stands at a path of the working tree, as far as a checkout cares. */
type DiskState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly hash: Hash }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' };

/** What stands, or is to stand, at a path. */
type PathSide = Pick<TreeEntry, 'kind' | 'hash'>;

/** A path whose file a verb is going to write or remove. */
export interface PathChange {
  readonly path: RepoPath;
  readonly left: PathSide | undefined; // as it was put there last
  readonly right: PathSide | undefined; // as it will be
}

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

/** Looks at everything that a verb is going to write or remove. */
export async function findLocalChanges(
  repository: OpenRepository,
  changes: readonly PathChange[],
  context: OperationContext,
  options: ChangeOptions = {},
): Promise<LocalChanges> {
  const leaving = new Set(changes.flatMap(({ path, left }) => (left === undefined ? [] : path)));
  const obstacles = new Obstacles(repository, leaving, context);
  const blocked = new Set<RepoPath>();
  const done = new Set<RepoPath>();
  const waysGiven: RepoPath[] = [];
  const { staging } = repository;
  const stagedRows = staging.isEmpty() ? undefined : new RowLookup(staging);
  for await (const { directory, group, states } of readStates(repository, changes, context)) {
    for (const path of obstaclesAbove(obstacles, directory, group, options)) blocked.add(path);
    for (const change of group) {
      const state = states.get(baseName(change.path)) ?? { kind: 'absent' };
      const verdict = judge(stagedRows, change, state, options);
      if (verdict === 'blocked') blocked.add(change.path);
      else if (verdict === 'done') done.add(change.path);
      else if (givesWay(change, state)) waysGiven.push(change.path);
    }
  }
  for (const path of waysGiven) for (const found of await obstacles.below(path)) blocked.add(found);
  return { blocked: sortBytewise([...blocked]), done };
}

function obstaclesAbove(
  obstacles: Obstacles,
  directory: RepoPath,
  group: readonly PathChange[],
  { staged }: ChangeOptions,
): RepoPath[] {
  if (group.every(({ right }) => right === undefined)) return [];
  return obstacles.above(directory, staged !== 'left');
}

/** Says whether a directory has to go for a file. */
function givesWay({ right }: PathChange, state: DiskState): boolean {
  return state.kind === 'directory' && right?.kind === 'file';
}

function judge(
  stagedRows: RowLookup<StagedRun> | undefined,
  change: PathChange,
  state: DiskState,
  { isResumed = false, staged = 'right' }: ChangeOptions,
): Verdict {
  const isStaged = stagedRows !== undefined && isStagedOtherwise(stagedRows, change, staged);
  const verdict = isStaged ? 'blocked' : judgeDisk(change, state);
  // What an interrupted run has removed it had not written again yet.
  return verdict === 'blocked' && isResumed && state.kind === 'absent' ? 'free' : verdict;
}

/** What becomes of a path. */
type Verdict = 'free' | 'blocked' | 'done';

/** Says whether something else is staged at the path than the verb brings, or has brought. */
function isStagedOtherwise(
  stagedRows: RowLookup<StagedRun>,
  change: PathChange,
  expected: 'left' | 'right',
): boolean {
  const staged = stagedAt(stagedRows, change.path);
  if (staged === undefined) return false;
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

function groupByDirectory(differences: readonly PathChange[]): Map<RepoPath, PathChange[]> {
  const groups = new Map<RepoPath, PathChange[]>();
  for (const difference of differences) {
    const directory = parentPath(difference.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [difference]);
    else group.push(difference);
  }
  return groups;
}

/** The changes in one directory, and what stands at their places. */
interface DirectoryStates {
  readonly directory: RepoPath;
  readonly group: readonly PathChange[];
  readonly states: ReadonlyMap<string, DiskState>; // by name; what is not there is absent
}

/** Directories and changes that one job looks at. */
const directoriesPerJob = 64;
const changesPerJob = 4096;

/** Yields what stands on disk at the given paths, directory by directory; several jobs look at once. */
async function* readStates(
  repository: OpenRepository,
  changes: readonly PathChange[],
  context: OperationContext,
): AsyncGenerator<DirectoryStates> {
  const guard = new DirectoryGuard(repository.root);
  const read = async function* (batches: readonly DirectoryStates[][]) {
    await pause(context);
    const found = batches.map((batch) => readBatch(repository, batch, context));
    for (const states of await Promise.all(found)) yield* states;
  };
  let batches: DirectoryStates[][] = [[]];
  let changeCount = 0;
  for (const [directory, group] of groupByDirectory(changes)) {
    const entry = { directory, group, states: new Map() };
    // Where there is no directory there is nothing to look at.
    if (guard.stateOf(directory).kind === 'missing') {
      yield entry;
      continue;
    }
    const batch = batches.at(-1);
    batch?.push(entry);
    changeCount += group.length;
    if ((batch?.length ?? 0) < directoriesPerJob && changeCount < changesPerJob) continue;
    changeCount = 0;
    if (batches.length === context.jobs.parallelism) {
      yield* read(batches);
      batches = [];
    }
    batches.push([]);
  }
  yield* read(batches);
}

/** File contents are hashed only when the index cannot tell. */
async function readBatch(
  { root, fileIndex }: OpenRepository,
  batch: readonly DirectoryStates[],
  { jobs }: OperationContext,
): Promise<DirectoryStates[]> {
  if (batch.length === 0) return [];
  const runs = batch.map(({ directory }) => fileIndex.readDirectory(directory));
  const directories = batch.map(({ directory: path }, index) => ({
    path,
    runs: (runs[index] ?? []).map((run) => run.bytes),
  }));
  const comparisons = await jobs.run('compareDirs', { root, directories });
  const looked = batch.map(({ directory, group }, index) => {
    const wanted = new Set(group.map(({ path }) => baseName(path)));
    const found = statesOf(comparisons[index], runs[index] ?? [], wanted);
    return { directory, group, ...found };
  });
  const unsure = looked.filter(({ names }) => names.length > 0);
  if (unsure.length === 0) return looked;
  const hashed = await jobs.run(
    'hashFiles',
    unsure.map(({ directory, names }) => ({ root, directory, names: joinNames(names) })),
  );
  unsure.forEach(({ states }, index) => {
    addHashed(states, hashed[index]);
  });
  return looked;
}

/** Returns what the comparison of a directory says of the wanted names, and the names of files that must be hashed. */
function statesOf(
  comparison: DirectoryComparison | undefined,
  runs: readonly FileIndexRun[],
  wanted: ReadonlySet<string>,
): { readonly states: Map<string, DiskState>; readonly names: readonly string[] } {
  const states = new Map<string, DiskState>();
  if (comparison === undefined) return { states, names: [] };
  const toHash = new Set(splitNames(comparison.suspect).concat(splitNames(comparison.changed)));
  const missing = new Set(splitNames(comparison.missing));
  splitNames(comparison.listing.names).forEach((name, index) => {
    const kind = comparison.listing.kinds[index];
    if (kind === 'd') states.set(name, { kind: 'directory' });
    else if (kind === 'f') toHash.add(name);
    else states.set(name, { kind: 'other' });
  });
  for (const run of runs) {
    run.names.all.forEach((name, row) => {
      if (!wanted.has(name) || toHash.has(name) || missing.has(name) || states.has(name)) return;
      states.set(name, { kind: 'file', hash: hashFromBytes(run.hashes, row * hashBytesLength) });
    });
  }
  const names = [...toHash].filter((name) => wanted.has(name) && !states.has(name)).sort();
  return { states, names };
}

function addHashed(states: Map<string, DiskState>, output: HashFilesOutput | undefined): void {
  if (output === undefined) return;
  const hashed = new FileIndexRun(output.index);
  hashed.names.all.forEach((name, row) => {
    states.set(name, { kind: 'file', hash: hashFromBytes(hashed.hashes, row * hashBytesLength) });
  });
  for (const { name } of output.problems) states.set(name, { kind: 'other' });
}
