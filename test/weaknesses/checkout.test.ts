/** Rows of the lists of weaknesses about checkout, restore and what is written into the working tree (docs/weaknesses.md). */
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashBytes } from '../../src/core/format/hashing.js';
import { hashToBytes } from '../../src/core/model/hash.js';
import { isClean } from '../../src/core/model/status.js';
import { ada, commitAll, committed, exists, read, write } from '../helpers/repository.js';

test('weakness 3.2, case 5.9: a commit id is checked out with a detached HEAD, and always means the same commit', async () => {
  const made = await committed({ a: '1' });
  const first = made.resolve('HEAD');
  await commitAll(made, 'second', { a: '2' });
  await made.checkout(first);
  expect(made.currentBranch()).toBeUndefined();
  const detached = await commitAll(made, 'detached', { a: '3' });
  await made.checkout('main');
  await made.checkout(first);
  expect(read(made.root)).toEqual({ a: '1' });
  await made.checkout('HEAD');
  expect(made.branches().map(({ name }) => name)).toEqual(['main']);
  expect(made.resolve(detached.id)).toBe(detached.id);
});

test('case 5.10: a commit id that is checked out through the library switches the files and raises nothing', async () => {
  const made = await committed({ a: '1' });
  const first = made.resolve('HEAD');
  await commitAll(made, 'second', { a: '2' });
  await expect(made.checkout(first)).resolves.toMatchObject({ commitId: first });
  expect(read(made.root)).toEqual({ a: '1' });
});

test('weakness 3.3, case 5.11: files come back with the umask of the user', async () => {
  const made = await committed({ a: '1', 'd/b': '2' });
  rmSync(join(made.root, 'd'), { recursive: true });
  const before = process.umask(0o027);
  try {
    write(made.root, { a: 'changed' });
    await made.restore(['.']);
  } finally {
    process.umask(before);
  }
  for (const path of ['a', 'd/b']) expect(statSync(join(made.root, path)).mode & 0o777).toBe(0o640);
});

test('case 5.3: a checkout or restore that lacks a content changes nothing', async () => {
  const made = await committed({ a: '1', b: '1', gone: 'g' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'other', { a: '2', b: 'lost', gone: null, new: 'n' });
  await made.checkout('main');
  const { stores } = made;
  const lost = hashToBytes(hashBytes(Buffer.from('lost')));
  stores.environment.transaction(() => stores.versions.remove(lost, new Uint8Array(0)));
  const before = read(made.root);
  await expect(made.checkout('other')).rejects.toMatchObject({ kind: 'integrity' });
  expect(read(made.root)).toEqual(before);
  expect(isClean(await made.status())).toBe(true);
  expect((await made.status()).unfinishedCheckout).toBe(false);
});

test('weakness 3.4, case 5.12: links are skipped with a note, never followed, and in the way of nothing', async () => {
  const notes: string[] = [];
  const events = (event: { type: string; path?: string }) => {
    if (event.type === 'note') notes.push(event.path ?? '');
  };
  const made = await committed({ a: '1', 'd/b': '2' }, { events });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'other', { a: '2', 'd/b': '3' });
  await made.checkout('main');
  symlinkSync('a', join(made.root, 'link'));
  symlinkSync('nowhere', join(made.root, 'dangling'));
  symlinkSync('.', join(made.root, 'circle'));
  await made.add(['.', 'link']);
  expect(new Set(notes)).toEqual(new Set(['circle', 'dangling', 'link']));
  expect(isClean(await made.status())).toBe(true);
  rmSync(join(made.root, 'a'));
  mkdirSync(join(made.root, 'a'));
  await made.restore(['d']);
  rmSync(join(made.root, 'a'), { recursive: true });
  writeFileSync(join(made.root, 'a'), '1');
  await made.checkout('other');
  expect(lstatSync(join(made.root, 'link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(made.root, 'a'), 'utf8')).toBe('2');
});

test('case 5.12: a link in the place of a tracked directory leads nothing out of the tree', async () => {
  const made = await committed({ 'd/b': '1' });
  const outside = await committed({ b: 'outside' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'other', { 'd/b': '2' });
  rmSync(join(made.root, 'd'), { recursive: true });
  symlinkSync(outside.root, join(made.root, 'd'));
  await expect(made.checkout('main')).rejects.toThrow('d');
  await made.restore(['.']).catch(() => undefined);
  await made.checkout('main', { force: true }).catch(() => undefined);
  expect(readFileSync(join(outside.root, 'b'), 'utf8')).toBe('outside');
});

test('weakness 3.10: short ids, HEAD~n, tags, stash, mv and the log of a path are there', async () => {
  const made = await committed({ a: '1', b: '1' });
  const first = made.resolve('HEAD');
  await commitAll(made, 'second', { b: '2' });
  expect(made.resolve(first.slice(0, 8))).toBe(first);
  expect(made.resolve('HEAD~1')).toBe(first);
  made.createTag('v1', 'HEAD~1');
  expect(made.resolve('v1')).toBe(first);
  write(made.root, { a: 'local' });
  await made.stash();
  expect(read(made.root)['a']).toBe('1');
  await made.applyStash({ drop: true });
  expect(read(made.root)['a']).toBe('local');
  await made.restore(['a']);
  await made.move(['a'], 'c');
  expect((await made.status()).movedFiles).toEqual([{ from: 'a', to: 'c' }]);
  expect([...made.log()][0]).toMatchObject({ email: ada.email });
  expect(exists(made.root, 'c')).toBe(true);
});
