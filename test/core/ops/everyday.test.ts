import { describe, expect, test } from 'vitest';
import { isClean } from '../../../src/core/model/status.js';
import {
  ada,
  commitAll,
  committed,
  exists,
  read,
  repository,
  write,
} from '../../helpers/repository.js';

describe('add and commit', () => {
  test('stage and record new, changed and removed files', async () => {
    const made = await repository({ 'a.txt': '1', 'd/b.txt': '2' });
    const added = await made.add(['.']);
    expect(added).toMatchObject({ addedCount: 2, modifiedCount: 0, removedCount: 0, sizeBytes: 2 });
    const first = await made.commit('first', ada);
    expect(isClean(await made.status())).toBe(true);
    write(made.root, { 'a.txt': 'changed', 'd/b.txt': null, 'c.txt': '3' });
    const state = await made.status();
    expect(state.modifiedFiles).toEqual(['a.txt']);
    expect(state.removedFiles).toEqual(['d/b.txt']);
    expect(state.untrackedFiles).toEqual(['c.txt']);
    const again = await made.add(['.']);
    expect(again).toMatchObject({ addedCount: 1, modifiedCount: 1, removedCount: 1 });
    const second = await made.commit('second', ada);
    expect(second.parentIds).toEqual([first.id]);
    expect(isClean(await made.status())).toBe(true);
    expect([...made.log()].map(({ message }) => message)).toEqual(['second', 'first']);
  });

  test('refuse an empty commit', async () => {
    const made = await committed({ a: '1' });
    await expect(made.commit('again', ada)).rejects.toThrow('No changes to commit');
    await made.add(['.']);
    await expect(made.commit('again', ada)).rejects.toThrow('No changes to commit');
  });

  test('unstage a file that is put back to what HEAD holds', async () => {
    const made = await committed({ a: '1' });
    write(made.root, { a: '2' });
    await made.add(['a']);
    write(made.root, { a: '1' });
    await made.add(['a']);
    expect(isClean(await made.status())).toBe(true);
  });

  test('see a same-size edit whose mtime was put back', async () => {
    const made = await committed({ a: '1' });
    const { utimesSync, statSync } = await import('node:fs');
    const before = statSync(`${made.root}/a`);
    write(made.root, { a: '2' });
    utimesSync(`${made.root}/a`, before.atime, before.mtime);
    expect((await made.status()).modifiedFiles).toEqual(['a']);
  });

  test('stage what vanished, directories included', async () => {
    const made = await committed({ 'd/e/a': '1', 'd/b': '2', c: '3' });
    write(made.root, { d: null });
    expect((await made.status()).removedDirectories).toEqual(['d']);
    expect(await made.add(['d'])).toMatchObject({ removedCount: 2 });
    await made.commit('second', ada);
    expect(isClean(await made.status())).toBe(true);
    await made.checkout('HEAD~1');
    expect(read(made.root)).toEqual({ 'd/e/a': '1', 'd/b': '2', c: '3' });
  });

  test('refuse a path outside the repository and one that is nowhere', async () => {
    const made = await committed({ a: '1' });
    await expect(made.add(['../x'])).rejects.toThrow('outside the repository');
    await expect(made.add(['nope'])).rejects.toThrow('neither on disk nor committed');
  });
});

describe('checkout', () => {
  test('cli.md 5: of HEAD stays on the branch, and takes over where that was moved to', async () => {
    const made = await committed({ a: '1' });
    const second = await commitAll(made, 'second', { a: '2' });
    await made.checkout('HEAD');
    expect(made.stores.head()).toEqual({ kind: 'branch', branch: 'main' });
    made.forceBranch('main', 'HEAD~1');
    await made.checkout('HEAD', { force: true });
    expect(made.stores.head()).toEqual({ kind: 'branch', branch: 'main' });
    expect(read(made.root)).toEqual({ a: '1' });
    await made.checkout(second.id);
    await made.checkout('@');
    expect(made.stores.head()).toEqual({ kind: 'detached', commitId: second.id });
  });

  test('switches between branches and back', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'second', { a: 'x', 'd/b': null, d: null, 'e/f': '3' });
    await made.checkout('main');
    expect(read(made.root)).toEqual({ a: '1', 'd/b': '2' });
    expect(exists(made.root, 'e')).toBe(false);
    expect(isClean(await made.status())).toBe(true);
    await made.checkout('other');
    expect(read(made.root)).toEqual({ a: 'x', 'e/f': '3' });
    expect(isClean(await made.status())).toBe(true);
  });

  test('refuses to overwrite local changes unless forced, and changes nothing then', async () => {
    const made = await committed({ a: '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'second', { a: '2', b: '3' });
    await made.checkout('main');
    write(made.root, { a: 'mine', b: 'untracked' });
    await expect(made.checkout('other')).rejects.toThrow('Local changes');
    expect(read(made.root)).toEqual({ a: 'mine', b: 'untracked' });
    await made.checkout('other', { force: true });
    expect(read(made.root)).toEqual({ a: '2', b: '3' });
    expect(isClean(await made.status())).toBe(true);
  });

  test('lets local changes through that are the same on the other side, and keeps unrelated ones', async () => {
    const made = await committed({ a: '1', c: '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'second', { a: '2' });
    await made.checkout('main');
    write(made.root, { a: '2', c: 'mine' });
    await made.checkout('other');
    expect((await made.status()).modifiedFiles).toEqual(['c']);
  });

  test('of an id detaches HEAD and makes no branch', async () => {
    const made = await committed({ a: '1' });
    const first = made.resolve('HEAD');
    await commitAll(made, 'second', { a: '2' });
    await made.checkout(first);
    expect((await made.status()).branch).toBeUndefined();
    await commitAll(made, 'third', { a: '3' });
    expect(made.resolve(first)).toBe(first);
    await made.checkout('main');
    expect(read(made.root)).toEqual({ a: '2' });
  });

  test('forgets a file of which the user has made the directory that the other commit has', async () => {
    const made = await committed({ a: '1', b: '2' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'a directory', { b: null, 'b/c': '3' });
    await made.checkout('main');
    write(made.root, { b: null, 'b/c': '3' });
    await made.checkout('other');
    expect(isClean(await made.status())).toBe(true);
    await made.add(['.']);
    await made.commit('nothing else', ada, { allowEmpty: true });
    await made.checkout('main');
    await made.checkout('other');
    expect(read(made.root)).toEqual({ a: '1', 'b/c': '3' });
  });
});

describe('restore and remove', () => {
  test('restore brings back what is missing or changed and leaves the rest', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    write(made.root, { a: 'x', d: null, u: 'untracked' });
    expect(await made.restore(['.'])).toEqual({ restoredCount: 2 });
    expect(read(made.root)).toEqual({ a: '1', 'd/b': '2', u: 'untracked' });
    expect((await made.status()).modifiedFiles).toEqual([]);
  });

  test('unstage takes staged changes back and keeps the files', async () => {
    const made = await committed({ a: '1' });
    write(made.root, { a: '2', b: '3' });
    await made.add(['.']);
    await made.unstage(['.']);
    const state = await made.status();
    expect(state.stagedFiles).toEqual([]);
    expect(state.modifiedFiles).toEqual(['a']);
    expect(state.untrackedFiles).toEqual(['b']);
  });

  test('remove spares untracked files and asks before it loses changes', async () => {
    const made = await committed({ 'd/a': '1', 'd/b': '2' });
    write(made.root, { 'd/u': 'untracked', 'd/b': 'changed' });
    await expect(made.remove(['d'])).rejects.toThrow('requires -r');
    await expect(made.remove(['d'], { recursive: true })).rejects.toThrow('have changes');
    await made.remove(['d'], { recursive: true, force: true });
    expect(read(made.root)).toEqual({ 'd/u': 'untracked' });
    await made.commit('gone', ada);
    expect((await made.status()).untrackedDirectories).toEqual([{ path: 'd', itemCount: 1 }]);
  });
});
