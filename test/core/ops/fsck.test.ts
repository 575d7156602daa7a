/** What fsck says about a damaged content: where it is needed, and in a partial clone whether it had to be there. */
import { expect, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import type { Repository } from '../../../src/api/repository.js';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { ClonePart } from '../../../src/core/model/clone-part.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { flipContent, loseContent, noise } from '../../helpers/damage.js';
import { commitAll, committed, write } from '../../helpers/repository.js';
import { startTestServer } from '../../helpers/server.js';
import { cloneOf } from '../../helpers/shared-repository.js';

const [one, two, three] = [noise(1, 3000), noise(2, 3001), noise(3, 3002)] as const;

/** Where fsck says that contents are needed. */
async function needs(made: Repository) {
  const { problems } = await made.fsck();
  return problems.map(({ kind, path, commitId, sizeBytes, hash }) => ({
    kind,
    path,
    commitId,
    sizeBytes,
    hash,
  }));
}

test('a damaged content that is only staged is named with its path and no commit', async () => {
  const made = await committed({ a: one });
  write(made.root, { 'd/b': two });
  await made.add(['.']);
  flipContent(made, two);
  expect(await needs(made)).toEqual([
    { kind: 'content', path: 'd/b', commitId: undefined, sizeBytes: 3001, hash: hashBytes(two) },
  ]);
  expect((await made.fsck()).losses).toEqual([]);
});

test('a damaged content that only an old commit needs is named with that commit', async () => {
  const made = await committed({ 'd/a': one, b: two });
  await commitAll(made, 'second', { 'd/a': three });
  flipContent(made, one);
  const commitId = made.resolve('HEAD~1');
  expect(await needs(made)).toEqual([
    { kind: 'content', path: 'd/a', commitId, sizeBytes: 3000, hash: hashBytes(one) },
  ]);
  expect((await made.fsck()).losses).toEqual([{ commitId, paths: ['d/a'] }]);
});

test('a damaged content at several paths is named once, at the newest commit and its first path', async () => {
  const made = await committed({ a: one, z: one });
  await commitAll(made, 'second', { a: two, 'e/f': one });
  write(made.root, { staged: one });
  await made.add(['.']);
  flipContent(made, one);
  const [second, first] = [made.resolve('HEAD'), made.resolve('HEAD~1')];
  expect(await needs(made)).toEqual([
    { kind: 'content', path: 'e/f', commitId: second, sizeBytes: 3000, hash: hashBytes(one) },
  ]);
  expect((await made.fsck()).losses).toEqual([
    { commitId: second, paths: ['e/f', 'z'] },
    { commitId: first, paths: ['a', 'z'] },
  ]);
});

test('several damaged and missing contents are named in the order of the tree', async () => {
  const made = await committed({ a: one, 'd/b': two, 'd/c': three });
  flipContent(made, three);
  loseContent(made, one);
  const problems = (await made.fsck()).problems.map(({ path, message }) => [path, message]);
  expect(problems).toEqual([
    ['a', 'Its content is missing.'],
    ['d/c', expect.stringContaining('is damaged')],
  ]);
});

test('a damaged directory hides nothing of what lies beside it', async () => {
  const made = await committed({ 'a/b': one, 'c/d': two, 'e/f': three });
  flipContent(made, three);
  const { node } = made.nodeAt('c');
  if (node.kind !== 'dir') throw new Error('it is a directory');
  made.stores.environment.transaction(() => made.stores.nodes.remove(node.dir.hash));
  const { problems, contentCount } = await made.fsck();
  expect(problems.map(({ kind, path }) => [kind, path])).toEqual([
    ['node', 'c'],
    ['content', 'e/f'],
  ]);
  expect(contentCount).toBe(2);
});

const part: ClonePart = { subtrees: ['in' as RepoPath], depth: undefined };

/** A clone of the directory `in` of a repository with these files. */
async function partOf(files: Readonly<Record<string, Buffer>>): Promise<Repository> {
  const { url } = await startTestServer();
  await createRemote(url('ada/farm'));
  const origin = await committed(files);
  origin.setRemote('origin', url('ada/farm'));
  await origin.push();
  return (await cloneOf(url('ada/farm'), undefined, { part })).repository;
}

test('in a partial clone a content at a held and at another path must be there', async () => {
  const made = await partOf({ 'a/first': one, 'in/same': one, 'out/other': two });
  expect(await made.fsck()).toMatchObject({ problems: [], absentCount: 1, contentCount: 1 });
  loseContent(made, one);
  const commitId = made.resolve('HEAD');
  expect(await needs(made)).toEqual([
    { kind: 'content', path: 'in/same', commitId, sizeBytes: 3000, hash: hashBytes(one) },
  ]);
  expect(await made.fsck()).toMatchObject({ absentCount: 1, contentCount: 1 });
});

test('in a partial clone a content that only older commits need may be absent, but not be damaged', async () => {
  const made = await partOf({ 'in/a': one });
  await commitAll(made, 'second', { 'in/a': two });
  await commitAll(made, 'third', { 'in/a': three });
  flipContent(made, two);
  expect((await needs(made)).map(({ path }) => path)).toEqual(['in/a']);
  loseContent(made, two);
  expect(await made.fsck()).toMatchObject({ problems: [], absentCount: 1, contentCount: 2 });
});

test('in a partial clone a staged content must be there although an older commit has it too', async () => {
  const made = await partOf({ 'in/a': one });
  await commitAll(made, 'second', { 'in/a': two });
  await commitAll(made, 'third', { 'in/a': three });
  write(made.root, { 'in/a': two });
  await made.add(['.']);
  loseContent(made, two);
  expect((await needs(made)).map(({ path }) => path)).toEqual(['in/a']);
});
