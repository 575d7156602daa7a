/**
 * The stash: changes that were put away, newest first. An entry is a commit, kept by a reference `stash/<number>`: its tree is
 * what the working tree held, its first parent the commit of HEAD then, its second parent, if something was staged, a commit of what
 * was staged. Files of its tree that neither parent has were untracked.
 */

import type { Clock } from '../model/clock.js';
import { NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { Timestamp } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import type { RefName } from '../store/ref-names.js';
import { moveReference } from './branch.js';
import { logOperation, summaryOfMessage } from './operation-log.js';

/** An entry of the stash. */
export interface StashEntry {
  readonly index: number; // 0 is the newest
  readonly ref: RefName;
  readonly commitId: CommitId;
  readonly baseId: CommitId; // HEAD when it was made
  readonly stagedId: CommitId | undefined; // what was staged then
  readonly message: string;
  readonly timestamp: Timestamp;
}

const prefix = 'stash/';
const numberDigits = 10;

/** Returns the entries of the stash, the newest first. */
export function listStash(repository: OpenRepository): StashEntry[] {
  const refs = repository.refs.listAll(prefix).reverse();
  return refs.flatMap(({ name, commitId }, index) => {
    const commit = repository.commit(commitId);
    const [baseId, stagedId] = commit?.parentIds ?? [];
    if (commit === undefined || baseId === undefined) return [];
    const { message, timestamp } = commit;
    return [{ index, ref: name, commitId, baseId, stagedId, message, timestamp }];
  });
}

/** Returns one entry of the stash. @throws NotFoundError when there is none */
export function requireStash(repository: OpenRepository, index: number): StashEntry {
  const entries = listStash(repository);
  const found = entries[index];
  if (found !== undefined) return found;
  if (entries.length === 0) throw new NotFoundError('Nothing is stashed.');
  throw new NotFoundError(`There is no stash@{${index}}.`, {
    hint: 'See what there is: oxen stash list',
  });
}

/** Returns the commit of an entry that is named as a revision, `stash` or `stash@{1}`; undefined when there is none. */
export function stashCommit(repository: OpenRepository, name: string): CommitId | undefined {
  const match = /^stash(?:@\{(\d{1,9})\})?$/.exec(name);
  if (match === null) return undefined;
  return listStash(repository)[Number(match[1] ?? 0)]?.commitId;
}

/** Returns the name for the next entry. */
export function nextStashRef(repository: OpenRepository): RefName {
  const last = repository.refs.listAll(prefix).at(-1)?.name.slice(prefix.length) ?? '0';
  return (prefix + String(Number(last) + 1).padStart(numberDigits, '0')) as RefName;
}

/** Removes an entry, and logs it as what `verb` did; `oxen undo` brings it back. */
export function dropStash(
  repository: OpenRepository,
  { ref, commitId, index, message }: StashEntry,
  verb: 'drop' | 'pop',
  clock: Clock,
): void {
  repository.environment.transaction(() => {
    const refs = [moveReference(repository, { name: ref, expected: commitId, next: undefined })];
    const summary = `${verb} stash@{${index}}: ${summaryOfMessage(message)}`;
    logOperation(repository, { verb: 'stash', summary, refs, files: 'none' }, clock);
  });
}
