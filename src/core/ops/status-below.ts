/** Narrows a status to some paths. */
import { isWithin, type RepoPath } from '../model/path.js';
import type { RepositoryStatus } from '../model/status.js';

/** Returns what of a status lies at or below one of the paths. */
export function statusBelow(
  status: RepositoryStatus,
  paths: readonly RepoPath[],
): RepositoryStatus {
  const isWanted = (path: RepoPath) => paths.some((wanted) => isWithin(path, wanted));
  const wanted = <Item extends { readonly path: RepoPath }>(items: readonly Item[]) =>
    items.filter(({ path }) => isWanted(path));
  return {
    ...status,
    stagedDirectories: wanted(status.stagedDirectories),
    stagedFiles: wanted(status.stagedFiles),
    movedFiles: status.movedFiles.filter(({ from, to }) => isWanted(from) || isWanted(to)),
    modifiedFiles: status.modifiedFiles.filter(isWanted),
    removedFiles: status.removedFiles.filter(isWanted),
    removedDirectories: status.removedDirectories.filter(isWanted),
    untrackedDirectories: wanted(status.untrackedDirectories),
    untrackedFiles: status.untrackedFiles.filter(isWanted),
    conflicts: wanted(status.conflicts),
  };
}
