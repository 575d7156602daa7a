import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { isClean } from '../../../src/core/model/status.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import {
  ada,
  commitAll,
  committed,
  exists,
  read,
  repository,
  write,
} from '../../helpers/repository.js';

/** What status says, without what depends on HEAD. */
async function state(made: Repository) {
  const status = await made.status();
  return {
    staged: status.stagedFiles.map((file) => `${file.state} ${file.path} ${file.hash}`),
    moved: status.movedFiles,
    modified: status.modifiedFiles,
    removed: [...status.removedFiles, ...status.removedDirectories],
    untracked: [...status.untrackedFiles, ...status.untrackedDirectories],
  };
}

describe('stash', () => {
  test('features 3, row 10: puts staged and unstaged changes away and brings them back as they were', async () => {
    const made = await committed({ a: '1', b: '1', c: '1', 'd/e': '1', 'd/f': '1' });
    write(made.root, { a: 'staged', 'n/new': 'staged', c: null });
    await made.add(['a', 'n', 'c']);
    write(made.root, { a: 'staged, then changed', b: 'not staged', d: null, u: 'untracked' });
    const before = await state(made);
    const files = read(made.root);
    const entry = await made.stash({ message: 'half a model', identity: ada });
    expect(entry).toMatchObject({ index: 0, message: 'On main: half a model' });
    expect(read(made.root)).toEqual({
      a: '1',
      b: '1',
      c: '1',
      'd/e': '1',
      'd/f': '1',
      u: 'untracked',
    });
    expect(await state(made)).toMatchObject({ staged: [], modified: [], removed: [] });
    expect(exists(made.root, 'n')).toBe(false);
    await made.applyStash({ drop: true });
    expect(read(made.root)).toEqual(files);
    expect(await state(made)).toEqual(before);
    expect(made.stashEntries()).toEqual([]);
  });

  test('takes untracked files only when asked to, and never ignored ones', async () => {
    const made = await committed({ a: '1', '.oxenignore': '*.log\n' });
    write(made.root, { 'n/x': 'untracked', 'n/y.log': 'ignored', z: 'untracked' });
    await expect(made.stash()).rejects.toThrow('No local changes to stash');
    const before = await state(made);
    await made.stash({ untracked: true });
    expect(read(made.root)).toEqual({ a: '1', '.oxenignore': '*.log\n', 'n/y.log': 'ignored' });
    await made.applyStash();
    expect(read(made.root)).toMatchObject({ 'n/x': 'untracked', z: 'untracked' });
    expect(await state(made)).toEqual(before);
    expect(made.stashEntries()).toHaveLength(1);
  });

  test('holds many entries, the newest first', async () => {
    const made = await committed({ a: '1' });
    for (const text of ['one', 'two', 'three']) {
      write(made.root, { a: text });
      await made.stash({ message: text });
    }
    const messages = () => made.stashEntries().map(({ message }) => message);
    expect(messages()).toEqual(['On main: three', 'On main: two', 'On main: one']);
    made.dropStash(1);
    expect(messages()).toEqual(['On main: three', 'On main: one']);
    await made.applyStash({ index: 1, drop: true });
    expect(read(made.root)).toEqual({ a: 'one' });
    expect(messages()).toEqual(['On main: three']);
    expect(() => made.dropStash(1)).toThrow('There is no stash@{1}');
    const newest = made.stashEntries()[0]?.commitId;
    expect(['stash', 'stash@{0}', 'stash@{0}^1'].map((name) => made.resolve(name))).toEqual([
      newest,
      newest,
      made.resolve('HEAD'),
    ]);
    expect(() => made.resolve('stash@{1}')).toThrow('Revision not found');
  });

  test('pop refuses to overwrite local changes, changes nothing and keeps the entry', async () => {
    const made = await committed({ a: '1', b: '1' });
    write(made.root, { a: 'stashed', b: 'stashed', n: 'stashed' });
    await made.stash({ untracked: true });
    for (const files of [{ a: 'mine' }, { n: 'mine' }]) {
      write(made.root, files);
      const before = read(made.root);
      await expect(made.applyStash({ drop: true })).rejects.toThrow('would be overwritten');
      expect(read(made.root)).toEqual(before);
      await made.restore(['a']);
      write(made.root, { n: null });
    }
    write(made.root, { a: 'mine' });
    await made.add(['a']);
    write(made.root, { a: '1' });
    await expect(made.applyStash({ drop: true })).rejects.toThrow('would be overwritten');
    await made.unstage(['a']);
    expect(made.stashEntries()).toHaveLength(1);
    await made.applyStash({ drop: true });
    expect(read(made.root)).toEqual({ a: 'stashed', b: 'stashed', n: 'stashed' });
  });

  test('is merged into a HEAD that moved on, or refused where that does not fit', async () => {
    const lines = (first: string, last: string) => `${first}\n2\n3\n4\n5\n6\n${last}\n`;
    const made = await committed({ 'a.txt': lines('1', '7'), 'b.txt': '1\n' });
    write(made.root, { 'a.txt': lines('one', '7'), 'new.txt': 'n' });
    await made.add(['new.txt']);
    await made.stash();
    await commitAll(made, 'second', { 'a.txt': lines('1', 'seven') });
    await made.applyStash();
    expect(read(made.root)).toMatchObject({ 'a.txt': lines('one', 'seven'), 'new.txt': 'n' });
    expect((await state(made)).staged).toHaveLength(1);
    await made.checkout('HEAD', { force: true });
    write(made.root, { 'new.txt': null });
    await commitAll(made, 'third', { 'a.txt': lines('uno', '7') });
    await expect(made.applyStash({ drop: true })).rejects.toThrow('does not fit');
    expect(isClean(await made.status())).toBe(true);
    expect(made.stashEntries()).toHaveLength(1);
  });

  test('keeps a file whose removal is staged and that is still there', async () => {
    const made = await committed({ a: '1', b: '1' });
    await made.remove(['a'], { keepFiles: true });
    write(made.root, { a: 'changed since' });
    const before = await state(made);
    await made.stash();
    expect(read(made.root)).toEqual({ a: '1', b: '1' });
    await made.applyStash({ drop: true });
    expect(read(made.root)).toEqual({ a: 'changed since', b: '1' });
    expect(await state(made)).toEqual(before);
  });

  test('is refused before anything happens where something else took the place of a file', async () => {
    const made = await committed({ a: '1', b: '1', t: '1' });
    write(made.root, { a: null, 'a/x': 'untracked', b: null, t: '2' });
    symlinkSync('t', join(made.root, 'b'));
    for (const untracked of [false, true]) {
      await expect(made.stash({ untracked })).rejects.toThrow('was tracked is');
      expect(made.stashEntries()).toEqual([]);
      expect((await made.status()).modifiedFiles).toEqual(['t']);
    }
    unlinkSync(join(made.root, 'b'));
    await made.stash({ untracked: true });
    expect(read(made.root)).toEqual({ a: '1', b: '1', t: '1' });
    await made.applyStash();
    expect(read(made.root)).toEqual({ 'a/x': 'untracked', t: '2' });
  });

  test('is kept by gc, and a dropped entry comes back by undo', async () => {
    const made = await committed({ a: '1' });
    write(made.root, { a: 'only in the stash' });
    await made.stash();
    await expect(made.undo()).rejects.toThrow('put changes away');
    await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    made.dropStash();
    await made.undo();
    await made.applyStash({ drop: true });
    expect(read(made.root)).toEqual({ a: 'only in the stash' });
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('needs a commit, and no merge that waits', async () => {
    const made = await repository({ a: '1' });
    await expect(made.stash()).rejects.toThrow('no commit yet');
    await commitAll(made, 'first');
    await made.checkoutNewBranch('other');
    await commitAll(made, 'theirs', { a: '2' });
    await made.checkout('main');
    await commitAll(made, 'ours', { a: '3' });
    await made.merge('other', ada);
    await expect(made.stash()).rejects.toThrow('merge is not finished');
  });
});

const names = ['a', 'b', 'd', 'd/a', 'd/e', 'd/e/a'];

/** Contents by path such that no path lies in a file. */
const trees = fc
  .array(fc.constantFrom('', '1', '2', '3'), { minLength: names.length, maxLength: names.length })
  .map((contents) => {
    const files: Record<string, string> = {};
    names.forEach((name, index) => {
      const content = contents[index] ?? '';
      const isBelowFile = Object.keys(files).some((path) => name.startsWith(`${path}/`));
      if (content !== '' && !isBelowFile) files[name] = content;
    });
    return files;
  });

test('whatever is staged and changed comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, trees, async (head, staged, working) => {
      const made = await repository({ ...head, k: 'keep' });
      await made.add(['.']);
      await made.commit('first', ada);
      write(made.root, { a: null, b: null, d: null });
      write(made.root, staged);
      await made.add(['.']);
      write(made.root, { a: null, b: null, d: null });
      write(made.root, working);
      const before = await state(made);
      const files = read(made.root);
      if (isClean(await made.status())) return;
      await made.stash({ untracked: true });
      expect(read(made.root)).toEqual({ ...head, k: 'keep' });
      expect(isClean(await made.status())).toBe(true);
      await made.applyStash({ drop: true });
      expect(read(made.root)).toEqual(files);
      expect(await state(made)).toEqual(before);
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Jobs that fail from the n-th on, as if the process had been killed there. */
class FailingJobs extends InlineJobs {
  left = Number.POSITIVE_INFINITY;

  override run: InlineJobs['run'] = async (name, input) => {
    if (this.left-- <= 0) throw new Error('killed');
    return super.run(name, input);
  };
}

async function changed(jobs: FailingJobs): Promise<Repository> {
  const made = await committed({ a: '1', b: '1', c: '1', 'd/e': '1', 'd/f': '1' }, { jobs });
  write(made.root, { a: 'staged', 'n/new': 'staged', c: null });
  await made.add(['a', 'n', 'c']);
  write(made.root, { a: 'staged, then changed', b: 'not staged', d: null, 'u/v': 'untracked' });
  return made;
}

describe('a stash that is killed', () => {
  test('on the way away changed nothing, or is finished by a checkout and can be brought back', async () => {
    let isKilled = true;
    for (let steps = 0; isKilled; steps++) {
      const jobs = new FailingJobs();
      const made = await changed(jobs);
      const [before, files] = [await state(made), read(made.root)];
      jobs.left = steps;
      isKilled = await made.stash({ untracked: true }).then(
        () => false,
        () => true,
      );
      jobs.left = Number.POSITIVE_INFINITY;
      if (made.stashEntries().length > 0) {
        await made.checkout('main');
        await made.applyStash({ drop: true });
      }
      expect(read(made.root)).toEqual(files);
      expect(await state(made)).toEqual(before);
    }
  }, 60_000);

  test('on the way back keeps the entry, and the same command goes on', async () => {
    let isKilled = true;
    for (let steps = 0; isKilled; steps++) {
      const jobs = new FailingJobs();
      const made = await changed(jobs);
      const [before, files] = [await state(made), read(made.root)];
      await made.stash({ untracked: true });
      jobs.left = steps;
      isKilled = await made.applyStash({ drop: true }).then(
        () => false,
        () => true,
      );
      jobs.left = Number.POSITIVE_INFINITY;
      if (isKilled) {
        expect(made.stashEntries()).toHaveLength(1);
        await made.applyStash({ drop: true });
      }
      expect(read(made.root)).toEqual(files);
      expect(await state(made)).toEqual(before);
    }
  }, 60_000);

  test('while files were put back goes back by abort, and nothing is lost', async () => {
    const jobs = new FailingJobs();
    const made = await changed(jobs);
    const files = read(made.root);
    let steps = 0;
    do {
      jobs.left = steps++;
      await expect(made.stash({ untracked: true })).rejects.toThrow('killed');
      jobs.left = Number.POSITIVE_INFINITY;
    } while (!(await made.status()).unfinishedCheckout);
    await made.abortCheckout();
    expect(read(made.root)).toEqual(files);
    const status = await made.status();
    expect(status).toMatchObject({ branch: 'main', unfinishedCheckout: false });
    expect(made.stores.checkedOutCommit()).toBe(made.resolve('HEAD'));
    expect(made.stashEntries().length).toBeGreaterThan(0);
  });
});
