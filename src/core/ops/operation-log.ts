/**
 * The operation log: every move of a branch, a tag or HEAD that a user's verb made in this repository, so that `undo` can take it back. An
 * entry is written in the transaction of the move itself. The log is bounded, and gc forgets what is older than its grace period;
 * until then the commits that it names are kept.
 */
import type { Clock } from '../model/clock.js';
import { IntegrityError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { Timestamp } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import type { Head } from '../store/head.js';
import type { RefName } from '../store/ref-names.js';

/** Most entries; the oldest go first. */
export const maxLoggedOperations = 500;

/** How a reference moved. */
export interface MovedRef {
  readonly name: RefName;
  readonly before: CommitId | null; // null: it did not exist
  readonly after: CommitId | null; // null: it was removed
}

/** A merge that a commit concluded: what a commit made again must name as its second parent. */
export interface ConcludedMerge {
  readonly commitId: CommitId;
  readonly message: string;
}

/** What became of the working tree: nothing; what the commit holds was staged before it; files were written. */
export type FileEffect = 'none' | 'staged' | 'written';

/** What an operation did. */
export interface Operation {
  readonly verb: string; // the words that called it
  readonly summary: string; // the rest of a line about it
  readonly refs: readonly MovedRef[];
  readonly head?: { readonly before: Head; readonly after: Head }; // absent: it stayed
  readonly files: FileEffect;
  readonly merge?: { readonly before?: ConcludedMerge; readonly after?: ConcludedMerge }; // the unfinished merge
  readonly undoes?: number; // the operation that it took back
}

/** An operation with its place in the log. */
export interface LoggedOperation extends Operation {
  readonly id: number; // ascending
  readonly timestamp: Timestamp;
}

const prefix = 'operation/';
const idDigits = 12;

/** Writes an operation to the log, inside its transaction; one that moved nothing is left out. */
export function logOperation({ meta }: OpenRepository, operation: Operation, clock: Clock): void {
  if (operation.refs.length === 0 && operation.head === undefined) return;
  const keys = meta.keys(prefix);
  const id = Number(keys.at(-1)?.slice(prefix.length) ?? 0) + 1;
  const key = prefix + String(id).padStart(idDigits, '0');
  meta.putText(key, JSON.stringify({ ...operation, timestamp: clock.now() }));
  for (const old of keys.slice(0, Math.max(0, keys.length + 1 - maxLoggedOperations))) {
    meta.remove(old);
  }
}

/** Returns the log, the newest operation first. @throws IntegrityError when an entry is damaged */
export function listOperations({ meta }: OpenRepository): LoggedOperation[] {
  const operations = Array.from(meta.entries(prefix), ([key, value]) => parseEntry(key, value));
  return operations.reverse();
}

/** Forgets operations made at or before a time; inside a transaction. */
export function forgetOperations(repository: OpenRepository, beforeMs: number): void {
  for (const operation of listOperations(repository)) {
    if (isYounger(operation, beforeMs)) continue;
    repository.meta.remove(prefix + String(operation.id).padStart(idDigits, '0'));
  }
}

/** Returns the commits that are needed to take back operations made after a time, some of them more than once. */
export function commitsOfOperations(repository: OpenRepository, afterMs: number): CommitId[] {
  const operations = listOperations(repository).filter((operation) =>
    isYounger(operation, afterMs),
  );
  return operations.flatMap(({ refs, head, merge }) => {
    const heads = head === undefined ? [] : [head.before, head.after];
    return [
      ...refs.flatMap(({ before, after }) => [before, after]),
      ...heads.map((place) => (place.kind === 'detached' ? place.commitId : null)),
      merge?.before?.commitId ?? null,
      merge?.after?.commitId ?? null,
    ].filter((id) => id !== null);
  });
}

/** The first line of a message, as a part of a summary. */
export function summaryOfMessage(message: string): string {
  return message.split('\n')[0] ?? '';
}

function isYounger({ timestamp }: LoggedOperation, milliseconds: number): boolean {
  return timestamp.seconds * 1000 + timestamp.nanoseconds / 1e6 > milliseconds;
}

function parseEntry(key: string, value: Uint8Array): LoggedOperation {
  const fields: unknown = JSON.parse(Buffer.from(value).toString());
  if (!isOperation(fields)) throw new IntegrityError(`The entry ${key} of the log is damaged.`);
  return { ...fields, id: Number(key.slice(prefix.length)) };
}

function isOperation(value: unknown): value is Omit<LoggedOperation, 'id'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'verb' in value &&
    'timestamp' in value &&
    'refs' in value &&
    Array.isArray(value.refs)
  );
}
