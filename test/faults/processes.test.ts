import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../src/api/repository.js';
import { isClean } from '../../src/core/model/status.js';
import { acquireLock } from '../../src/core/store/locks.js';
import { InlineJobs } from '../../src/workers/inline.js';
import {
  ada,
  commitAll,
  committed,
  read,
  repository,
  temporaryDirectory,
  write,
} from '../helpers/repository.js';

const launcher = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const configDir = fileURLToPath(new URL('../fixtures/config', import.meta.url));

/** Starts the program; the promise gives its exit code, null when it was killed. */
function start(root: string, ...words: string[]) {
  const environment = { ...process.env, OXEN_CONFIG_DIR: configDir };
  const child = spawn(process.execPath, [launcher, ...words], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

function many(prefix: string, count: number): Record<string, string> {
  const entries = Array.from({ length: count }, (_, index) => [
    `${prefix}${index % 20}/${index}.txt`,
    `${prefix} ${index} `.repeat(40),
  ]);
  return Object.fromEntries(entries);
}

async function reopen(root: string): Promise<Repository> {
  const made = await Repository.open(root, { jobs: new InlineJobs(), workingDirectory: root });
  onTestFinished(() => made.close());
  return made;
}

test('two adds at once both succeed, and nothing staged is lost', async () => {
  const root = temporaryDirectory();
  await (await Repository.init(root)).close();
  write(root, { ...many('left', 700), ...many('right', 700) });
  const left = Array.from({ length: 20 }, (_, index) => `left${index}`);
  const right = Array.from({ length: 20 }, (_, index) => `right${index}`);
  const codes = await Promise.all([
    start(root, 'add', ...left).ended,
    start(root, 'add', ...right).ended,
  ]);
  expect(codes).toEqual([0, 0]);
  const made = await reopen(root);
  expect((await made.status()).stagedFiles).toHaveLength(1400);
  await made.commit('all', ada);
  expect((await made.fsck()).problems).toEqual([]);
}, 60_000);

test('an add that is killed at any moment loses nothing, and the next one finishes its work', async () => {
  const root = temporaryDirectory();
  await (await Repository.init(root)).close();
  write(root, many('d', 1500));
  for (let round = 0; round < 6; round++) {
    const { child, ended } = start(root, 'add', '.');
    const timer = setTimeout(() => child.kill('SIGKILL'), 120 + round * 90);
    await ended;
    clearTimeout(timer);
    const made = await reopen(root);
    expect((await made.fsck()).problems).toEqual([]);
    await made.close();
  }
  expect(await start(root, 'add', '.').ended).toBe(0);
  expect(await start(root, 'commit', '-m', 'all').ended).toBe(0);
  const made = await reopen(root);
  expect(isClean(await made.status())).toBe(true);
  expect((await made.fsck()).problems).toEqual([]);
}, 120_000);

test('a commit that is killed leaves the old state or the new one', async () => {
  const root = temporaryDirectory();
  await (await Repository.init(root)).close();
  write(root, many('d', 1500));
  expect(await start(root, 'add', '.').ended).toBe(0);
  for (let round = 0; round < 6; round++) {
    const { child, ended } = start(root, 'commit', '-m', `round ${round}`);
    const timer = setTimeout(() => child.kill('SIGKILL'), 100 + round * 60);
    const code = await ended;
    clearTimeout(timer);
    const made = await reopen(root);
    const state = await made.status();
    if (code === 0) expect(state.headId).toBeDefined();
    expect(state.headId === undefined ? state.stagedFiles.length : 1500).toBe(1500);
    expect((await made.fsck()).problems).toEqual([]);
    await made.close();
    if (code === 0) break;
  }
}, 120_000);

test('a checkout that is killed at any moment is finished by running it again', async () => {
  const made = await committed(many('a', 1200));
  const { root } = made;
  await made.checkoutNewBranch('other');
  const gone = Object.fromEntries(Object.keys(many('a', 600)).map((path) => [path, null]));
  await commitAll(made, 'second', { ...gone, ...many('b', 1200), 'a0/0.txt': 'other' });
  const wanted = read(root);
  await made.checkout('main');
  await made.close();
  for (let round = 0; round < 6; round++) {
    const { child, ended } = start(root, 'checkout', round % 2 === 0 ? 'other' : 'main');
    const timer = setTimeout(() => child.kill('SIGKILL'), 130 + round * 50);
    await ended;
    clearTimeout(timer);
  }
  expect(await start(root, 'checkout', 'other').ended).toBe(0);
  expect(read(root)).toEqual(wanted);
  expect(isClean(await (await reopen(root)).status())).toBe(true);
}, 120_000);

test('two repositories are open in one process without meeting', async () => {
  const one = await committed({ a: '1' });
  const two = await repository({ a: '2', b: '3' });
  await two.add(['.']);
  await two.commit('second', ada);
  write(one.root, { c: '4' });
  await one.add([join(one.root, 'c')]);
  await one.commit('first', ada);
  expect([...two.log()]).toHaveLength(1);
  expect([...one.log()]).toHaveLength(2);
});

test('a writer waits while gc removes packs, and goes on when it is done', async () => {
  const made = await repository({ a: '1' });
  const lock = await acquireLock(made.stores.controlDirectory, 'gc');
  const adding = made.add(['.']);
  lock.release();
  expect((await adding).addedCount).toBe(1);
});

test('the second command says who holds the working tree when it does not come free', async () => {
  const made = await repository({ a: '1' });
  using _held = await acquireLock(made.stores.controlDirectory, 'worktree');
  const attempt = acquireLock(made.stores.controlDirectory, 'worktree', { waitMs: 0 });
  await expect(attempt).rejects.toThrow(`process ${process.pid}`);
});

test('Ctrl-C stops at a safe point with exit code 130, and running again goes on', async () => {
  const root = temporaryDirectory();
  await (await Repository.init(root)).close();
  write(root, many('d', 6000));
  const { child, ended } = start(root, 'add', '.');
  const timer = setTimeout(() => child.kill('SIGINT'), 350);
  const code = await ended;
  clearTimeout(timer);
  // Before the verb listens, the signal ends the process by itself: then there is no code.
  expect([0, 130, null]).toContain(code);
  const made = await reopen(root);
  expect((await made.fsck()).problems).toEqual([]);
  await made.close();
  expect(await start(root, 'add', '.').ended).toBe(0);
  expect((await (await reopen(root)).status()).untrackedFiles).toEqual([]);
}, 60_000);
