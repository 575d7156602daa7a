import { describe, expect, test } from 'vitest';
import { acquireLock } from '../../../src/core/store/locks.js';
import { nextLine, startModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const holder = `
  import { acquireLock } from './src/core/store/locks.ts';
  const [, , directory, name, shared] = process.argv;
  await acquireLock(directory, name, { shared: shared === 'shared' });
  console.log(process.pid);
  process.stdin.resume();`;

describe('acquireLock', () => {
  test('names the process that holds the lock', async () => {
    const directory = temporaryDirectory();
    const child = startModule(holder, [directory, 'worktree']);
    const ended = new Promise((done) => child.once('exit', done));
    const pid = await nextLine(child);
    const attempt = acquireLock(directory, 'worktree', { waitMs: 0 });
    await expect(attempt).rejects.toMatchObject({
      kind: 'busy',
      message: `Another command is changing this repository (process ${pid}).`,
    });
    child.kill('SIGKILL');
    await ended;
    const lock = await acquireLock(directory, 'worktree', { waitMs: 0 });
    lock.release();
  });

  test('waits for the holder to let go', async () => {
    const directory = temporaryDirectory();
    const first = await acquireLock(directory, 'worktree');
    const second = acquireLock(directory, 'worktree');
    first.release();
    (await second).release();
  });

  test('shares with others who share, and with nobody else', async () => {
    const directory = temporaryDirectory();
    const child = startModule(holder, [directory, 'gc', 'shared']);
    const ended = new Promise((done) => child.once('exit', done));
    await nextLine(child);
    const shared = await acquireLock(directory, 'gc', { shared: true, waitMs: 0 });
    const exclusive = acquireLock(directory, 'gc', { waitMs: 0 });
    await expect(exclusive).rejects.toMatchObject({ kind: 'busy' });
    shared.release();
    child.kill();
    await ended;
    (await acquireLock(directory, 'gc', { waitMs: 0 })).release();
  });
});
