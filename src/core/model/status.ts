/** What `status` finds: the state of the branch, of the staging area and of the working tree, as values. */
import type { ClonePart } from './clone-part.js';
import type { CommitId, Hash } from './hash.js';
import type { RepoPath } from './path.js';

/** What is staged about a file. */
export type StagedState = 'added' | 'modified' | 'removed';

/** A staged file. */
export interface StagedFile {
  readonly path: RepoPath;
  readonly state: StagedState;
  readonly hash: Hash; // of the staged content; of the content in HEAD for a removed file
}

/** A directory with staged files directly in it, or staged itself. */
export interface StagedDirectory {
  readonly path: RepoPath;
  readonly addedCount: number; // files directly in it
  readonly modifiedCount: number;
  readonly removedCount: number;
  readonly state: 'added' | 'removed' | undefined; // the directory itself appears or disappears
}

/** A staged file that was removed under one name and added with the same content under another. */
export interface MovedFile {
  readonly from: RepoPath;
  readonly to: RepoPath;
}

/** A directory without tracked files. */
export interface UntrackedDirectory {
  readonly path: RepoPath;
  readonly itemCount: number; // files at or below it that are not ignored
}

/** A path that both sides of an unfinished merge changed. */
export interface UnresolvedConflict {
  readonly path: RepoPath;
  readonly kind: string; // for example `both modified`
}

/** A path that could not be looked at. */
export interface StatusProblem {
  readonly path: string;
  readonly message: string;
}

/** The whole state. All lists ascend bytewise by path. */
export interface RepositoryStatus {
  readonly branch: string | undefined; // undefined with a detached HEAD
  readonly headId: CommitId | undefined; // undefined before the first commit
  readonly headMessage: string | undefined;
  readonly stagedDirectories: readonly StagedDirectory[];
  readonly stagedFiles: readonly StagedFile[];
  readonly movedFiles: readonly MovedFile[]; // their two halves are not in `stagedFiles`
  readonly modifiedFiles: readonly RepoPath[]; // differ from what is staged or in HEAD
  readonly unrestorableFiles: readonly RepoPath[]; // those of the modified and removed ones whose tracked content is not stored here
  readonly removedFiles: readonly RepoPath[]; // gone from the working tree, not staged
  readonly removedDirectories: readonly RepoPath[]; // wholly gone; their files are not in `removedFiles`
  readonly untrackedDirectories: readonly UntrackedDirectory[];
  readonly untrackedFiles: readonly RepoPath[];
  readonly conflicts: readonly UnresolvedConflict[];
  readonly mergingId: CommitId | undefined; // the commit being merged, while a merge is unfinished
  readonly interruptedMerge: boolean; // it stopped while it wrote files: run it again or `merge --abort`
  readonly unfinishedCheckout: boolean; // a checkout was interrupted: run it again or `checkout --abort`
  readonly part: ClonePart | undefined; // what a partial clone holds; undefined: everything
  readonly problems: readonly StatusProblem[];
}

/** Says whether nothing is staged, changed, missing, untracked or in conflict. */
export function isClean(status: RepositoryStatus): boolean {
  return (
    status.stagedDirectories.length === 0 &&
    status.stagedFiles.length === 0 &&
    status.movedFiles.length === 0 &&
    status.modifiedFiles.length === 0 &&
    status.removedFiles.length === 0 &&
    status.removedDirectories.length === 0 &&
    status.untrackedDirectories.length === 0 &&
    status.untrackedFiles.length === 0 &&
    status.conflicts.length === 0
  );
}
