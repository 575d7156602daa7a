/**
 * The LMDB environment of a repository: `.oxen/db` with its named databases, format version and transactions. One
 * instance serves all users of a path on a thread; threads of one process share the mapping underneath. Commands that only read
 * open it read-only. Opening and every transaction pass the gate (`database-gate`): nobody opens while somebody commits.
 */
import { dirname } from 'node:path';
import { OperationError } from '../model/errors.js';
import type { CheckedDatabase } from './checked-database.js';
import { describeDatabaseError, isDatabaseError } from './database-errors.js';
import {
  environmentPath,
  incompleteError,
  type LmdbRoot,
  lastTransactionOf,
  openDatabaseFiles,
  reopenDatabaseFiles,
} from './database-files.js';
import { DatabaseGate } from './database-gate.js';
import {
  currentFormat,
  type FormatRules,
  migrateFormat,
  readFormatVersion,
  refuseNewerFormat,
} from './format-version.js';
import { loadFileLocks } from './locks.js';
import { type DatabaseName, databaseNames, NamedDatabases } from './named-databases.js';
import { commitRepeatedly } from './repeated-commit.js';
import { TransactionMark } from './transaction-mark.js';

/** Settings of `StoreEnvironment.open`. */
export interface EnvironmentOptions {
  readonly readOnly?: boolean; // true: no write access is needed or wanted
  readonly create?: boolean; // true: make the environment when there is none
  readonly format?: FormatRules; // what this program reads and how it migrates; only tests give other rules
}

/** One path that this thread has open, and who is busy opening it. */
interface SharedEnvironment {
  environment: StoreEnvironment | undefined;
  users: number;
  tail: Promise<unknown>; // openings of one path run one after the other
}

const shared = new Map<string, SharedEnvironment>();
const synchronousCommit = 2;

/** A transaction that was tried out. */
export interface RehearsedTransaction<Result> {
  readonly result: Result;
  readonly basis: number; // of the transaction that had been committed last
  readonly writes: Uint8Array; // of a `WriteLog`; the indexes are those of `databaseNames`
}

/** An open environment. Close it as often as it was opened. */
export class StoreEnvironment {
  /** Directory of the environment, absolute. */
  readonly path: string;
  readonly #databases: NamedDatabases;
  #root: LmdbRoot;
  readonly #mark: TransactionMark;
  readonly #gate: DatabaseGate;
  #format = currentFormat;
  #isReadOnly: boolean;
  #isInTransaction = false;
  #isOpen = true;

  private constructor(path: string, root: LmdbRoot, gate: DatabaseGate, isReadOnly: boolean) {
    this.path = path;
    this.#databases = new NamedDatabases(path);
    this.#gate = gate;
    this.#mark = new TransactionMark(path);
    this.#root = root;
    this.#isReadOnly = isReadOnly;
  }

  /**
   * Opens the environment of the repository whose `.oxen` directory is `controlDirectory`, or shares the one that
   * this thread has open; a shared one that is read-only is opened again for writing when that is asked for.
   * @throws NotFoundError when there is none and `create` is not set
   * @throws OperationError when it is foreign, newer than this program, on a network file system, or not accessible
   * @throws IntegrityError when the file is damaged
   */
  static async open(
    controlDirectory: string,
    options: EnvironmentOptions = {},
  ): Promise<StoreEnvironment> {
    const path = environmentPath(controlDirectory, options.create ?? false);
    const entry = shared.get(path) ?? { environment: undefined, users: 0, tail: Promise.resolve() };
    shared.set(path, entry);
    entry.users++;
    const opening = entry.tail.then(() => StoreEnvironment.#openEntry(entry, path, options));
    entry.tail = opening.catch(() => undefined);
    try {
      return await opening;
    } catch (error) {
      await giveUp(entry, path);
      throw describeDatabaseError(error, 'The database cannot be opened', path);
    }
  }

  static async #openEntry(
    entry: SharedEnvironment,
    path: string,
    options: EnvironmentOptions,
  ): Promise<StoreEnvironment> {
    const format = options.format ?? currentFormat;
    const readOnly = options.readOnly === true;
    const known = entry.environment;
    if (known === undefined) {
      const gate = new DatabaseGate(dirname(path), await loadFileLocks());
      const environment = await StoreEnvironment.#openFirst(gate, path, options);
      entry.environment = environment;
      await environment.#prepare(format);
      return environment;
    }
    if (known.#isReadOnly && !readOnly) await known.#upgrade(format);
    return known;
  }

  static async #openFirst(
    gate: DatabaseGate,
    path: string,
    { readOnly = false, create = false }: EnvironmentOptions,
  ): Promise<StoreEnvironment> {
    try {
      const root = await openDatabaseFiles(gate, path, { readOnly, create });
      return new StoreEnvironment(path, root, gate, readOnly);
    } catch (error) {
      gate.close();
      throw error;
    }
  }

  /** Whether this instance was opened without write access. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Whether a transaction of this instance is running. */
  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  /** Returns a named database. */
  database(name: DatabaseName): CheckedDatabase {
    return this.#databases.get(name);
  }

  /**
   * Runs `action` in a write transaction and returns its result; everything it wrote is durable on return, and
   * nothing of it happened when it throws. Waits for other writers. Inside another transaction it becomes a part of it.
   * @throws OperationError when the environment is read-only or the disk is full
   */
  transaction<Result>(action: () => Result): Result {
    if (this.#isInTransaction) return action();
    if (this.#isReadOnly) throw readOnlyError(this.path);
    this.#isInTransaction = true;
    try {
      return this.#gate.pass(() => {
        const result = commitRepeatedly(this.#root, this.#databases, action);
        this.#mark.write(lastTransactionOf(this.#root));
        return result;
      });
    } catch (error) {
      throw isDatabaseError(error)
        ? describeDatabaseError(error, 'The transaction failed', this.path)
        : error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /**
   * Runs `action` as if in a transaction, against the newest committed state, and returns its result and what it would write, for
   * `carryOut`; here nothing is written. While another program changes the database, this thread goes on with other things.
   * @throws what `action` throws; OperationError when the environment is read-only; BusyError when others are busy for a minute
   */
  async rehearse<Result>(action: () => Result): Promise<RehearsedTransaction<Result>> {
    if (this.#isReadOnly) throw readOnlyError(this.path);
    return this.#gate.passLater(() => {
      // Nobody commits now: what is read from here on is the state after transaction `basis`.
      this.#root.resetReadTxn();
      const basis = lastTransactionOf(this.#root);
      this.#isInTransaction = true;
      try {
        return { ...this.#databases.rehearse(action), basis };
      } finally {
        this.#isInTransaction = false;
      }
    });
  }

  /**
   * Writes what a rehearsal wrote, durably, in one transaction; does nothing and returns false when somebody committed after the state
   * that it was rehearsed against.
   * @throws OperationError when the environment is read-only or the disk is full
   */
  carryOut({ basis, writes }: Omit<RehearsedTransaction<unknown>, 'result'>): boolean {
    return this.#gate.pass(() => {
      if (lastTransactionOf(this.#root) !== basis) return false;
      this.transaction(() => this.#databases.write(writes));
      return true;
    });
  }

  /** Makes the next read outside a transaction see everything committed until now, by any process. */
  refresh(): void {
    if (!this.#isInTransaction) this.#root.resetReadTxn();
  }

  /** Frees the slots of readers that died; returns how many there were. Opening does this too. */
  clearStaleReaders(): number {
    return this.#root.readerCheck();
  }

  /**
   * Gives back the pages of the file that were read until now: the file is mapped, and mapped pages count as memory of the
   * process. They stay while another thread has the environment open. Takes some ms. Not inside a transaction or an iteration.
   * @throws OperationError or IntegrityError when the file cannot be opened any more; the environment is of no use then
   */
  releasePages(): void {
    if (this.#isInTransaction) return;
    // Nothing is pending, for all transactions are synchronous: this closes the files before it returns.
    void this.#root.close();
    this.#root = reopenDatabaseFiles(this.#gate, this.path, this.#isReadOnly);
    this.#openDatabases(this.#format);
  }

  /** Gives up one use; the last one closes the environment. */
  async close(): Promise<void> {
    const entry = shared.get(this.path);
    if (entry?.environment === this) await giveUp(entry, this.path);
  }

  /** Closes the files whoever uses them. For `close` only. */
  async closeFiles(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#mark.close();
    await this.#root.close();
    this.#gate.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Opens the named databases and brings the format up to date. */
  async #prepare(format: FormatRules): Promise<void> {
    this.#format = format;
    this.#openDatabases(format);
    const version = readFormatVersion(this.database('meta'));
    if (version === format.version) return;
    if (!this.#isReadOnly) {
      this.transaction(() => migrateFormat(this, format, this.path));
      return;
    }
    if (version === undefined) throw incompleteError(this.path);
    await this.#reopen(false, format);
    await this.#reopen(true, format);
  }

  #openDatabases(format: FormatRules): void {
    // First of all and outside a transaction: a newer format must not be touched.
    this.#gate.pass(() => this.#openDatabase('meta'));
    refuseNewerFormat(this.database('meta'), format, this.path);
    const openAll = (): void => {
      for (const name of databaseNames) if (name !== 'meta') this.#openDatabase(name);
    };
    // In one transaction: creating the databases one by one would be one flush each.
    if (this.#isReadOnly) openAll();
    else this.#gate.pass(() => this.#root.transactionSync(openAll, synchronousCommit));
  }

  #openDatabase(name: DatabaseName): void {
    const handle = this.#root.openDB({ name, encoding: 'binary', keyEncoding: 'binary' });
    if (handle === undefined) throw incompleteError(this.path);
    this.#databases.bind(name, handle);
  }

  /** Opens for writing what is open for reading; stays readable when that fails. */
  async #upgrade(format: FormatRules): Promise<void> {
    try {
      await this.#reopen(false, format);
    } catch (error) {
      await this.#reopen(true, format);
      throw error;
    }
  }

  async #reopen(readOnly: boolean, format: FormatRules): Promise<void> {
    await this.closeFiles();
    this.#root = await openDatabaseFiles(this.#gate, this.path, { readOnly, create: false });
    this.#isOpen = true;
    this.#isReadOnly = readOnly;
    await this.#prepare(format);
  }
}

/** Takes one user off an entry; the last one closes the environment. */
async function giveUp(entry: SharedEnvironment, path: string): Promise<void> {
  entry.users--;
  if (entry.users > 0) return;
  if (shared.get(path) === entry) shared.delete(path);
  await entry.environment?.closeFiles();
}

function readOnlyError(path: string): OperationError {
  return new OperationError(`The repository was opened for reading only (${path}).`, { path });
}
