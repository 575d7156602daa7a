import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { isClean } from '../../../src/core/model/status.js';
import { ada, commitAll, committed, exists, read, write } from '../../helpers/repository.js';

const base = { a: '1\n2\n3\n4\n5\n', 'd/b': '2', gone: 'x', same: 's' };

/** Two branches that went on from `base`; `main` is checked out. */
async function diverged(
  ours: Record<string, string | null>,
  theirs: Record<string, string | null>,
): Promise<Repository> {
  const made = await committed(base);
  await made.checkoutNewBranch('other');
  await commitAll(made, 'theirs', theirs);
  await made.checkout('main');
  await commitAll(made, 'ours', ours);
  return made;
}

describe('merge', () => {
  test('moves on when only the other branch has new commits', async () => {
    const made = await committed(base);
    await made.checkoutNewBranch('other');
    const other = await commitAll(made, 'theirs', { a: 'x', new: 'n' });
    await made.checkout('main');
    expect(await made.merge('other', ada)).toEqual({ kind: 'fast-forward', commitId: other.id });
    expect(made.resolve('main')).toBe(other.id);
    expect(read(made.root)['new']).toBe('n');
    expect(isClean(await made.status())).toBe(true);
    expect(await made.merge('other', ada)).toEqual({ kind: 'up-to-date' });
  });

  test('takes the changes of both sides, lines of one text included', async () => {
    const made = await diverged(
      { a: 'one\n2\n3\n4\n5\n', mine: 'm' },
      { a: '1\n2\n3\n4\nfive\n', 'd/b': 'changed', gone: null, 'e/f': 'new' },
    );
    const result = await made.merge('other', ada);
    expect(result.kind).toBe('merged');
    expect(read(made.root)).toEqual({
      a: 'one\n2\n3\n4\nfive\n',
      'd/b': 'changed',
      same: 's',
      mine: 'm',
      'e/f': 'new',
    });
    expect(isClean(await made.status())).toBe(true);
    if (result.kind !== 'merged') return;
    expect(result.commit.parentIds).toEqual([made.resolve('HEAD~1'), made.resolve('other')]);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('leaves conflicts to the user, stages the clean part and refuses to commit before they are resolved', async () => {
    const made = await diverged(
      { a: 'ours\n2\n3\n4\n5\n' },
      { a: 'theirs\n2\n3\n4\n5\n', 'd/b': 'changed', new: 'n' },
    );
    const result = await made.merge('other', ada);
    expect(result).toMatchObject({ kind: 'conflicts', conflicts: [{ path: 'a' }] });
    expect(read(made.root)['a']).toBe(
      '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n2\n3\n4\n5\n',
    );
    expect(read(made.root)['new']).toBe('n');
    expect((await made.status()).conflicts).toEqual([{ path: 'a', kind: 'both modified' }]);
    await expect(made.commit('too early', ada)).rejects.toThrow('unresolved');
    write(made.root, { a: 'both\n' });
    await made.add(['a']);
    const commit = await made.commit('merged', ada);
    expect(commit.parentIds).toEqual([made.resolve('HEAD~1'), made.resolve('other')]);
    expect(read(made.root)).toMatchObject({ a: 'both\n', 'd/b': 'changed', new: 'n' });
    expect(await made.merge('other', ada)).toEqual({ kind: 'up-to-date' });
  });

  test('lets the user take a side, also one that deleted the file', async () => {
    const made = await diverged({ a: 'ours', gone: 'changed' }, { a: 'theirs', gone: null });
    const result = await made.merge('other', ada);
    expect(result.kind === 'conflicts' && result.conflicts.map(({ path }) => path)).toEqual([
      'a',
      'gone',
    ]);
    await made.takeSide('theirs', ['a', 'gone']);
    expect(read(made.root)['a']).toBe('theirs');
    expect(exists(made.root, 'gone')).toBe(false);
    await made.commit('merged', ada);
    expect(isClean(await made.status())).toBe(true);
  });

  test('settles a file that we deleted and they changed, either way', async () => {
    for (const side of ['ours', 'theirs'] as const) {
      const made = await diverged({ gone: null, mine: 'm' }, { gone: 'changed' });
      expect((await made.merge('other', ada)).kind).toBe('conflicts');
      await made.takeSide(side, ['gone']);
      await made.commit('merged', ada);
      expect(read(made.root)['gone']).toBe(side === 'ours' ? undefined : 'changed');
      expect(isClean(await made.status())).toBe(true);
    }
  });

  test('abort brings everything back and keeps unrelated local changes', async () => {
    const made = await diverged(
      { a: 'ours' },
      { a: 'theirs', 'd/b': 'changed', new: 'n', gone: null },
    );
    const before = read(made.root);
    write(made.root, { same: 'local', untracked: 'u' });
    await made.merge('other', ada);
    await made.abortMerge();
    expect(read(made.root)).toEqual({ ...before, same: 'local', untracked: 'u' });
    const state = await made.status();
    expect(state.stagedFiles).toEqual([]);
    expect(state.modifiedFiles).toEqual(['same']);
    expect(state.conflicts).toEqual([]);
  });

  test('refuses when local changes are in the way, and changes nothing', async () => {
    const made = await diverged({ mine: 'm' }, { 'd/b': 'changed' });
    write(made.root, { 'd/b': 'local' });
    await expect(made.merge('other', ada)).rejects.toThrow('Local changes');
    expect(read(made.root)['d/b']).toBe('local');
    expect((await made.status()).mergingId).toBeUndefined();
  });

  test('follows a rename on one side and a change on the other', async () => {
    const made = await diverged({ 'd/b': null, moved: '2' }, { 'd/b': '2 and more' });
    await made.merge('other', ada);
    expect(read(made.root)).toMatchObject({ moved: '2 and more' });
    expect(exists(made.root, 'd/b')).toBe(false);
  });

  test('abort keeps what was staged elsewhere and leaves no directory of the other side behind', async () => {
    const made = await diverged({ a: 'ours' }, { a: 'theirs', 'new/deep/n': 'n' });
    await made.merge('other', ada);
    write(made.root, { same: 'staged' });
    await made.add(['same']);
    await made.abortMerge();
    expect(exists(made.root, 'new')).toBe(false);
    expect((await made.status()).stagedFiles).toMatchObject([{ path: 'same', state: 'modified' }]);
    expect(read(made.root)['same']).toBe('staged');
  });

  test('abort refuses, and changes nothing, when the user went on with what the merge brought', async () => {
    for (const local of [{ 'd/b': 'mine' }, { gone: 'mine' }, { 'new/n': 'mine' }]) {
      const made = await diverged(
        { a: 'ours' },
        { a: 'theirs', 'd/b': 'changed', gone: null, 'new/n': 'n' },
      );
      await made.merge('other', ada);
      write(made.root, local);
      const before = read(made.root);
      await expect(made.abortMerge()).rejects.toThrow(Object.keys(local)[0] ?? '');
      expect(read(made.root)).toEqual(before);
      expect((await made.status()).conflicts).toHaveLength(1);
    }
  });

  test('an unfinished one keeps other verbs from mixing it up', async () => {
    const made = await diverged({ a: 'ours' }, { a: 'theirs' });
    await made.merge('other', ada);
    const refusal = 'A merge is not finished yet.';
    await expect(made.checkout('other')).rejects.toThrow(refusal);
    await expect(made.checkoutNewBranch('third')).rejects.toThrow(refusal);
    expect(made.stores.reference('heads/third')).toBeUndefined();
    await expect(made.merge('other', ada)).rejects.toThrow(refusal);
    await made.checkout('other', { force: true });
    expect(read(made.root)['a']).toBe('theirs');
    expect(isClean(await made.status())).toBe(true);
    expect((await made.status()).mergingId).toBeUndefined();
  });

  test('refuses when a local file with changes is in conflict, also one that cannot be merged', async () => {
    const made = await diverged({ a: 'ours\0' }, { a: 'theirs\0' });
    write(made.root, { a: 'local' });
    await expect(made.merge('other', ada)).rejects.toThrow('Local changes');
    expect(read(made.root)['a']).toBe('local');
  });
});

test('a checkout that finds untracked files in a directory that must become a file changes nothing', async () => {
  const made = await committed({ 'd/a': '1', b: '1' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'other', { 'd/a': null, b: '2' });
  write(made.root, { d: null });
  await commitAll(made, 'file', { d: 'file' });
  await made.checkout('main');
  write(made.root, { 'd/untracked': 'u' });
  const before = read(made.root);
  await expect(made.checkout('other')).rejects.toThrow('d/untracked');
  expect(read(made.root)).toEqual(before);
  expect((await made.status()).unfinishedCheckout).toBe(false);
});

test('a branch that cannot be checked out is not made', async () => {
  const made = await committed({ a: '1' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'other', { a: '2' });
  write(made.root, { a: 'local' });
  await expect(made.checkoutNewBranch('third', 'HEAD~1')).rejects.toThrow('Local changes');
  expect(made.stores.reference('heads/third')).toBeUndefined();
});
