import { expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import type { HistoryOptions } from '../../../src/api/repository-history.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { ada, commitAll, committed, write } from '../../helpers/repository.js';

async function messages(made: Repository, options: HistoryOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const { message } of made.history(options)) found.push(message);
  return found;
}

test('features 3, row 10: a log by path shows the commits that changed it, newest first', async () => {
  const made = await committed({ 'd/a': '1', 'd/b': '1', c: '1' });
  await commitAll(made, 'a changes', { 'd/a': '2' });
  await commitAll(made, 'c changes', { c: '2' });
  await commitAll(made, 'a goes', { 'd/a': null });
  await commitAll(made, 'a is back', { 'd/a': '3' });
  expect(await messages(made, { paths: ['d/a'] })).toEqual([
    'a is back',
    'a goes',
    'a changes',
    'first',
  ]);
  expect(await messages(made, { paths: ['d'] })).toHaveLength(4);
  expect(await messages(made, { paths: ['c', 'd/b'] })).toEqual(['c changes', 'first']);
  expect(await messages(made, { paths: ['d/a'], limit: 2 })).toEqual(['a is back', 'a goes']);
  expect(await messages(made, { paths: ['d/a'], revision: 'HEAD~3..HEAD~1' })).toEqual(['a goes']);
  expect(await messages(made, { paths: ['nowhere'] })).toEqual([]);
});

test('a merge that takes a path from one side as it is does not count as a change of it', async () => {
  const made = await committed({ a: '1', b: '1' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'theirs', { a: '2' });
  await made.checkout('main');
  await commitAll(made, 'ours', { b: '2' });
  await made.merge('other', ada);
  expect(await messages(made, { paths: ['a'] })).toEqual(['theirs', 'first']);
  made.createTag('t');
  await made.checkoutNewBranch('third', 'HEAD~1');
  await commitAll(made, 'aside', { c: '1' });
  const everywhere = { everywhere: true, isTopological: true };
  expect(await messages(made, everywhere)).toHaveLength(5);
  await made.checkout('main');
  const all = await messages(made, { isTopological: true });
  expect(all).toEqual(['Merge commit other into main', 'theirs', 'ours', 'first']);
});

test('a log by author and time shows only what meets both', async () => {
  const made = await committed({ a: '1' });
  const first = made.stores.commit(made.resolve('HEAD'));
  write(made.root, { a: '2' });
  await made.add(['a']);
  const second = await made.commit('by bessie', { name: 'Bessie', email: 'b@farm.org' });
  expect(await messages(made, { criteria: { author: 'LOVELACE' } })).toEqual(['first']);
  expect(await messages(made, { criteria: { author: '@farm' } })).toEqual(['by bessie']);
  const sinceSeconds = second.timestamp.seconds;
  expect(await messages(made, { criteria: { sinceSeconds } })).toEqual(['by bessie']);
  const untilSeconds = first?.timestamp.seconds ?? 0;
  expect(await messages(made, { criteria: { untilSeconds } })).toEqual(['first']);
});

test('a log by path reads no directory twice, and none beside the path', async () => {
  const made = await committed({ 'd/e/a': '1', 'x/y/z': '1' });
  for (let index = 2; index < 7; index++) await commitAll(made, 'x', { 'x/y/z': `${index}` });
  const commitIds = new Set<Hash>([...made.log()].map(({ id }) => id));
  const reads: Hash[] = [];
  const { nodes } = made.stores;
  const read = nodes.read.bind(nodes);
  nodes.read = (id) => {
    if (!commitIds.has(id)) reads.push(id);
    return read(id);
  };
  expect(await messages(made, { paths: ['d/e/a'] })).toEqual(['first']);
  // Six roots that differ, with a vnode each; `d` and `d/e` are the same in all of them.
  expect(reads).toHaveLength(2 * (6 + 2));
  expect(new Set(reads).size).toBe(reads.length);
});
