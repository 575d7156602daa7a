/** A verb holds its lock until all of its work is done, not only until it waits for the first time. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock, type LockName } from '../../../src/core/store/locks.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { noise } from '../../helpers/damage.js';
import { ada, commitAll, committed, write } from '../../helpers/repository.js';

/** A repository of two commits, and how often a lock was taken and free when a job was run. */
async function watched(name: LockName) {
  const jobs = new InlineJobs();
  const made = await committed({ a: '1', 'd/b': '1' }, { jobs });
  await commitAll(made, 'second', { a: '2', 'd/b': '2' });
  const seen = { held: 0, free: 0 };
  const run = jobs.run.bind(jobs);
  const spy = vi.spyOn(jobs, 'run').mockImplementation(async (...job) => {
    const lock = await acquireLock(`${made.root}/.oxen`, name, { waitMs: 0 }).catch(
      () => undefined,
    );
    lock?.release();
    seen[lock === undefined ? 'held' : 'free']++;
    return run(...job);
  });
  onTestFinished(() => spy.mockRestore());
  return { made, seen };
}

test('checkout holds the lock of the working tree while files are written', async () => {
  const { made, seen } = await watched('worktree');
  await made.checkout('HEAD~1');
  expect(seen.held).toBeGreaterThan(0);
  expect(seen.free).toBe(0);
});

test('commit holds the lock of the working tree while directories are built', async () => {
  const { made, seen } = await watched('worktree');
  write(made.root, { 'd/b': '3' });
  await made.add(['.']);
  seen.held = 0;
  await made.commit('third', ada);
  expect(seen.held).toBeGreaterThan(0);
  expect(seen.free).toBe(0);
});

test('merge holds the lock of the working tree while files are written', async () => {
  const { made, seen } = await watched('worktree');
  made.createBranch('other', 'HEAD~1');
  await made.checkout('other');
  await commitAll(made, 'beside', { c: '1' });
  seen.held = 0;
  await made.merge('main', ada);
  expect(seen.held).toBeGreaterThan(0);
  expect(seen.free).toBe(0);
});

test('gc holds its lock while packs are rewritten', async () => {
  const { made, seen } = await watched('sweep');
  await made.checkoutNewBranch('doomed');
  await commitAll(made, 'doomed', { large: noise(1, 300_000) });
  await made.checkout('main');
  made.deleteBranch('doomed', { force: true });
  seen.free = 0;
  await made.gc({ graceMs: 0, undoGraceMs: 0 });
  expect(seen.held).toBeGreaterThan(0);
  expect(seen.free).toBe(0);
});
