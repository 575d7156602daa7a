/** A conflict of a merge as a value: a path on which the two sides disagree, with what each of the three trees has. */
import type { Hash } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';

/**
 * The kinds of conflict.
 *
 * * `both-modified`: both sides changed the file, each in its way; or both changed the metadata of a table.
 * * `both-added`: both sides added a file of that name with different contents.
 * * `modified-deleted`: one side changed the file, the other (whose entry is absent) deleted it.
 * * `file-directory`: one side has a file, the other a directory with contents of its own. It covers everything below.
 * * `renamed-deleted`: one side renamed the file, the other (absent) deleted it; the conflict stands at the new path.
 * * `renamed-differently`: the sides renamed the file to different paths; the conflict stands at the old path.
 */
export type ConflictKind =
  | 'both-modified'
  | 'both-added'
  | 'modified-deleted'
  | 'file-directory'
  | 'renamed-deleted'
  | 'renamed-differently';

/** What one of the three trees has. */
export interface ConflictSide {
  readonly path: RepoPath; // another than the conflict's after a rename
  readonly kind: 'file' | 'dir';
  readonly hash: Hash; // of the content, or the id of the directory
  readonly sizeBytes: number; // of the file, or of all files at or below the directory
}

/** A path on which two sides disagree. */
export interface Conflict {
  readonly path: RepoPath;
  readonly kind: ConflictKind;
  readonly base: ConflictSide | undefined;
  readonly ours: ConflictSide | undefined;
  readonly theirs: ConflictSide | undefined;
}
