/**
 * A run table as a verb sees it that may be the first to fill it. What was empty when the verb began and was not written by it is
 * still empty: no need to ask the database, which takes as long as writing the rows of a small directory. Only for a verb
 * that holds the worktree lock and writes to the table through this object alone.
 */
import { maxRunRows } from '../format/column-run.js';
import type { NamedRun, RunChanges } from '../format/splice-runs.js';
import { compareBytewise, type RepoPath } from '../model/path.js';
import type { RunTable } from './run-table.js';

/** Reads and writes a run table; asks it only for what it can hold. */
export class FillingTable<Run extends NamedRun> {
  /** Whether the table was empty when the verb began. */
  readonly wasEmpty: boolean;
  readonly #table: RunTable<Run>;
  readonly #lastNames = new Map<RepoPath, string>(); // of the rows written to each directory

  constructor(table: RunTable<Run>) {
    this.#table = table;
    this.wasEmpty = table.isEmpty();
  }

  /** Returns the runs of a directory. @throws IntegrityError when one is damaged */
  readDirectory(directory: RepoPath): Run[] {
    return this.#isEmpty(directory) ? [] : this.#table.readDirectory(directory);
  }

  /** Returns the run and the row in it of one name, undefined when there is none. @throws IntegrityError when the run is damaged */
  find(directory: RepoPath, name: string): { run: Run; index: number } | undefined {
    return this.#isEmpty(directory) ? undefined : this.#table.find(directory, name);
  }

  /** Puts and removes rows of one directory; inside a transaction. @throws IntegrityError when a run that is touched is damaged */
  apply(directory: RepoPath, changes: RunChanges<Run>): void {
    const { upserts, removals = [] } = changes;
    const [run] = upserts;
    if (run === undefined || upserts.length > 1 || removals.length > 0) {
      this.#table.apply(directory, changes);
    } else if (this.#isBehind(directory, run)) this.#table.append(directory, run);
    else this.#table.apply(directory, changes);
    for (const { names, count } of upserts)
      if (count > 0) this.#note(directory, names.at(count - 1));
  }

  #isEmpty(directory: RepoPath): boolean {
    return this.wasEmpty && !this.#lastNames.has(directory);
  }

  /** Says whether a run comes after all rows of the directory, so that it can be stored as it is. */
  #isBehind(directory: RepoPath, run: Run): boolean {
    if (!this.wasEmpty || run.count === 0 || run.count > maxRunRows) return false;
    const last = this.#lastNames.get(directory);
    return last === undefined || compareBytewise(last, run.names.at(0)) < 0;
  }

  #note(directory: RepoPath, name: string): void {
    const last = this.#lastNames.get(directory);
    if (last === undefined || compareBytewise(last, name) < 0) this.#lastNames.set(directory, name);
  }
}
