/** What `merge` and `pull` print when both sides changed the same paths. */
import { showName } from '../core/model/shown-name.js';

/** Returns the conflicts and the ways out. */
export function renderConflicts(
  conflicts: readonly { readonly path: string; readonly kind: string }[],
): string {
  return [
    `Found ${conflicts.length} conflicts, please resolve them before merging.`,
    '',
    ...conflicts.map(({ path, kind }) => `  ${kind}: ${showName(path)}`),
    '',
    '  oxen checkout --ours path/to/file    # keep what this branch has',
    '  oxen checkout --theirs path/to/file  # take what the other branch has',
    '  oxen add path/to/file                # mark it as resolved, then: oxen commit',
    '  oxen merge --abort                   # take the merge back',
    '',
  ].join('\n');
}
