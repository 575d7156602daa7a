import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../src/api/repository.js';
import { PoolJobs } from '../../src/workers/pool.js';
import { nextLine, runModule, startModule } from '../helpers/child.js';
import { ada, commitAll, committed, steppingClock, write } from '../helpers/repository.js';

/** Collects again and again until its input ends. */
const collector = `
  import { Repository } from './src/api/repository.ts';
  import { InlineJobs } from './src/workers/inline.ts';
  const [, , root] = process.argv;
  const repository = await Repository.open(root, { jobs: new InlineJobs() });
  let isOver = false;
  process.stdin.on('end', () => { isOver = true; }).resume();
  let count = 0;
  while (!isOver) {
    await repository.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    if (++count === 1) console.log('started');
    await new Promise(setImmediate); // a run with nothing to do waits for nothing: the end of the input would not be seen
  }
  await repository.close();`;

/** Kills itself at the n-th step of a gc: a progress event or a look at the clock. */
const victim = `
  import { Repository } from './src/api/repository.ts';
  import { InlineJobs } from './src/workers/inline.ts';
  const [, , root, fatal] = process.argv;
  let step = 0;
  const die = () => { if (++step === Number(fatal)) process.kill(process.pid, 'SIGKILL'); };
  const repository = await Repository.open(root, {
    jobs: new InlineJobs(),
    events: die,
    clock: { now() { die(); return { seconds: 2_000_000_000, nanoseconds: 0 }; } },
  });
  await repository.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
  await repository.close();
  console.log('whole');`;

function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed + 1; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function packBytes(root: string): number {
  const directory = join(root, '.oxen/versions/packs');
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
}

/** One of many small things that a user does; the same contents come again and again. */
async function step(made: Repository, index: number): Promise<void> {
  const seed = (index * 7) % 11;
  const branch = `b${index % 4}`;
  switch (index % 5) {
    case 0:
      await made.checkoutNewBranch(branch, 'HEAD').catch(() => made.checkout(branch));
      return;
    case 4:
      await made.checkout('main');
      if (made.branches().some(({ name }) => name === branch))
        made.deleteBranch(branch, { force: true });
      return;
    default:
      write(made.root, { [`f${index % 3}`]: bytesOf(seed, 3000 + seed * 9000), n: `${index}` });
      await made.add(['.']);
      if (index % 5 !== 3) await made.commit(`step ${index}`, ada);
      else await made.restore(['.']).then(() => made.unstage(['.']));
  }
}

describe('gc in another process', () => {
  test('takes nothing that is needed while branches come and go', async () => {
    const made = await committed({ start: 'here' });
    const child = startModule(collector, [made.root]);
    const ended = new Promise((done) => child.once('exit', done));
    await nextLine(child);
    for (let index = 0; index < 60; index++) await step(made, index);
    child.stdin?.end();
    expect(await ended).toBe(0);
    expect((await made.fsck()).problems).toEqual([]);
    for (const { name } of made.branches()) {
      await made.checkout(name, { force: true });
      expect((await made.status()).modifiedFiles).toEqual([]);
    }
    await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    const { storedBytes, deadBytes } = made.storage();
    expect(packBytes(made.root)).toBe(storedBytes + deadBytes);
    expect(deadBytes).toBeLessThan(16 * 4096);
  }, 120_000);

  test('is seen by a thread that looked at the store before', async () => {
    const made = await committed({ start: 'here' });
    await made.checkoutNewBranch('doomed');
    await commitAll(made, 'doomed', { f: bytesOf(5, 50_000) });
    await made.checkout('main');
    made.deleteBranch('doomed', { force: true });
    const jobs = new PoolJobs(1);
    onTestFinished(() => jobs.close());
    const clock = steppingClock(1_800_000_000);
    const other = await Repository.open(made.root, { jobs, clock, workingDirectory: made.root });
    onTestFinished(() => other.close());
    await commitAll(other, 'the thread looks', { g: bytesOf(6, 50_000) });
    expect(await runModule(victim, [made.root, '1000'])).toContain('whole');
    await commitAll(other, 'back', { f: bytesOf(5, 50_000) });
    expect((await other.fsck()).problems).toEqual([]);
  });

  test('may be killed at any step: nothing is lost and the next run finishes', async () => {
    for (let fatal = 1, isOver = false; !isOver; fatal++) {
      const made = await committed({ a: bytesOf(1, 50_000), 'd/b': bytesOf(2, 50_000) });
      await made.checkoutNewBranch('doomed');
      await commitAll(made, 'doomed', { big: bytesOf(3, 200_000) });
      await made.checkout('main');
      made.deleteBranch('doomed', { force: true });
      const output = await runModule(victim, [made.root, String(fatal)]).catch(() => 'killed');
      isOver = output.includes('whole');
      expect(fatal).toBeLessThan(20);
      made.stores.environment.refresh();
      expect((await made.fsck()).problems).toEqual([]);
      await made.gc({ graceMs: -1e15, undoGraceMs: 0, largestDeadShare: 0 });
      expect(packBytes(made.root)).toBeLessThan(110_000);
      expect((await made.fsck()).problems).toEqual([]);
    }
  }, 120_000);
});
