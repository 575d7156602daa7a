/** Taking back what a pull did, over a server of ours. */
import { expect, test } from 'vitest';
import { isClean } from '../../../src/core/model/status.js';
import { ada, commitAll, read, write } from '../../helpers/repository.js';
import { cloneOf, pushed } from '../../helpers/shared-repository.js';

test('a pull that moved the branch on is taken back with its files, and done again', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  const before = repository.branchCommit('main');
  const files = read(repository.root);
  await commitAll(origin, 'second', { 'images/a.txt': 'a tiger', 'new/x': 'x' });
  await origin.push();
  const { commitId } = await repository.pull();
  const { undone } = await repository.undo();
  expect(undone).toMatchObject({ verb: 'pull', summary: 'origin/main' });
  expect(repository.branchCommit('main')).toBe(before);
  expect(read(repository.root)).toEqual(files);
  expect(isClean(await repository.status())).toBe(true);
  await repository.undo();
  expect(repository.branchCommit('main')).toBe(commitId);
  expect(read(repository.root)).toEqual(read(origin.root));
});

test('a pull that merged is taken back, and what the user changed since stays or stands in the way', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  await commitAll(origin, 'theirs', { 'images/a.txt': 'a tiger' });
  await origin.push();
  const ours = await commitAll(repository, 'ours', { 'mine.txt': '1' });
  await repository.pull(undefined, { identity: ada });
  write(repository.root, { 'images/a.txt': 'my own' });
  await expect(repository.undo()).rejects.toThrow('Local changes');
  await repository.restore(['images/a.txt']);
  write(repository.root, { 'mine.txt': '2' });
  await repository.undo();
  expect(repository.branchCommit('main')).toBe(ours.id);
  expect(read(repository.root)['mine.txt']).toBe('2');
});
