/** Rows of the lists of weaknesses about add, rm, status and names (docs/weaknesses.md). */
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isClean } from '../../src/core/model/status.js';
import {
  ada,
  commitAll,
  committed,
  exists,
  read,
  repository,
  write,
} from '../helpers/repository.js';

test('weakness 3.5, case 5.13: a name that is not UTF-8 is reported and not counted, the rest is added', async () => {
  const made = await repository({ good: '1' });
  const bad = Buffer.concat([Buffer.from(`${made.root}/bad`), Buffer.of(0xff)]);
  writeFileSync(bad, 'x');
  const result = await made.add(['.']);
  expect(result.addedCount).toBe(1);
  expect(result.problems).toMatchObject([{ message: 'its name is not valid UTF-8' }]);
  await made.commit('first', ada);
  expect((await made.status()).problems).toHaveLength(1);
});

test('weakness 3.6: a path outside of the repository is refused, with an ignore file and without, and nothing is staged', async () => {
  for (const files of [{ a: '1' }, { a: '1', '.oxenignore': '*.log\n' }]) {
    const made = await repository(files);
    const outside = await repository({ secret: 's' });
    const paths = ['..', join(outside.root, 'secret'), '/etc/passwd', '../elsewhere'];
    for (const path of paths) {
      await expect(made.add(['a', path])).rejects.toMatchObject({ kind: 'usage' });
    }
    expect((await made.status()).stagedFiles).toEqual([]);
  }
});

test('weakness 3.7, case 5.14: status shows what is staged and what was edited or deleted since', async () => {
  const made = await committed({ a: '1', b: '1' });
  write(made.root, { a: '2', b: '2', c: '2' });
  await made.add(['.']);
  write(made.root, { a: '3', b: null, c: null });
  const status = await made.status();
  expect(status.stagedFiles.map(({ path, state }) => `${state} ${path}`)).toEqual([
    'modified a',
    'modified b',
    'added c',
  ]);
  expect(status.modifiedFiles).toEqual(['a']);
  expect(status.removedFiles).toEqual(['b', 'c']);
});

test('weakness 3.7, case 5.15: a tracked file that becomes ignored stays tracked', async () => {
  const made = await committed({ 'a.log': '1', 'logs/b': '1' });
  write(made.root, { '.oxenignore': '*.log\nlogs/\n', 'a.log': '2', 'logs/b': '2', 'c.log': 'n' });
  expect((await made.status()).modifiedFiles).toEqual(['a.log', 'logs/b']);
  const result = await made.add(['.']);
  expect(result).toMatchObject({ addedCount: 1, modifiedCount: 2 });
  await made.commit('second', ada);
  expect(isClean(await made.status())).toBe(true);
});

test('weakness 3.18: nested ignore files count, and .git is not tracked', async () => {
  const made = await repository({
    '.oxenignore': '*.tmp\n',
    'd/.oxenignore': 'local\n!kept.tmp\n',
    'd/local': 'l',
    'd/kept.tmp': 'k',
    'd/x.tmp': 't',
    local: 'l',
    '.git/HEAD': 'ref',
    'sub/.git/config': 'c',
  });
  await made.add(['.']);
  expect((await made.status()).stagedFiles.map(({ path }) => path)).toEqual([
    '.oxenignore',
    'd/.oxenignore',
    'd/kept.tmp',
    'local',
  ]);
});

test('weakness 3.17: the same parent, message, author and second do not keep different data from being committed', async () => {
  const made = await committed(
    { a: '1' },
    { clock: { now: () => ({ seconds: 7, nanoseconds: 0 }) } },
  );
  await made.checkoutNewBranch('other');
  const one = await commitAll(made, 'same', { a: '2' });
  await made.checkout('main');
  const two = await commitAll(made, 'same', { a: '3' });
  expect(one.parentIds).toEqual(two.parentIds);
  expect(one.id).not.toBe(two.id);
});

test('case 5.2: rm -r keeps untracked files of the directory', async () => {
  const made = await committed({ 'd/a': '1', 'd/deep/b': '2' });
  write(made.root, { 'd/mine': 'm', 'd/deep/mine': 'm' });
  await made.remove(['d'], { recursive: true });
  expect(read(made.root)).toEqual({ 'd/mine': 'm', 'd/deep/mine': 'm' });
  await made.commit('gone', ada);
  expect((await made.status()).untrackedDirectories).toMatchObject([{ path: 'd', itemCount: 2 }]);
});

test('case 5.1: gc takes nothing that is staged', async () => {
  const made = await committed({ a: '1' });
  write(made.root, { staged: 'not committed yet', a: 'changed' });
  await made.add(['.']);
  await made.gc({ graceMs: 0, largestDeadShare: 0 });
  await made.commit('second', ada);
  write(made.root, { staged: null, a: null });
  await made.restore(['.']);
  expect(read(made.root)).toEqual({ a: 'changed', staged: 'not committed yet' });
  expect((await made.fsck()).problems).toEqual([]);
});

test('case 5.16: an empty directory is no file, and is tracked all the same', async () => {
  const made = await committed({ a: '1' });
  mkdirSync(join(made.root, 'empty'));
  expect((await made.add(['.'])).addedCount).toBe(0);
  expect(isClean(await made.status())).toBe(false);
  await made.commit('empty', ada);
  rmSync(join(made.root, 'empty'), { recursive: true });
  expect((await made.status()).removedDirectories).toEqual(['empty']);
  await made.restore(['.']);
  expect(exists(made.root, 'empty')).toBe(true);
  expect(isClean(await made.status())).toBe(true);
});

test('case 5.17: odd names, a file that becomes a directory and back, and a rename in case alone work', async () => {
  const names = ['new\nline', '-dash', `q"'`, 'x'.repeat(255), 'ünï', ' blank ', 'case'];
  const made = await committed(Object.fromEntries(names.map((name) => [name, name])));
  expect(Object.keys(read(made.root)).sort()).toEqual([...names].sort());
  const first = read(made.root);
  write(made.root, { case: null });
  write(made.root, { 'case/inside': '1' });
  renameSync(join(made.root, 'ünï'), join(made.root, 'ÜNÏ'));
  await commitAll(made, 'second');
  const second = read(made.root);
  expect(second).toMatchObject({ 'case/inside': '1', ÜNÏ: 'ünï' });
  await made.checkout('HEAD~1');
  expect(read(made.root)).toEqual(first);
  await made.checkout('main');
  expect(read(made.root)).toEqual(second);
  expect(isClean(await made.status())).toBe(true);
});

test('case 5.18: removals that add stages are counted, each file once', async () => {
  const made = await committed({ a: '1', b: '1', 'c.txt': '1', 'd.txt': '1' });
  write(made.root, { a: null, 'c.txt': '2', 'd.txt': null });
  expect(await made.add(['a', '*.txt'])).toMatchObject({
    addedCount: 0,
    modifiedCount: 1,
    removedCount: 2,
  });
  write(made.root, { b: null });
  expect(await made.add(['.'])).toMatchObject({ modifiedCount: 0, removedCount: 1 });
});

test('case 5.19: permissions and times are no change', async () => {
  const made = await committed({ a: '1' });
  chmodSync(join(made.root, 'a'), 0o755);
  utimesSync(join(made.root, 'a'), 1, 1);
  expect(isClean(await made.status())).toBe(true);
  expect(await made.add(['.'])).toMatchObject({ addedCount: 0, modifiedCount: 0 });
});
