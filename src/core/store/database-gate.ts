/**
 * Lets one at a time open the database file or change it, of all programs and threads. LMDB has a lock between writers, but opening
 * is not under it: lmdb-js 3.5 writes the number of the transaction that the file's header named a moment before into the lock file that all
 * programs share. A transaction that another program commits in between is taken back by that: the next one starts from the state
 * before it and overwrites its pages (docs/decisions/0016).
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BusyError, systemErrorCode, wrapSystemError } from '../model/errors.js';
import { nodeDisk, openFlags } from './disk.js';
import type { FileLocks } from './locks.js';

const fileName = 'database';
const pollMs = 1;
const longestWaitMs = 60_000;

/** Codes of a lock file that this user may not write: then LMDB cannot write its own either, and there is nothing to protect. */
const deniedCodes = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The gate of one repository, for one thread. */
export class DatabaseGate {
  readonly #path: string;
  readonly #locks: FileLocks;
  #file: number | undefined;
  #isDenied = false;
  #isInside = false;

  /** @param controlDirectory the `.oxen` directory */
  constructor(controlDirectory: string, locks: FileLocks) {
    this.#path = join(controlDirectory, 'locks', fileName);
    this.#locks = locks;
  }

  /**
   * Runs `action` while nobody else is inside; blocks the thread until then. Inside of itself it does nothing more.
   * @throws BusyError when others are inside for a minute
   * @throws OperationError when the lock file cannot be made
   */
  pass<Result>(action: () => Result): Result {
    if (this.#isInside) return action();
    const file = this.#open();
    if (file === undefined) return action();
    this.#enter(file);
    return this.#inside(file, action);
  }

  /**
   * As `pass`, but other things go on on this thread until the gate is free.
   * @throws BusyError, OperationError as `pass`
   */
  async passLater<Result>(action: () => Result): Promise<Result> {
    const end = performance.now() + longestWaitMs;
    for (let file = this.#open(); file !== undefined && !this.#isInside; file = this.#open()) {
      if (this.#locks.tryLock(file)) return this.#inside(file, action);
      if (performance.now() > end) throw busyError();
      await setTimeout(pollMs);
    }
    return action();
  }

  /** Closes the lock file; the gate can be used again. */
  close(): void {
    if (this.#file !== undefined) nodeDisk.close(this.#file);
    this.#file = undefined;
  }

  #inside<Result>(file: number, action: () => Result): Result {
    this.#isInside = true;
    try {
      return action();
    } finally {
      this.#isInside = false;
      this.#locks.unlock(file);
    }
  }

  #enter(file: number): void {
    const end = performance.now() + longestWaitMs;
    while (!this.#locks.tryLock(file)) {
      if (performance.now() > end) throw busyError();
      Atomics.wait(sleeper, 0, 0, pollMs);
    }
  }

  #open(): number | undefined {
    if (this.#file !== undefined || this.#isDenied) return this.#file;
    try {
      nodeDisk.makeDirectory(join(this.#path, '..'));
      this.#file = nodeDisk.open(this.#path, openFlags.openOrCreate, 0o666);
    } catch (error) {
      if (!deniedCodes.has(systemErrorCode(error) ?? '')) {
        throw wrapSystemError(error, `Cannot open the lock ${this.#path}`, this.#path);
      }
      this.#isDenied = true;
    }
    return this.#file;
  }
}

function busyError(): BusyError {
  return new BusyError('Another program has been changing the database for a minute.', {
    hint: 'Wait for it or stop it, then run the same command again.',
  });
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
