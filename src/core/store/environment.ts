/**
 * The LMDB environment of a repository: `.oxen/db` with its named databases, format version and transactions. One
 * instance serves all users of a path on a thread; threads of one process share the mapping underneath. Commands that only read
 * open it read-only. Opening and every transaction pass the gate (`database-gate`): nobody opens while somebody commits.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { open as openLmdb, RootDatabase } from 'lmdb';
import {
  NotFoundError,
  OperationError,
  systemErrorCode,
  wrapSystemError,
} from '../model/errors.js';
import { CheckedDatabase, type LmdbDatabase } from './checked-database.js';
import { describeDatabaseError, isDatabaseError, isRefusedCommit } from './database-errors.js';
import { DatabaseGate } from './database-gate.js';
import { nodeDisk, syncDirectory } from './disk.js';
import { checkLmdbPages } from './lmdb-check.js';
import { inspectLmdbFile } from './lmdb-file.js';
import { loadFileLocks } from './locks.js';
import { networkFileSystemName } from './network-file-system.js';
import { incompleteHint } from './repository-place.js';
import { readTransactionMark, requireNoRollback, TransactionMark } from './transaction-mark.js';
import { type LoggedStep, loggedSteps, WriteLog } from './write-log.js';

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

/** The format version that this program writes. */
export const formatVersion = 1;

/** Changes the databases from one format version to the next, inside the transaction that opens them. */
export type Migration = (environment: StoreEnvironment) => void;

/** Settings of `StoreEnvironment.open`. */
export interface EnvironmentOptions {
  readonly readOnly?: boolean; // true: no write access is needed or wanted
  readonly create?: boolean; // true: make the environment when there is none
  readonly format?: FormatRules; // what this program reads and how it migrates; only tests give other rules
}

/** Which format versions can be opened. */
export interface FormatRules {
  readonly version: number;
  readonly migrations: ReadonlyMap<number, Migration>; // by the version they start from
}

const currentFormat: FormatRules = { version: formatVersion, migrations: new Map() };
const formatKey = Buffer.from('format');
const mapSizeBytes = 64 * 1024 ** 3;
const synchronousCommit = 2;

/** How often a commit that lmdb-js refused is tried again. */
const maxRepetitions = 3;

/** Writes of a transaction up to which they are kept to be repeated; larger ones are rare. */
const maxJournalBytes = 8 * 1024 * 1024;

/** One path that this thread has open, and who is busy opening it. */
interface SharedEnvironment {
  environment: StoreEnvironment | undefined;
  users: number;
  tail: Promise<unknown>; // openings of one path run one after the other
}

const shared = new Map<string, SharedEnvironment>();

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
  readonly #databases = new Map<string, CheckedDatabase>();
  #root: RootDatabase<Uint8Array, Uint8Array>;
  readonly #mark: TransactionMark;
  readonly #gate: DatabaseGate;
  #format = currentFormat;
  #isReadOnly: boolean;
  #isInTransaction = false;
  #isOpen = true;

  private constructor(
    path: string,
    root: RootDatabase<Uint8Array, Uint8Array>,
    gate: DatabaseGate,
    isReadOnly: boolean,
  ) {
    this.path = path;
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
      const root = await openRoot(gate, path, readOnly, create);
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
    const database = this.#databases.get(name);
    if (database === undefined) throw new OperationError(`There is no database '${name}'.`);
    return database;
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
        const result = this.#commit(action);
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
      const log = new WriteLog(databaseNames.length);
      this.#isInTransaction = true;
      for (const [index, name] of databaseNames.entries()) {
        this.database(name).rehearse({ log, index });
      }
      try {
        return { result: action(), basis, writes: new Uint8Array(log.bytes) };
      } finally {
        for (const name of databaseNames) this.database(name).rehearse(undefined);
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
    const databases = databaseNames.map((name) => this.database(name));
    return this.#gate.pass(() => {
      if (lastTransactionOf(this.#root) !== basis) return false;
      this.transaction(() => {
        for (const step of loggedSteps(writes)) repeatStep(databases[step.database], step);
      });
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
    if (this.#isInTransaction || lmdb === undefined) return;
    // Nothing is pending, for all transactions are synchronous: this closes the files before it returns.
    void this.#root.close();
    this.#root = openFiles(lmdb, this.#gate, this.path, this.#isReadOnly, false);
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
    const version = this.#readFormat();
    if (version === format.version) return;
    if (!this.#isReadOnly) return this.#migrate(format);
    if (version === undefined) throw incompleteError(this.path);
    await this.#reopen(false, format);
    await this.#reopen(true, format);
  }

  /**
   * Runs a transaction. lmdb-js sometimes refuses to commit one that is in order (docs/decisions/0018): then its writes are
   * repeated in another one. Nobody else has committed meanwhile, for all of it happens inside of the gate.
   */
  #commit<Result>(action: () => Result): Result {
    const log = new WriteLog(databaseNames.length, {
      isSearched: false,
      maxBytes: maxJournalBytes,
    });
    const run: { isWhole: boolean; result?: Result } = { isWhole: false };
    try {
      return this.#root.transactionSync(() => {
        this.#keepJournal(log);
        try {
          const result = action();
          Object.assign(run, { isWhole: true, result });
          return result;
        } finally {
          this.#keepJournal(undefined);
        }
      });
    } catch (error) {
      if (!run.isWhole || !log.isWhole || !isRefusedCommit(error)) throw error;
      this.#repeat(log.bytes);
      return run.result as Result; // the action came to its end
    }
  }

  #repeat(writes: Uint8Array): void {
    const databases = databaseNames.map((name) => this.database(name));
    for (let attempt = 1; ; attempt++) {
      try {
        this.#root.transactionSync(() => {
          for (const step of loggedSteps(writes)) repeatStep(databases[step.database], step);
        });
        return;
      } catch (error) {
        if (attempt === maxRepetitions || !isRefusedCommit(error)) throw error;
      }
    }
  }

  #keepJournal(log: WriteLog | undefined): void {
    for (const [index, name] of databaseNames.entries()) {
      this.database(name).keepJournal(log && { log, index });
    }
  }

  #openDatabases(format: FormatRules): void {
    // First of all and outside a transaction: a newer format must not be touched.
    this.#gate.pass(() => this.#openDatabase('meta'));
    this.#refuseNewer(format);
    const openAll = (): void => {
      for (const name of databaseNames) if (name !== 'meta') this.#openDatabase(name);
    };
    // In one transaction: creating the databases one by one would be one flush each.
    if (this.#isReadOnly) openAll();
    else this.#gate.pass(() => this.#root.transactionSync(openAll, synchronousCommit));
  }

  #openDatabase(name: DatabaseName): void {
    const handle: LmdbDatabase | undefined = this.#root.openDB({
      name,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    if (handle === undefined) throw incompleteError(this.path);
    const known = this.#databases.get(name);
    if (known !== undefined) known.rebind(handle);
    else this.#databases.set(name, new CheckedDatabase(name, this.path, handle));
  }

  #refuseNewer(format: FormatRules): void {
    const version = this.#readFormat();
    if (version === undefined || version <= format.version) return;
    throw new OperationError(
      `The repository has format ${version}; this program reads formats up to ${format.version} (${this.path}).`,
      { path: this.path, hint: 'install a newer version of oxen' },
    );
  }

  #migrate(format: FormatRules): void {
    this.transaction(() => {
      // Another process may have migrated while this one waited for the writer lock.
      let version = this.#readFormat() ?? format.version;
      for (; version < format.version; version++) {
        const migration = format.migrations.get(version);
        if (migration === undefined) {
          throw new OperationError(`Format ${version} of ${this.path} is no longer supported.`);
        }
        migration(this);
      }
      const value = Buffer.alloc(4);
      value.writeUInt32LE(version);
      this.database('meta').put(formatKey, value);
    });
  }

  #readFormat(): number | undefined {
    const value = this.database('meta').get(formatKey);
    return value === undefined ? undefined : Buffer.from(value).readUInt32LE(0);
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
    this.#root = await openRoot(this.#gate, this.path, readOnly, false);
    this.#isOpen = true;
    this.#isReadOnly = readOnly;
    await this.#prepare(format);
  }
}

function repeatStep(database: CheckedDatabase | undefined, step: LoggedStep): void {
  if ('isCleared' in step) database?.clear();
  else if (step.stored === undefined) database?.remove(step.key);
  else database?.putStored(step.key, step.stored);
}

/** Takes one user off an entry; the last one closes the environment. */
async function giveUp(entry: SharedEnvironment, path: string): Promise<void> {
  entry.users--;
  if (entry.users > 0) return;
  if (shared.get(path) === entry) shared.delete(path);
  await entry.environment?.closeFiles();
}

function environmentPath(controlDirectory: string, create: boolean): string {
  const path = join(controlDirectory, 'db');
  try {
    if (create && !existsSync(path)) {
      mkdirSync(path, { recursive: true });
      syncDirectory(nodeDisk, controlDirectory);
      syncDirectory(nodeDisk, dirname(controlDirectory));
    }
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw wrapSystemError(error, `Cannot open the database ${path}`, path);
    }
    throw new NotFoundError(`There is no oxen database at ${path}.`, { path });
  }
}

/** What opens LMDB; it is loaded when it is first needed. */
let lmdb: typeof openLmdb | undefined;

async function openRoot(
  gate: DatabaseGate,
  path: string,
  readOnly: boolean,
  create: boolean,
): Promise<RootDatabase<Uint8Array, Uint8Array>> {
  lmdb ??= (await import('lmdb')).open;
  return openFiles(lmdb, gate, path, readOnly, create);
}

function openFiles(
  open: typeof openLmdb,
  gate: DatabaseGate,
  path: string,
  readOnly: boolean,
  create: boolean,
): RootDatabase<Uint8Array, Uint8Array> {
  const network = networkFileSystemName(path);
  if (network !== undefined) {
    throw new OperationError(`${path} is on a network file system (${network}).`, {
      path,
      hint: 'keep the repository on a local disk and share it with `oxen serve`',
    });
  }
  const file = join(path, 'data.mdb');
  const markedId = readTransactionMark(path); // first: others may commit meanwhile
  const state = inspectLmdbFile(file);
  if (state !== undefined) requireNoRollback(path, state.transactionId, markedId);
  if (state !== undefined) checkLmdbPages(file, state, true);
  // An empty file must not become an empty repository in silence: references and history would seem never to have been.
  if (state === undefined && !create) throw incompleteError(path);
  try {
    const root = gate.pass(() =>
      open<Uint8Array, Uint8Array>({
        path,
        readOnly,
        noSubdir: false,
        encoding: 'binary',
        keyEncoding: 'binary',
        noMemInit: true,
        overlappingSync: false, // a commit is durable when it returns
        maxDbs: 16,
        maxReaders: 1024,
        // Windows would give the file this size at once; elsewhere it is address space, and LMDB grows it when needed.
        ...(process.platform === 'win32' ? {} : { mapSize: mapSizeBytes }),
      }),
    );
    if (state === undefined) syncDirectory(nodeDisk, path);
    return root;
  } catch (error) {
    throw describeDatabaseError(error, 'The database cannot be opened', path);
  }
}

/** Returns the number of the newest committed transaction. */
function lastTransactionOf(root: RootDatabase<Uint8Array, Uint8Array>): number {
  const stats: { lastTxnId?: number } = root.getStats();
  return stats.lastTxnId ?? 0;
}

function incompleteError(path: string): NotFoundError {
  return new NotFoundError(`The database at ${path} was never completed.`, {
    path,
    hint: incompleteHint(dirname(path)),
  });
}

function readOnlyError(path: string): OperationError {
  return new OperationError(`The repository was opened for reading only (${path}).`, { path });
}
