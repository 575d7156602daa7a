/**
 * An unfinished merge: the commit that is being merged and the paths that still need a decision. It survives restarts; a
 * commit is refused while a conflict is left, and has both parents once there is none. It is recorded before the first file
 * is written and says so until the last one is: a merge that was interrupted there is begun anew or taken back, never committed.
 */
import type { Conflict } from '../merge/conflict.js';
import { ConflictError, IntegrityError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { UnresolvedConflict } from '../model/status.js';
import type { OpenRepository } from '../repository.js';

/** The state of a merge. */
export interface MergeState {
  readonly commitId: CommitId; // the commit merged into HEAD
  readonly message: string; // of the merge commit
  readonly conflicts: readonly RecordedConflict[];
  readonly isPartial?: boolean; // files were being written: some of the merge may be missing in the working tree
}

/** A conflict as it is shown, and all that is known of it. */
export interface RecordedConflict extends UnresolvedConflict {
  readonly conflict: Conflict;
}

const key = 'merge';

/** Returns the unfinished merge, undefined when there is none. @throws IntegrityError when its record is damaged */
export function readMergeState({ meta }: OpenRepository): MergeState | undefined {
  const text = meta.getText(key);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isMergeState(value))
    throw new IntegrityError('The record of the unfinished merge is damaged.');
  return value;
}

/** Records an unfinished merge, or that there is none any more; inside a transaction. */
export function writeMergeState({ meta }: OpenRepository, state: MergeState | undefined): void {
  if (state === undefined) meta.remove(key);
  else meta.putText(key, JSON.stringify(state));
}

/** @throws ConflictError while a merge is unfinished */
export function requireNoMerge(repository: OpenRepository): void {
  if (readMergeState(repository) === undefined) return;
  throw new ConflictError('A merge is not finished yet.', {
    hint: 'Resolve it and commit, or take it back: oxen merge --abort',
  });
}

/** @throws ConflictError when a merge was interrupted while it wrote files */
export function requireWholeMerge(state: MergeState | undefined): void {
  if (state?.isPartial !== true) return;
  throw new ConflictError('A merge was interrupted before all of it was there.', {
    hint: `Do it again: oxen merge ${state.commitId}, or take it back: oxen merge --abort`,
  });
}

function isMergeState(value: unknown): value is MergeState {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'commitId' in value &&
    'message' in value &&
    'conflicts' in value &&
    Array.isArray(value.conflicts)
  );
}
