/**
 * The named databases of an environment, in the order of their indexes in a write log. Together they can do without LMDB what a
 * transaction does with it: note what would be written, and write it later.
 */
import { OperationError } from '../model/errors.js';
import { CheckedDatabase, type LmdbDatabase } from './checked-database.js';
import { loggedSteps, WriteLog, type WriteLogOptions } from './write-log.js';

/** The named databases (docs/format.md). */
export const databaseNames = [
  'refs',
  'nodes',
  'versions',
  'chunks',
  'staged',
  'files',
  'meta',
] as const;

/** The name of a database. */
export type DatabaseName = (typeof databaseNames)[number];

/** The databases of one environment; each is bound to a handle of LMDB before it is used. */
export class NamedDatabases {
  readonly #path: string;
  readonly #databases = new Map<string, CheckedDatabase>();

  /** @param path the directory of the environment, for messages */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns a database. @throws OperationError when it was never bound */
  get(name: DatabaseName): CheckedDatabase {
    const database = this.#databases.get(name);
    if (database === undefined) throw new OperationError(`There is no database '${name}'.`);
    return database;
  }

  /** Gives a database its handle, or another one after the environment was opened again. */
  bind(name: DatabaseName, handle: LmdbDatabase): void {
    const known = this.#databases.get(name);
    if (known !== undefined) known.rebind(handle);
    else this.#databases.set(name, new CheckedDatabase(name, this.#path, handle));
  }

  /** Runs `action`, whose writes go to a log instead of the databases, and returns its result with the log. */
  rehearse<Result>(action: () => Result): { readonly result: Result; readonly writes: Uint8Array } {
    const log = new WriteLog(databaseNames.length);
    this.#each((database, index) => database.rehearse({ log, index }));
    try {
      return { result: action(), writes: new Uint8Array(log.bytes) };
    } finally {
      this.#each((database) => database.rehearse(undefined));
    }
  }

  /** Runs `action`, whose writes are noted in a log as well, and returns its result; the log need not be whole. */
  keepJournal<Result>(log: WriteLog, action: () => Result): Result {
    this.#each((database, index) => database.keepJournal({ log, index }));
    try {
      return action();
    } finally {
      this.#each((database) => database.keepJournal(undefined));
    }
  }

  /** Returns an empty log for `keepJournal`. */
  newJournal(options: Pick<WriteLogOptions, 'maxBytes'>): WriteLog {
    return new WriteLog(databaseNames.length, { ...options, isSearched: false });
  }

  /** Writes what is in a log; only inside a transaction. @throws RangeError when it is cut off */
  write(log: Uint8Array): void {
    for (const step of loggedSteps(log)) {
      const name = databaseNames[step.database];
      if (name === undefined) throw new RangeError('a log names a database that there is not');
      const database = this.get(name);
      if ('isCleared' in step) database.clear();
      else if (step.stored === undefined) database.remove(step.key);
      else database.putStored(step.key, step.stored);
    }
  }

  #each(act: (database: CheckedDatabase, index: number) => void): void {
    for (const [index, name] of databaseNames.entries()) act(this.get(name), index);
  }
}
