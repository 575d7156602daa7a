/**
 * Locks of the kernel on byte ranges: they end with their holder however it ends, so nothing is ever left to clean up. The lock
 * `worktree` is for whoever changes the working tree or the staging area; `gc` is shared by writers and exclusive for
 * the moment in which gc publishes, `turn` is passed before it (`writer-gate`); `sweep` keeps two runs of gc apart; a pack file is locked by the process that appends to it (`pack-allocator`), and
 * `database` by whoever opens or changes the database (`database-gate`).
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BusyError, OperationError, wrapSystemError } from '../model/errors.js';
import { type Disk, nodeDisk, openFlags, readFully, writeFully } from './disk.js';

/** The locks of a repository. */
export type LockName = 'worktree' | 'gc' | 'turn' | 'sweep';

/** Settings of `acquireLock`. */
export interface LockOptions {
  readonly shared?: boolean; // true: others may hold it shared at the same time
  readonly waitMs?: number; // how long to wait for the holder, 10 s when absent
  readonly disk?: Disk;
}

/** A lock that is held. */
export interface HeldLock {
  /** Gives it up; calling it again does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

/** Locks single files by descriptor. */
export interface FileLocks {
  /** Locks an open file for writing by this holder alone; false when someone else holds it. */
  tryLock(file: number): boolean;
  /** Gives the lock of an open file up. */
  unlock(file: number): void;
}

/** The one byte that stands for the file: beyond any content, for Windows forbids reading what is locked. */
const lockedByte = 0xffff_ffff;
const pollMs = 50;
const defaultWaitMs = 10_000;

type Binding = typeof import('fs-native-extensions');

/**
 * Loads the locking of files.
 * @throws OperationError when there is no build of it for this platform
 */
export async function loadFileLocks(): Promise<FileLocks> {
  const binding = await loadBinding();
  return {
    tryLock: (file) => binding.tryLock(file, lockedByte, 1),
    unlock: (file) => binding.unlock(file, lockedByte, 1),
  };
}

/**
 * Takes a lock of the repository whose `.oxen` directory is `controlDirectory`, waiting for its holder if need be.
 * @throws BusyError naming the holder's process when it does not come free in time
 * @throws OperationError when the lock file cannot be opened
 */
export async function acquireLock(
  controlDirectory: string,
  name: LockName,
  options: LockOptions = {},
): Promise<HeldLock> {
  const { shared = false, waitMs = defaultWaitMs, disk = nodeDisk } = options;
  const binding = await loadBinding();
  const path = join(controlDirectory, 'locks', name);
  const file = openLockFile(disk, path);
  try {
    for (let waited = 0; !binding.tryLock(file, lockedByte, 1, { shared }); waited += pollMs) {
      if (waited >= waitMs) throw busyError(name, readHolder(disk, file));
      await setTimeout(pollMs);
    }
    if (!shared) writeHolder(disk, file);
  } catch (error) {
    disk.close(file);
    throw wrapSystemError(error, `Cannot lock ${path}`, path);
  }
  return heldLock(disk, file, shared);
}

async function loadBinding(): Promise<Binding> {
  try {
    return await import('fs-native-extensions');
  } catch (cause) {
    throw new OperationError('File locks are not available on this platform.', { cause });
  }
}

function openLockFile(disk: Disk, path: string): number {
  try {
    disk.makeDirectory(join(path, '..'));
    return disk.open(path, openFlags.openOrCreate, 0o666);
  } catch (error) {
    throw wrapSystemError(error, `Cannot open the lock ${path}`, path);
  }
}

function heldLock(disk: Disk, file: number, shared: boolean): HeldLock {
  let isHeld = true;
  const release = (): void => {
    if (!isHeld) return;
    isHeld = false;
    if (!shared) forgetHolder(disk, file);
    disk.close(file);
  };
  return { release, [Symbol.dispose]: release };
}

/** The name of the holder is a courtesy: on a disk that fails the lock is let go all the same, and the first error is told. */
function forgetHolder(disk: Disk, file: number): void {
  try {
    disk.truncate(file, 0);
  } catch {
    // The next holder overwrites the name.
  }
}

function writeHolder(disk: Disk, file: number): void {
  disk.truncate(file, 0);
  writeFully(disk, file, Buffer.from(`${process.pid}\n`), 0);
}

function readHolder(disk: Disk, file: number): string | undefined {
  const bytes = Buffer.alloc(32);
  const text = bytes.toString('utf8', 0, readFully(disk, file, bytes, 0)).trim();
  return /^\d+$/.test(text) ? text : undefined;
}

const purposes: Readonly<Record<LockName, string>> = {
  worktree: 'Another command is changing this repository',
  gc: 'The packs of this repository are in use',
  turn: 'Packs of this repository are being removed',
  sweep: 'Another gc is running',
};

function busyError(name: LockName, holder: string | undefined): BusyError {
  const by = holder === undefined ? '' : ` (process ${holder})`;
  return new BusyError(`${purposes[name]}${by}.`, {
    hint: 'wait until it has finished, then try again',
  });
}
