/**
 * Finds out which files of the working tree a checkout must not touch: paths that it would write or remove, and that are
 * neither as they were checked out nor already as they will be.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import { stagedStatuses } from '../format/staged-run.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { joinNames, splitNames } from '../model/name-list.js';
import { baseName, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { TreeDifference } from '../tree/compare.js';
import type { TreeEntry } from '../tree/read.js';
import { absolutePath } from '../worktree/scan.js';
import { isUnfinishedCopy } from '../worktree/unfinished-copy.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { stagedAt } from './rows.js';

/** What stands at a path of the working tree, as far as a checkout cares. */
type DiskState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly hash: Hash }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' };

/**
 * Returns the differing paths whose local state would be lost, and those that are on disk already as the checkout wants them.
 * @param differences between the tree that is checked out and the one that will be
 * @param isResumed an earlier run was interrupted: some of the files are as they will be, some are gone
 */
export async function findLocalChanges(
  repository: OpenRepository,
  differences: readonly TreeDifference[],
  context: OperationContext,
  isResumed: boolean,
): Promise<{ blocked: RepoPath[]; done: Set<RepoPath> }> {
  const blocked: RepoPath[] = [];
  const done = new Set<RepoPath>();
  for (const [directory, group] of groupByDirectory(differences)) {
    throwIfStopped(context);
    const states = await readStates(repository, directory, group, context);
    for (const difference of group) {
      const state = states.get(baseName(difference.path)) ?? { kind: 'absent' };
      let verdict = judge(repository, difference, state);
      if (verdict === 'blocked' && isResumed && (await isOurDoing(repository, difference, state))) {
        verdict = 'free';
      }
      if (verdict === 'blocked') blocked.push(difference.path);
      else if (verdict === 'done') done.add(difference.path);
    }
  }
  return { blocked, done };
}

/**
 * Says whether an interrupted run may have left the path like this: gone, or new and half-written. The run may have gone
 * the other way, so that what it was writing is on either side.
 */
async function isOurDoing(
  { root, versions }: OpenRepository,
  { path, left, right }: TreeDifference,
  state: DiskState,
): Promise<boolean> {
  if (state.kind === 'absent') return true;
  if (state.kind !== 'file' || (left?.kind === 'file' && right?.kind === 'file')) return false;
  const written = left?.kind === 'file' ? left : right;
  if (written?.kind !== 'file') return false;
  return isUnfinishedCopy(absolutePath(root, path), versions.readContent(written.hash));
}

type Verdict = 'free' | 'blocked' | 'done';

function judge(repository: OpenRepository, difference: TreeDifference, state: DiskState): Verdict {
  return isStagedOtherwise(repository, difference) ? 'blocked' : judgeDisk(difference, state);
}

/** Says whether something else is staged at the path than the checkout brings. */
function isStagedOtherwise({ staging }: OpenRepository, { path, right }: TreeDifference): boolean {
  const staged = stagedAt(staging, path);
  if (staged === undefined) return false;
  if (staged.status === stagedStatuses.removed) return right !== undefined;
  return right?.kind !== 'file' || hashFromBytes(staged.hash) !== right.hash;
}

function judgeDisk({ left, right }: TreeDifference, state: DiskState): Verdict {
  switch (state.kind) {
    case 'absent':
      if (right === undefined) return 'done';
      return left?.kind === 'file' ? 'blocked' : 'free'; // a file that the user deleted and the checkout would write
    case 'file':
      if (isFile(right, state.hash)) return 'done';
      return isFile(left, state.hash) ? 'free' : 'blocked';
    case 'directory':
      // What is inside is judged path by path; anything untracked in it is found when the directory should go.
      return left?.kind === 'dir' || right?.kind === 'dir' ? 'free' : 'blocked';
    case 'other':
      return 'blocked';
    default:
      return state satisfies never;
  }
}

function isFile(entry: TreeEntry | undefined, hash: Hash): boolean {
  return entry?.kind === 'file' && entry.hash === hash;
}

function groupByDirectory(differences: readonly TreeDifference[]): Map<RepoPath, TreeDifference[]> {
  const groups = new Map<RepoPath, TreeDifference[]>();
  for (const difference of differences) {
    const directory = parentPath(difference.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [difference]);
    else group.push(difference);
  }
  return groups;
}

/** Says what stands on disk at the given entries of one directory; file contents are hashed only when the index cannot tell. */
async function readStates(
  repository: OpenRepository,
  directory: RepoPath,
  group: readonly TreeDifference[],
  context: OperationContext,
): Promise<Map<string, DiskState>> {
  const { root, fileIndex } = repository;
  const runs = fileIndex.readDirectory(directory);
  const [comparison] = await context.jobs.run('compareDirs', {
    root,
    directories: [{ path: directory, runs: runs.map((run) => run.bytes) }],
  });
  const states = new Map<string, DiskState>();
  if (comparison === undefined) return states;
  const wanted = new Set(group.map(({ path }) => baseName(path)));
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
  if (names.length === 0) return states;
  const [output] = await context.jobs.run('hashFiles', [
    { root, directory, names: joinNames(names) },
  ]);
  if (output === undefined) return states;
  const hashed = new FileIndexRun(output.index);
  hashed.names.all.forEach((name, row) => {
    states.set(name, { kind: 'file', hash: hashFromBytes(hashed.hashes, row * hashBytesLength) });
  });
  for (const { name } of output.problems) states.set(name, { kind: 'other' });
  return states;
}
