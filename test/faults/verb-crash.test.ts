/**
 * Stops every verb that writes at every step that changes the disk or the database, opens the repository anew, and checks that
 * nothing that was acknowledged is lost, that no check finds damage, and that the same command, run again, ends where it would
 * have ended without the stop.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createRemote } from '../../src/api/remote.js';
import { Repository } from '../../src/api/repository.js';
import { type ConflictError, NotFoundError, OperationError } from '../../src/core/model/errors.js';
import { isClean } from '../../src/core/model/status.js';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { InlineJobs } from '../../src/workers/inline.js';
import { committedTree, diskTree, type PlainTree } from '../helpers/model-repository.js';
import { ada, commitAll, repository, steppingClock, write } from '../helpers/repository.js';
import { testServer } from '../helpers/served.js';
import { stopInTransactions, stopper } from '../helpers/stopping-fs.js';

vi.mock('node:fs', async (original) => {
  const { stoppingFilesystem } = await import('../helpers/stopping-fs.js');
  return stoppingFilesystem(await original());
});

// Hundreds of repositories with durable commits: in memory where the system offers it.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

type Files = Readonly<Record<string, string | null>>;

const base: Files = { a: '1\n2\n3\n', b: 'b', 'd/c': 'c', 'd/e': 'e', gone: 'x', 'hollow/': '' };
const theirs: Files = { a: '1\n2\nT\n', 'd/c': null, gone: null, 'n/new': 'n', f: 'f', 'k/': '' };
const ours: Files = { a: 'O\n2\n3\n', b: 'ours', 'hollow/full': 'h' };

/** A verb and what must hold. */
interface Case {
  readonly title: string;
  readonly prepare: (made: Repository) => Promise<unknown>;
  readonly run: (made: Repository) => Promise<unknown>;
  readonly fewest: number; // steps, so that a case that does nothing is noticed
  readonly again?: (made: Repository) => Promise<unknown>; // what a user types next; `run` when absent
}

async function twoBranches(made: Repository, other: Files = theirs, own: Files = ours) {
  await commitAll(made, 'base', base);
  await made.checkoutNewBranch('other');
  await commitAll(made, 'theirs', other);
  await made.checkout('main');
  await commitAll(made, 'ours', own);
}

async function conflicting(made: Repository) {
  await twoBranches(made, theirs, { ...ours, a: '1\n2\nO\n' });
}

const cases: Case[] = [
  {
    title: 'add',
    prepare: async (made) => {
      await commitAll(made, 'base', base);
      write(made.root, { ...theirs, gone: null });
    },
    run: (made) => made.add(['.']),
    fewest: 6,
  },
  {
    title: 'commit',
    prepare: async (made) => {
      await commitAll(made, 'base', base);
      write(made.root, theirs);
      await made.add(['.']);
    },
    run: (made) => unlessDone(made.commit('second', ada)),
    fewest: 6,
  },
  {
    title: 'commit with a detached HEAD',
    prepare: async (made) => {
      const { id } = await commitAll(made, 'base', base);
      await made.checkout(id);
      write(made.root, theirs);
      await made.add(['.']);
    },
    run: (made) => unlessDone(made.commit('second', ada)),
    again: async (made) => {
      const { unfinishedCheckout } = await made.status();
      if (!unfinishedCheckout) return unlessDone(made.commit('second', ada));
      return made.checkout(made.stores.checkedOutCommit() ?? 'none');
    },
    fewest: 6,
  },
  {
    title: 'checkout',
    prepare: (made) => twoBranches(made),
    run: (made) => made.checkout('other'),
    fewest: 15,
  },
  {
    title: 'checkout of a new branch',
    prepare: (made) => twoBranches(made),
    run: async (made) => {
      const isMade = made.stores.reference('heads/third') !== undefined;
      if (isMade) await made.checkout('third');
      else await made.checkoutNewBranch('third', 'other');
    },
    fewest: 15,
  },
  {
    title: 'merge',
    prepare: (made) => twoBranches(made),
    run: (made) => made.merge('other', ada),
    again: finishMerge,
    fewest: 20,
  },
  {
    title: 'merge that moves on',
    prepare: async (made) => {
      await twoBranches(made);
      await made.checkout('HEAD~1');
      await made.checkoutNewBranch('behind');
    },
    run: (made) => made.merge('other', ada),
    fewest: 15,
  },
  {
    title: 'merge with conflicts',
    prepare: conflicting,
    run: (made) => made.merge('other', ada),
    again: async (made) => {
      const { mergingId, interruptedMerge } = await made.status();
      if (mergingId === undefined || interruptedMerge) await made.merge('other', ada);
    },
    fewest: 15,
  },
  {
    title: 'merge --abort',
    prepare: async (made) => {
      await conflicting(made);
      await made.merge('other', ada);
    },
    run: (made) => made.abortMerge().catch(ignore(NotFoundError)),
    fewest: 12,
  },
  {
    title: 'taking a side',
    prepare: async (made) => {
      await conflicting(made);
      await made.merge('other', ada);
    },
    run: (made) => made.takeSide('theirs', ['a']).catch(ignore(NotFoundError)),
    fewest: 5,
  },
  {
    title: 'restore',
    prepare: async (made) => {
      await commitAll(made, 'base', base);
      write(made.root, { a: 'changed', 'd/c': null, gone: null });
    },
    run: (made) => made.restore(['.']),
    fewest: 6,
  },
  {
    title: 'restore --staged',
    prepare: async (made) => {
      await commitAll(made, 'base', base);
      write(made.root, { a: 'changed' });
      await made.add(['.']);
    },
    run: (made) => made.unstage(['a']).catch(ignore(NotFoundError)),
    fewest: 2,
  },
  {
    title: 'rm',
    prepare: (made) => commitAll(made, 'base', base),
    run: (made) => made.remove(['d', 'gone'], { recursive: true }).catch(ignore(NotFoundError)),
    again: async (made) => {
      await made.remove(['d', 'gone'], { recursive: true }).catch(ignore(NotFoundError));
      await made.clean();
    },
    fewest: 5,
  },
  {
    title: 'branch -m',
    prepare: (made) => commitAll(made, 'base', base),
    run: async (made) => made.renameBranch('main', 'trunk'),
    again: async (made) => {
      if (made.currentBranch() === 'main') {
        if (made.stores.reference('heads/trunk') !== undefined)
          made.deleteBranch('trunk', { force: true });
        made.renameBranch('main', 'trunk');
      } else if (made.stores.reference('heads/main') !== undefined)
        made.deleteBranch('main', { force: true });
    },
    fewest: 5,
  },
  {
    title: 'gc',
    prepare: async (made) => {
      await twoBranches(made);
      made.deleteBranch('other', { force: true });
    },
    run: (made) => made.gc({ graceMs: 0, largestDeadShare: 0 }),
    fewest: 4,
  },
];

beforeEach(() => {
  stopper.arm();
  vi.restoreAllMocks();
  stopInTransactions(StoreEnvironment);
});

/** What a repository shows of itself. */
interface Picture {
  readonly disk: PlainTree;
  readonly head: PlainTree;
  readonly status: object;
}

async function pictureOf(made: Repository): Promise<Picture> {
  const { headId, mergingId, ...status } = await made.status();
  void headId;
  return {
    disk: diskTree(made.root),
    head: committedTree(made),
    status: { ...status, isMerging: mergingId !== undefined },
  };
}

async function reopen(root: string): Promise<Repository> {
  const options = { jobs: new InlineJobs(), clock: steppingClock(), workingDirectory: root };
  return Repository.open(root, options);
}

describe('stopped at any step', () => {
  test.each(cases.map((one) => [one.title, one] as const))(
    '%s',
    { timeout: 300_000 },
    async (_, { prepare, run, again, fewest }) => {
      const whole = await repository();
      await prepare(whole);
      stopper.arm();
      await run(whole);
      const { steps } = stopper;
      expect(steps).toBeGreaterThanOrEqual(fewest);
      const wanted = await pictureOf(whole);
      let stops = 0;
      for (let step = 1; step <= steps; step++) {
        const made = await repository();
        await prepare(made);
        stopper.arm(step);
        await run(made).catch(() => undefined);
        if (stopper.isStopped) stops++;
        await made.close().catch(() => undefined);
        stopper.arm();
        const found = await reopen(made.root);
        try {
          expect((await found.fsck()).problems, `step ${step}`).toEqual([]);
          await (again ?? run)(found);
          expect(await pictureOf(found), `step ${step}`).toEqual(wanted);
          expect((await found.fsck()).problems).toEqual([]);
        } finally {
          await found.close();
        }
      }
      // Whether the racy rows of the file index are refreshed depends on the time: that is a transaction with its mark, three steps.
      expect(stops).toBeGreaterThanOrEqual(steps - 3);
    },
  );

  test('push: the server has all of it or nothing that looks like it', {
    timeout: 300_000,
  }, async () => {
    const steps = await pushStopped(0);
    expect(steps).toBeGreaterThan(10);
    for (let step = 1; step <= steps; step++) await pushStopped(step);
  });

  test('fetch: what arrived is whole, and the next fetch brings the rest', {
    timeout: 300_000,
  }, async () => {
    const steps = await fetchStopped(0);
    expect(steps).toBeGreaterThan(6);
    for (let step = 1; step <= steps; step++) await fetchStopped(step);
  });
});

/** Pushes with a stop at a step of the server or the client, then again to a new server, and returns the steps of the first push. */
async function pushStopped(step: number): Promise<number> {
  const origin = await repository();
  await twoBranches(origin);
  const first = await testServer();
  const { directory } = first;
  await createRemote(`${first.url}/ada/cats`);
  origin.setRemote('origin', `${first.url}/ada/cats`);
  stopper.arm(step);
  await origin.push().catch(() => undefined);
  const { steps } = stopper;
  await first.server.stop().catch(() => undefined);
  stopper.arm();
  const served = await reopen(join(directory, 'ada/cats'));
  expect((await served.fsck()).problems, `step ${step}`).toEqual([]);
  await served.close();
  await using second = await testServer({ directory });
  origin.setRemote('origin', `${second.url}/ada/cats`);
  await origin.push();
  const whole = await reopen(join(directory, 'ada/cats'));
  expect(whole.resolve('main')).toBe(origin.resolve('main'));
  expect((await whole.fsck()).problems).toEqual([]);
  await whole.close();
  return steps;
}

/** Fetches into a repository with a stop at a step, then again, and returns the steps of the first fetch. */
async function fetchStopped(step: number): Promise<number> {
  const origin = await repository();
  await twoBranches(origin);
  await using server = await testServer();
  const url = `${server.url}/ada/cats`;
  await createRemote(url);
  origin.setRemote('origin', url);
  await origin.push();
  const made = await repository({}, { retryCount: 0 });
  made.setRemote('origin', url);
  stopper.arm(step);
  await made.fetch('origin', { allContents: true }).catch(() => undefined);
  const { steps } = stopper;
  await made.close().catch(() => undefined);
  stopper.arm();
  const found = await reopen(made.root);
  expect((await found.fsck()).problems, `step ${step}`).toEqual([]);
  await found.fetch('origin', { allContents: true });
  expect(found.stores.reference('remotes/origin/main')).toBe(origin.resolve('main'));
  await found.checkout(origin.resolve('main'));
  expect(diskTree(found.root)).toEqual(diskTree(origin.root));
  await found.close();
  return steps;
}

/** A merge that was stopped: not begun, partly there, or only to be committed. */
async function finishMerge(made: Repository): Promise<void> {
  const { mergingId, interruptedMerge } = await made.status();
  if (mergingId !== undefined && !interruptedMerge)
    await made.commit('Merge commit other into main', ada);
  else await made.merge('other', ada);
  expect(isClean(await made.status())).toBe(true);
}

async function unlessDone(done: Promise<unknown>): Promise<unknown> {
  return done.catch((error: unknown) => {
    if (!(error instanceof OperationError) || !error.message.startsWith('No changes')) throw error;
  });
}

function ignore(kind: typeof NotFoundError | typeof ConflictError) {
  return (error: unknown) => {
    if (!(error instanceof kind)) throw error;
  };
}
