/**
 * An unfinished merge: the commit that is being merged and the paths that still need a decision. It survives restarts; a
 * commit is refused while a conflict is left, and has both parents once there is none.
 */
import type { Conflict } from '../merge/conflict.js';
import { IntegrityError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { UnresolvedConflict } from '../model/status.js';
import type { OpenRepository } from '../repository.js';

/** The state of a merge. */
export interface MergeState {
  readonly commitId: CommitId; // the commit merged into HEAD
  readonly message: string; // of the merge commit
  readonly conflicts: readonly RecordedConflict[];
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

function isMergeState(value: unknown): value is MergeState {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'commitId' in value &&
    'message' in value &&
    'conflicts' in value &&
    Array.isArray(value.conflicts)
  );
}
