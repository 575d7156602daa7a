import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { isClean } from '../../../src/core/model/status.js';
import { maxLoggedOperations } from '../../../src/core/ops/operation-log.js';
import { ada, commitAll, committed, read, repository, write } from '../../helpers/repository.js';

/** What HEAD is and which names there are. */
function names(made: Repository) {
  const refs = made.stores.refs.listAll().map(({ name, commitId }) => `${name} ${commitId}`);
  return { head: made.stores.head(), refs };
}

/** Does something, undoes it and does it again, each time compared with the names before and after. */
async function thereAndBack(made: Repository, act: () => unknown): Promise<void> {
  const before = names(made);
  const files = read(made.root);
  await act();
  const after = names(made);
  const filesAfter = read(made.root);
  await made.undo();
  expect(names(made)).toEqual(before);
  expect(read(made.root)).toEqual(files);
  expect(isClean(await made.status())).toBe(true);
  await made.undo();
  expect(names(made)).toEqual(after);
  expect(read(made.root)).toEqual(filesAfter);
  expect(isClean(await made.status())).toBe(true);
}

describe('undo', () => {
  test('of a commit leaves the files alone and its changes staged', async () => {
    const made = await committed({ a: '1', b: '1', 'd/c': '1' });
    const first = made.resolve('HEAD');
    write(made.root, { a: '2', b: null, 'e/f': 'new' });
    await made.add(['.']);
    const staged = (await made.status()).stagedFiles;
    const second = await made.commit('second', ada);
    write(made.root, { 'd/c': 'not staged' });
    const { undone, headId } = await made.undo();
    expect(undone).toMatchObject({ verb: 'commit', summary: 'second' });
    expect(headId).toBe(first);
    const state = await made.status();
    expect(state.stagedFiles).toEqual(staged);
    expect(state.modifiedFiles).toEqual(['d/c']);
    expect(read(made.root)).toEqual({ a: '2', 'd/c': 'not staged', 'e/f': 'new' });
    const again = await made.commit('second', ada);
    const rootOf = (id: typeof first) => made.stores.commitTree(id)?.rootId;
    expect(rootOf(again.id)).toBe(rootOf(second.id));
  });

  test('of a commit keeps what was staged after it', async () => {
    const made = await committed({ a: '1', b: '1', c: '1' });
    await commitAll(made, 'second', { a: '2', b: '2' });
    write(made.root, { a: '1', b: '3', c: null });
    await made.add(['.']);
    await made.undo();
    const { stagedFiles } = await made.status();
    expect(stagedFiles.map(({ path, state }) => `${state} ${path}`)).toEqual([
      'modified b',
      'removed c',
    ]);
    await made.undo();
    const { stagedFiles: back } = await made.status();
    expect(back.map(({ path, state }) => `${state} ${path}`)).toEqual([
      'modified a',
      'modified b',
      'removed c',
    ]);
  });

  test('of the first commit leaves a branch without commits and everything staged', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    await made.undo();
    expect(made.stores.headCommitId()).toBeUndefined();
    const { stagedFiles } = await made.status();
    expect(stagedFiles.map(({ path, state }) => `${state} ${path}`)).toEqual([
      'added a',
      'added d/b',
    ]);
    await made.undo();
    expect(isClean(await made.status())).toBe(true);
  });

  test('of an undo does it again', async () => {
    const made = await committed({ a: '1' });
    await thereAndBack(made, () => made.createBranch('b'));
    await thereAndBack(made, () => made.checkoutNewBranch('c'));
    await thereAndBack(made, () => made.createTag('t'));
    await thereAndBack(made, () => made.deleteTag('t'));
    await thereAndBack(made, () => made.deleteBranch('b', { force: true }));
    await thereAndBack(made, () => made.renameBranch('c', 'd'));
    await commitAll(made, 'second', { a: '2', 'e/': null });
    await thereAndBack(made, () => made.checkout('main'));
    await thereAndBack(made, () => made.checkout('d~1'));
    await made.checkout('main');
    await thereAndBack(made, () => made.merge('d', ada));
    await thereAndBack(made, () => made.forceBranch('other', 'HEAD~1'));
    await thereAndBack(made, () => made.forceBranch('other', 'HEAD'));
  });

  test('of a merge commit brings back files and branch', async () => {
    const made = await committed({ a: '1', b: '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'theirs', { a: '2', 'n/x': 'new' });
    await made.checkout('main');
    await commitAll(made, 'ours', { b: '2' });
    await thereAndBack(made, () => made.merge('other', ada));
    await made.undo();
    write(made.root, { b: 'mine' });
    await made.undo();
    expect(read(made.root)).toEqual({ a: '2', b: 'mine', 'n/x': 'new' });
    write(made.root, { a: 'mine too' });
    await expect(made.undo()).rejects.toThrow('Local changes');
    expect(read(made.root)).toEqual({ a: 'mine too', b: 'mine', 'n/x': 'new' });
  });

  test('of a commit that resolved conflicts keeps the merge, so that it can be committed again', async () => {
    const made = await committed({ a: '1' });
    await made.checkoutNewBranch('other');
    const theirs = await commitAll(made, 'theirs', { a: '2' });
    await made.checkout('main');
    const ours = await commitAll(made, 'ours', { a: '3' });
    expect((await made.merge('other', ada)).kind).toBe('conflicts');
    await expect(made.undo()).rejects.toThrow('merge is not finished');
    await commitAll(made, 'resolved', { a: '4' });
    await made.undo();
    expect((await made.status()).mergingId).toBe(theirs.id);
    const again = await made.commit('again', ada);
    expect(again.parentIds).toEqual([ours.id, theirs.id]);
    await made.undo();
    await made.undo();
    expect((await made.status()).mergingId).toBeUndefined();
  });

  test('of a detached commit puts HEAD back', async () => {
    const made = await committed({ a: '1' });
    await made.checkout(made.resolve('HEAD'));
    const before = names(made);
    await commitAll(made, 'second', { a: '2' });
    await made.undo();
    expect(names(made)).toEqual(before);
    expect((await made.status()).stagedFiles).toHaveLength(1);
  });

  test('of an older operation works when nothing moved since', async () => {
    const made = await committed({ a: '1' });
    made.createBranch('b');
    made.createTag('t');
    const [, branch] = made.operations();
    await made.undo(branch?.id);
    expect(made.branches().map(({ name }) => name)).toEqual(['main']);
    expect(made.tags()).toHaveLength(1);
    await expect(made.undo(branch?.id)).rejects.toThrow("'b' moved since");
    await expect(made.undo(999)).rejects.toThrow('no operation 999');
  });

  test('has nothing to do in a new repository', async () => {
    const made = await repository({ a: '1' });
    await expect(made.undo()).rejects.toThrow('nothing to undo');
  });
});

describe('the operation log', () => {
  test('is bounded', async () => {
    const made = await committed({ a: '1' });
    made.stores.environment.transaction(() => {
      for (let index = 0; index < maxLoggedOperations; index++) made.createTag(`t${index}`);
    });
    made.deleteTag('t0');
    const operations = made.operations();
    expect(operations).toHaveLength(maxLoggedOperations);
    expect(operations[0]).toMatchObject({ verb: 'tag', summary: '-d t0' });
  });

  test('keeps deleted commits from gc until its grace is over', async () => {
    const made = await committed({ a: '1' });
    await made.checkoutNewBranch('b');
    const lost = await commitAll(made, 'second', { a: 'only here' });
    await made.checkout('main');
    made.deleteBranch('b', { force: true });
    await made.gc({ graceMs: 0, largestDeadShare: 0 });
    await made.undo();
    await made.checkout('b');
    expect(read(made.root)).toEqual({ a: 'only here' });
    await made.checkout('main');
    made.deleteBranch('b', { force: true });
    await made.gc({ graceMs: 0, largestDeadShare: 0, undoGraceMs: 0 });
    expect(made.stores.commit(lost.id)).toBeUndefined();
    expect(made.operations()).toEqual([]);
    await expect(made.undo()).rejects.toThrow('nothing to undo');
  });
});

const steps = fc.array(
  fc.record({
    act: fc.constantFrom(
      'commit',
      'branch',
      'delete',
      'checkout',
      'tag',
      'untag',
      'detach',
      'move',
      'rename',
    ),
    name: fc.constantFrom('a', 'b', 'c'),
  }),
  { minLength: 1, maxLength: 12 },
);

async function take(made: Repository, act: string, name: string): Promise<unknown> {
  switch (act) {
    case 'commit':
      return made.commit(name, ada, { allowEmpty: true });
    case 'branch':
      return made.checkoutNewBranch(name);
    case 'delete':
      return made.deleteBranch(name, { force: true });
    case 'checkout':
      return made.checkout(name);
    case 'tag':
      return made.createTag(name, 'HEAD', { force: true });
    case 'untag':
      return made.deleteTag(name);
    case 'detach':
      return made.checkout(made.resolve('HEAD'));
    case 'rename':
      return made.renameBranch(made.currentBranch() ?? 'main', name);
    default:
      return made.currentBranch() === name ? undefined : made.forceBranch(name, 'HEAD');
  }
}

test('any operations are taken back one by one, and done again one by one', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (acts) => {
      const made = await committed({ f: '1' });
      const seen = [{ names: names(made), id: made.operations()[0]?.id }];
      for (const { act, name } of acts) {
        await take(made, act, name).catch(() => undefined); // refused: nothing happened
        const id = made.operations()[0]?.id;
        if (id !== seen.at(-1)?.id) seen.push({ names: names(made), id });
        else expect(names(made)).toEqual(seen.at(-1)?.names);
      }
      const undone: number[] = [];
      for (let at = seen.length - 1; at > 0; at--) {
        expect(names(made)).toEqual(seen[at]?.names);
        await made.undo(seen[at]?.id);
        undone.push(made.operations()[0]?.id ?? 0);
      }
      expect(names(made)).toEqual(seen[0]?.names);
      for (const id of undone.reverse()) await made.undo(id);
      expect(names(made)).toEqual(seen.at(-1)?.names);
      expect(isClean(await made.status())).toBe(true);
    }),
    { numRuns: 25 },
  );
}, 60_000);
