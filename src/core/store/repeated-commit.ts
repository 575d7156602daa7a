/**
 * Commits that are repeated: lmdb-js now and then refuses to commit a transaction that is in order, and takes it back whole
 * (docs/decisions/0018).
 */
import { isRefusedCommit } from './database-errors.js';
import type { LmdbRoot } from './database-files.js';
import type { NamedDatabases } from './named-databases.js';

/** How often a commit that lmdb-js refused is tried again. */
const maxRepetitions = 3;

/** Writes of a transaction up to which they are kept to be repeated; larger ones are rare. */
const maxJournalBytes = 8 * 1024 * 1024;

/**
 * Runs `action` in a write transaction and returns its result. When the commit is refused, the writes are repeated in another transaction, and
 * `action` is not run again. Nobody else may commit meanwhile.
 * @throws what `action` throws, or what LMDB threw last
 */
export function commitRepeatedly<Result>(
  root: LmdbRoot,
  databases: NamedDatabases,
  action: () => Result,
): Result {
  const journal = databases.newJournal({ maxBytes: maxJournalBytes });
  const run: { isWhole: boolean; result?: Result } = { isWhole: false };
  const actAndNote = (): Result => {
    const result = databases.keepJournal(journal, action);
    Object.assign(run, { isWhole: true, result });
    return result;
  };
  try {
    return root.transactionSync(actAndNote);
  } catch (error) {
    if (!run.isWhole || !journal.isWhole || !isRefusedCommit(error)) throw error;
    repeat(root, databases, journal.bytes);
    return run.result as Result; // the action came to its end
  }
}

function repeat(root: LmdbRoot, databases: NamedDatabases, writes: Uint8Array): void {
  for (let attempt = 1; ; attempt++) {
    try {
      root.transactionSync(() => databases.write(writes));
      return;
    } catch (error) {
      if (attempt === maxRepetitions || !isRefusedCommit(error)) throw error;
    }
  }
}
