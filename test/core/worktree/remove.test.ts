import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeEmptyDirectories, removeFiles } from '../../../src/core/worktree/remove.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

test('removes the named files and no others', () => {
  const root = workingTree({ 'd/a': '', 'd/b': '', 'd/-c\n': '', b: '' });
  expect(removeFiles({ root, directory: 'd', names: 'a\0-c\n' })).toEqual({
    removedCount: 2,
    problems: [],
  });
  expect(readdirSync(join(root, 'd'))).toEqual(['b']);
  expect(existsSync(join(root, 'b'))).toBe(true);
});

test('takes a missing file or directory for removed', () => {
  const root = workingTree({ 'd/a': '' });
  expect(removeFiles({ root, directory: 'd', names: 'x\0a' })).toEqual({
    removedCount: 1,
    problems: [],
  });
  expect(removeFiles({ root, directory: 'e/f', names: 'x' }).problems).toEqual([]);
});

test('removes a link and not what it points to', () => {
  const outside = workingTree({ keep: '' });
  const root = workingTree({ link: { link: join(outside, 'keep') } });
  expect(removeFiles({ root, directory: '', names: 'link' }).removedCount).toBe(1);
  expect(existsSync(join(outside, 'keep'))).toBe(true);
});

test('removes nothing through a linked directory', () => {
  const outside = workingTree({ 'keep/x': '', empty: null });
  const root = workingTree({ link: { link: outside } });
  expect(removeFiles({ root, directory: 'link/keep', names: 'x' }).removedCount).toBe(0);
  expect(removeEmptyDirectories(root, ['link/empty', 'link']).removed).toEqual([]);
  expect(existsSync(join(outside, 'keep/x')) && existsSync(join(outside, 'empty'))).toBe(true);
  expect(readdirSync(root)).toEqual(['link']);
});

test('leaves a directory in the place of a file alone and reports it', () => {
  const root = workingTree({ 'a/x': '' });
  expect(removeFiles({ root, directory: '', names: 'a' }).problems).toEqual([
    { name: 'a', code: 'type', message: 'it is a directory now' },
  ]);
  expect(existsSync(join(root, 'a/x'))).toBe(true);
});

test('reports files that may not be removed', () => {
  const root = workingTree({ 'd/a': '' });
  chmodSync(join(root, 'd'), 0o500);
  onTestFinished(() => chmodSync(join(root, 'd'), 0o700));
  withoutPrivileges(root, () => {
    expect(removeFiles({ root, directory: 'd', names: 'a' }).problems).toEqual([
      { name: 'a', code: 'EACCES', message: 'permission denied' },
    ]);
  });
});

test('removes chains of empty directories, and keeps what holds something', () => {
  const root = workingTree({ 'a/b/c': null, 'd/e': null, 'd/file': '' });
  expect(removeEmptyDirectories(root, ['', 'a', 'a/b', 'a/b/c', 'd', 'd/e', 'gone'])).toEqual({
    removed: ['a/b/c', 'a/b', 'd/e', 'a'],
    problems: [],
  });
  expect(readdirSync(root)).toEqual(['d']);
});
