import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OperationError } from '../../../src/core/model/errors.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { isTemporaryName } from '../../../src/core/model/path.js';
import { temporaryName } from '../../../src/core/worktree/temporary-names.js';
import {
  clearTemporaryFiles,
  forgetWriting,
  noteWriting,
} from '../../../src/core/worktree/writing-note.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

const half = '.oxen-tmp-12-0-3';
const paths = (...texts: string[]) => texts as RepoPath[];

test('knows its own names and no others', () => {
  expect(isTemporaryName(temporaryName(7))).toBe(true);
  expect(isTemporaryName(half)).toBe(true);
  for (const name of ['.oxen-tmp-', '.oxen-tmp-1-2', '.oxen-tmp-1-2-3.png', 'x.oxen-tmp-1-2-3']) {
    expect(isTemporaryName(name)).toBe(false);
  }
});

test('removes what a run left in the directories that it noted, and nothing else', () => {
  const root = workingTree({
    [half]: '1',
    'a/b/keep': '2',
    [`a/b/${half}`]: '3',
    [`c/${half}`]: '4',
  });
  noteWriting(root, paths('', 'a/b', 'gone'));
  expect(existsSync(join(root, half))).toBe(true);
  clearTemporaryFiles(root);
  expect(readdirSync(root).sort()).toEqual(['.oxen', 'a', 'c']);
  expect(readdirSync(join(root, 'a/b'))).toEqual(['keep']);
  expect(readdirSync(join(root, 'c'))).toEqual([half]);
  expect(existsSync(join(root, '.oxen/tmp'))).toBe(false);
});

test('a new note clears what the one before it names', () => {
  const root = workingTree({ [`a/${half}`]: '1' });
  noteWriting(root, paths('a'));
  noteWriting(root, paths('b'));
  expect(readdirSync(join(root, 'a'))).toEqual([]);
  expect(readFileSync(join(root, '.oxen/tmp/writing'), 'utf8')).toBe('b\0');
});

test('a run that ended leaves no note', () => {
  const root = workingTree({ [`a/${half}`]: '1' });
  noteWriting(root, paths('a'));
  forgetWriting(root);
  clearTemporaryFiles(root);
  expect(readdirSync(join(root, 'a'))).toEqual([half]);
});

test('says what cannot be written', () => {
  const root = workingTree({ '.oxen/tmp/writing': '' });
  chmodSync(join(root, '.oxen'), 0o555);
  onTestFinished(() => chmodSync(join(root, '.oxen'), 0o755));
  withoutPrivileges(root, () => {
    expect(() => noteWriting(root, paths('a'))).toThrow(OperationError);
    expect(() => noteWriting(root, paths('a'))).toThrow(/Cannot remove .*: permission denied/);
  });
});

test('believes no path of a damaged note, and follows no link', () => {
  const outside = workingTree({ [half]: 'theirs' });
  const root = workingTree({ link: { link: outside }, 'tree/.oxen/tmp/x': '' });
  const tree = join(root, 'tree');
  writeFileSync(join(tree, '.oxen/tmp/writing'), `../link\0${outside}\0..\0.oxen`);
  clearTemporaryFiles(tree);
  noteWriting(root, paths('link'));
  clearTemporaryFiles(root);
  expect(readdirSync(outside)).toEqual([half]);
});
