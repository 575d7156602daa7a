/** What a stash has to put away, and when it may not: nothing is changed here. */
import { stagedStatuses } from '../format/staged-run.js';
import { ConflictError, OperationError } from '../model/errors.js';
import { joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { locatePath } from '../worktree/locate.js';
import { readCheckoutState } from './checkout-state.js';
import { clean } from './clean.js';
import type { OperationContext } from './context.js';
import { readMergeState } from './merge-state.js';
import { compareWorkingTree } from './worktree-status.js';

/** What differs from what is staged. */
export interface LocalChanges {
  readonly read: readonly RepoPath[]; // files whose content is to be stored
  readonly gone: readonly RepoPath[]; // tracked files
  readonly goneDirectories: readonly RepoPath[];
}

/** @throws ConflictError while a merge or a checkout is unfinished, or the branch moved without the working tree */
export function requireNothingUnfinished(repository: OpenRepository): void {
  if (readMergeState(repository) !== undefined) {
    throw new ConflictError('A merge is not finished yet.', {
      hint: 'Resolve it and commit, or take it back: oxen merge --abort',
    });
  }
  if (readCheckoutState(repository) !== undefined) {
    throw new ConflictError('A checkout was interrupted.', {
      hint: 'Run it again, or go back: oxen checkout --abort',
    });
  }
  if (repository.checkedOutCommit() === repository.headCommitId()) return;
  throw new ConflictError('The branch moved since this working tree was made from it.', {
    hint: 'Keep your files, take over the new state with: oxen checkout --force HEAD',
  });
}

/** @throws OperationError when nothing is changed, or something cannot be looked at */
export async function findChanges(
  repository: OpenRepository,
  context: OperationContext,
  withUntracked: boolean,
): Promise<LocalChanges> {
  const state = await compareWorkingTree(repository, context, { untracked: false });
  const [problem] = state.problems;
  if (problem !== undefined) {
    throw new OperationError(`Cannot read ${problem.path}: ${problem.message}.`, {
      path: problem.path,
    });
  }
  requireFreePlaces(
    repository,
    [...state.removedFiles, ...state.removedDirectories],
    withUntracked,
  );
  const untracked = withUntracked ? (await clean(repository, () => true, true, context)).files : [];
  const inGone = state.removedDirectories.flatMap((directory) =>
    [...repository.fileIndex.runs(directory)].flatMap((run) =>
      run.run.names.all.map((name) => joinPath(run.directory, name)),
    ),
  );
  const read = [...state.modifiedFiles, ...untracked, ...keptFiles(repository)];
  const gone = [...state.removedFiles, ...inGone];
  const count = read.length + gone.length + state.removedDirectories.length;
  if (count > 0 || !repository.staging.isEmpty()) {
    return { read, gone, goneDirectories: state.removedDirectories };
  }
  throw new OperationError('No local changes to stash.', {
    hint: withUntracked ? 'oxen status' : 'With files that are not tracked: oxen stash -u',
  });
}

/** @throws ConflictError when something that is not stashed stands where a tracked file is missing: going back would overwrite it */
function requireFreePlaces(
  { root }: OpenRepository,
  paths: readonly RepoPath[],
  withUntracked: boolean,
): void {
  for (const path of paths) {
    const { kind } = locatePath(root, root, path);
    const isStashed = withUntracked && (kind === 'file' || kind === 'directory');
    if (kind === 'absent' || isStashed) continue;
    const what = kind === 'link' || kind === 'other' ? 'something else' : `an untracked ${kind}`;
    throw new ConflictError(`Where ${path} was tracked is ${what} now.`, {
      path,
      hint: withUntracked ? 'Move it away first.' : 'Stash it too: oxen stash -u, or move it away.',
    });
  }
}

/** Files whose removal is staged and that are there all the same: going back to HEAD would overwrite them. */
function keptFiles({ root, staging }: OpenRepository): RepoPath[] {
  return [...staging.runs()].flatMap(({ directory, run }) =>
    run.names.all.flatMap((name, row) => {
      const path = joinPath(directory, name);
      const isRemoved = run.statuses[row] === stagedStatuses.removed;
      return isRemoved && locatePath(root, root, path).kind === 'file' ? [path] : [];
    }),
  );
}
