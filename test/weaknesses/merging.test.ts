/** Rows of the lists of weaknesses about merges and histories (docs/weaknesses.md). */
import { expect, test } from 'vitest';
import { createRemote } from '../../src/api/remote.js';
import type { Repository } from '../../src/api/repository.js';
import { isClean } from '../../src/core/model/status.js';
import { ada, commitAll, committed, exists, read, write } from '../helpers/repository.js';
import { startTestServer } from '../helpers/server.js';

/** Both sides changed `a` differently; theirs has more to bring. */
async function conflicting(): Promise<Repository> {
  const made = await committed({ a: 'base\n', b: 'b', keep: 'k' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'theirs', { a: 'theirs\n', b: 'changed', 'new/n': 'n' });
  await made.checkout('main');
  await commitAll(made, 'ours', { a: 'ours\n' });
  expect((await made.merge('other', ada)).kind).toBe('conflicts');
  return made;
}

test('weakness 3.1, case 5.7: nothing is committed during a conflict, and the clean changes of the other side stay staged', async () => {
  const made = await conflicting();
  write(made.root, { unrelated: 'u' });
  await made.add(['unrelated']);
  await expect(made.commit('too early', ada)).rejects.toThrow('unresolved conflicts');
  await expect(made.commit('empty', ada, { allowEmpty: true })).rejects.toThrow('unresolved');
  await expect(made.merge('other', ada)).rejects.toThrow('not finished');
  const staged = (await made.status()).stagedFiles.map(({ path }) => path);
  expect(staged).toEqual(['b', 'new/n', 'unrelated']);
  write(made.root, { a: 'both\n' });
  await made.add(['a']);
  await made.commit('merged', ada);
  expect(read(made.root)).toEqual({
    a: 'both\n',
    b: 'changed',
    keep: 'k',
    'new/n': 'n',
    unrelated: 'u',
  });
  expect(isClean(await made.status())).toBe(true);
});

test('weakness 3.20: a conflict is written with markers, and a clone checks out a branch that the remote has', async () => {
  const made = await conflicting();
  expect(read(made.root)['a']).toBe('<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n');
  await made.abortMerge();
  await made.checkoutNewBranch('trunk');
  const { url } = await startTestServer();
  await createRemote(url('ada/cats'));
  made.setRemote('origin', url('ada/cats'));
  await made.push({ remote: 'origin', branch: 'trunk' });
  const { Repository } = await import('../../src/api/repository.js');
  const copy = `${made.root}/../${made.root.split('/').at(-1)}-copy`;
  const { repository } = await Repository.clone(url('ada/cats'), copy);
  expect(repository.currentBranch()).toBe('trunk');
  expect(read(repository.root)['a']).toBe('ours\n');
  await repository.close();
});

test('case 5.8: the parents of a merge are the current branch, then the merged one, after a conflict too', async () => {
  const made = await conflicting();
  await made.takeSide('theirs', ['a']);
  const { parentIds } = await made.commit('after a conflict', ada);
  expect(parentIds).toEqual([made.resolve('HEAD~1'), made.resolve('other')]);
  await made.checkout('other');
  await commitAll(made, 'more', { more: 'm' });
  await made.checkout('main');
  await commitAll(made, 'ours again', { own: 'o' });
  const result = await made.merge('other', ada);
  if (result.kind !== 'merged') throw new Error(result.kind);
  expect(result.commit.parentIds).toEqual([made.resolve('HEAD~1'), made.resolve('other')]);
});

test('case 5.4: histories without a common commit are merged only when that is asked for', async () => {
  const one = await committed({ a: '1' });
  const other = await committed({ b: '2' });
  const { url } = await startTestServer();
  await createRemote(url('ada/other'));
  other.setRemote('origin', url('ada/other'));
  await other.push();
  one.setRemote('origin', url('ada/other'));
  await one.fetch();
  await expect(one.merge('origin/main', ada)).rejects.toThrow('no commit in common');
  await expect(one.pull(undefined, { identity: ada })).rejects.toThrow('no commit in common');
  expect(exists(one.root, 'b')).toBe(false);
  const result = await one.merge('origin/main', ada, { allowUnrelated: true });
  expect(result.kind).toBe('merged');
  expect(read(one.root)).toEqual({ a: '1', b: '2' });
});
