/** What an `add` would stage, without reading a file that stat values tell enough about and without changing anything. */
import { isWithin, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { AddTarget } from './add.js';
import type { AddResult } from './add-recorder.js';
import type { OperationContext } from './context.js';
import { compareWorkingTree } from './worktree-status.js';

/** Returns the result that `add` of the same targets would give; sizes are not known. */
export async function previewAdd(
  repository: OpenRepository,
  targets: readonly AddTarget[],
  context: OperationContext,
): Promise<AddResult> {
  const state = await compareWorkingTree(repository, context);
  const isWanted = (path: RepoPath) => targets.some((target) => isWithin(path, target.path));
  const below = (path: RepoPath) => targets.filter((target) => isWithin(target.path, path));
  const untracked = state.untrackedFiles.filter(isWanted).length;
  const inDirectories = state.untrackedDirectories.reduce(
    (sum, { path, itemCount }) => sum + (isWanted(path) ? itemCount : below(path).length),
    0,
  );
  const goneFiles = state.removedDirectories
    .filter(isWanted)
    .flatMap((directory) => repository.fileIndex.directories(directory))
    .flatMap((directory) => repository.fileIndex.readDirectory(directory))
    .reduce((sum, run) => sum + run.count, 0);
  return {
    addedCount: untracked + inDirectories,
    modifiedCount: state.modifiedFiles.filter(isWanted).length,
    removedCount: state.removedFiles.filter(isWanted).length + goneFiles,
    sizeBytes: 0,
    problems: state.problems.map(({ path, message }) => ({ path, code: 'read', message })),
  };
}
