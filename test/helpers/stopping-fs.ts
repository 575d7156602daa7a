/**
 * Stands in the place of `node:fs` (`vi.mock`): counts the calls that change something, and stops the "process" at a chosen one,
 * before it or in the middle of a write. After the stop every call that would change something fails, so that what is on the disk
 * is what a killed process leaves behind. Transactions of the database count as steps too.
 */
import { vi } from 'vitest';
import type { StoreEnvironment } from '../../src/core/store/environment.js';

/** Thrown by every change after the stop. */
export class StoppedError extends Error {}

/** Counts steps; shared between the mock of `node:fs` and the test. */
export const stopper = {
  steps: 0,
  stopAt: 0, // 0: never
  isStopped: false,

  /** Begins to count, and stops at the n-th step. */
  arm(stopAt = 0): void {
    stopper.steps = 0;
    stopper.stopAt = stopAt;
    stopper.isStopped = false;
  },

  /** A step is about to be done. @throws StoppedError at the chosen one and after it */
  step(): void {
    stopper.steps++;
    if (stopper.steps === stopper.stopAt) stopper.isStopped = true;
    if (stopper.isStopped) throw new StoppedError('stopped by the test');
  },
};

const changing = [
  'renameSync',
  'unlinkSync',
  'rmSync',
  'rmdirSync',
  'mkdirSync',
  'ftruncateSync',
  'fsyncSync',
  'copyFileSync',
  'writeFileSync',
] as const;

type Filesystem = typeof import('node:fs');

/** Returns `node:fs` with steps; for `vi.mock('node:fs', ...)`. */
export function stoppingFilesystem(original: Filesystem): Filesystem {
  const stopping = Object.fromEntries(
    changing.map((name) => {
      const call = original[name] as (...values: unknown[]) => unknown;
      return [
        name,
        (...values: unknown[]) => {
          stopper.step();
          return call(...values);
        },
      ];
    }),
  );
  const openSync = (path: string, flags: number | string, mode?: number) => {
    const creates = typeof flags === 'number' && (flags & original.constants.O_CREAT) !== 0;
    if (creates && !original.existsSync(path)) stopper.step();
    return original.openSync(path, flags, mode);
  };
  // A stop in a write tears it: the first half is there.
  const writeSync = (
    file: number,
    from: Uint8Array,
    offset: number,
    length: number,
    position?: number | null,
  ) => {
    try {
      stopper.step();
    } catch (error) {
      if (stopper.steps === stopper.stopAt) {
        original.writeSync(file, from, offset, Math.ceil(length / 2), position);
      }
      throw error;
    }
    return original.writeSync(file, from, offset, length, position);
  };
  const fsync = (file: number, done: (error: Error | null) => void) => {
    try {
      stopper.step();
    } catch (error) {
      done(error as Error);
      return;
    }
    original.fsync(file, done);
  };
  return { ...original, ...stopping, openSync, writeSync, fsync } as unknown as Filesystem;
}

/**
 * Makes every transaction of the database two steps: before it and after it is durable.
 * @param environments the class itself: this module is loaded before anything that uses `node:fs`
 */
export function stopInTransactions(environments: typeof StoreEnvironment): void {
  const { transaction } = environments.prototype;
  vi.spyOn(environments.prototype, 'transaction').mockImplementation(function (
    this: StoreEnvironment,
    action,
  ) {
    if (this.isInTransaction) return transaction.call(this, action);
    stopper.step();
    const result = transaction.call(this, action);
    stopper.step();
    return result;
  });
}
