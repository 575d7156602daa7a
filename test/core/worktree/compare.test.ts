import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { FileIndexRunBuilder, fileIndexFlags } from '../../../src/core/format/file-index-run.js';
import type { DirectoryComparison } from '../../../src/core/model/jobs.js';
import { sortBytewise } from '../../../src/core/model/path.js';
import { compareDirectories } from '../../../src/core/worktree/compare.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

const hash = new Uint8Array(16);

/** Rows for the files of a directory as they are now, in runs of at most `rows`. */
function index(root: string, directory = '', rows = 512, flags = 0): Uint8Array[] {
  const names = sortBytewise(readdirSync(join(root, directory))).filter((name) =>
    lstatSync(join(root, directory, name)).isFile(),
  );
  const runs: Uint8Array[] = [];
  for (let start = 0; start < names.length; start += rows) {
    const builder = new FileIndexRunBuilder();
    for (const name of names.slice(start, start + rows)) {
      builder.append(name, lstatSync(join(root, directory, name)), hash, flags);
    }
    runs.push(builder.finish());
  }
  return runs;
}

function compare(root: string, runs: readonly Uint8Array[], path = ''): DirectoryComparison {
  const [comparison] = compareDirectories({ root, directories: [{ path, runs }] });
  if (comparison === undefined) throw new Error('no comparison');
  return comparison;
}

test('counts untouched files and says nothing else', () => {
  const root = workingTree({ a: '1', b: '2', 'd/c': '3' });
  expect(compare(root, index(root))).toEqual({
    listing: { directory: '', names: 'd', kinds: 'd', hasIgnoreFile: false, badNames: [] },
    cleanCount: 2,
    changed: '',
    suspect: '',
    missing: '',
  });
});

test('tells new, changed, suspect and missing files apart', () => {
  const root = workingTree({ b: '1', c: '2', d: '3', e: '4' });
  const runs = index(root);
  writeFileSync(join(root, 'a'), 'new');
  writeFileSync(join(root, 'b'), 'longer');
  utimesSync(join(root, 'c'), 1, 1);
  rmSync(join(root, 'd'));
  expect(compare(root, runs)).toMatchObject({
    listing: { names: 'a', kinds: 'f' },
    cleanCount: 1,
    changed: 'b',
    suspect: 'c',
    missing: 'd',
  });
});

test('sees an edit of the same size whose mtime was put back', () => {
  const root = workingTree({ a: 'one' });
  const { atime, mtime } = statSync(join(root, 'a'));
  utimesSync(join(root, 'a'), atime, mtime);
  const runs = index(root);
  const before = lstatSync(join(root, 'a')).ctimeMs;
  do {
    writeFileSync(join(root, 'a'), 'two');
    utimesSync(join(root, 'a'), atime, mtime);
  } while (lstatSync(join(root, 'a')).ctimeMs === before);
  expect(compare(root, runs)).toMatchObject({ cleanCount: 0, suspect: 'a' });
});

test('sees a file that was replaced by another of the same size and times', () => {
  const root = workingTree({ a: 'one', other: 'two' });
  utimesSync(join(root, 'a'), 1, 1);
  utimesSync(join(root, 'other'), 1, 1);
  const runs = index(root);
  renameSync(join(root, 'other'), join(root, 'a'));
  expect(compare(root, runs)).toMatchObject({ suspect: 'a', missing: 'other' });
});

test('does not trust rows that are racy or were never seen, but believes another size', () => {
  const root = workingTree({ a: '1' });
  expect(compare(root, index(root, '', 512, fileIndexFlags.racy)).suspect).toBe('a');
  expect(compare(root, index(root, '', 512, fileIndexFlags.statInvalid)).suspect).toBe('a');
  const racy = index(root, '', 512, fileIndexFlags.racy);
  const unseen = index(root, '', 512, fileIndexFlags.statInvalid);
  writeFileSync(join(root, 'a'), '12');
  expect(compare(root, racy).changed).toBe('a');
  expect(compare(root, unseen).suspect).toBe('a');
});

test('takes a file for missing that a directory or a link replaced, until it is back', () => {
  const root = workingTree({ a: '1', b: '2' });
  const runs = index(root);
  for (const name of ['a', 'b']) renameSync(join(root, name), join(root, `${name}.kept`));
  mkdirSync(join(root, 'a'));
  symlinkSync('b.kept', join(root, 'b'));
  expect(compare(root, runs)).toMatchObject({
    listing: { names: 'a\0a.kept\0b\0b.kept', kinds: 'dflf' },
    missing: 'a\0b',
  });
  for (const name of ['a', 'b']) {
    rmSync(join(root, name), { recursive: true });
    renameSync(join(root, `${name}.kept`), join(root, name));
  }
  expect(compare(root, runs)).toMatchObject({ missing: '', suspect: 'a\0b' });
});

test('misses all files of a directory that is gone or a link to one now', () => {
  const root = workingTree({ 'd/a': '1', 'd/b': '2' });
  const runs = index(root, 'd');
  renameSync(join(root, 'd'), join(root, 'e'));
  expect(compare(root, runs, 'd')).toMatchObject({ missing: 'a\0b', listing: { names: '' } });
  symlinkSync('e', join(root, 'd'));
  expect(compare(root, runs, 'd')).toMatchObject({ missing: 'a\0b', listing: { names: '' } });
});

test('says nothing about the files of a directory that cannot be read', () => {
  const root = workingTree({ 'd/a': '1' });
  const runs = index(root, 'd');
  chmodSync(join(root, 'd'), 0);
  onTestFinished(() => chmodSync(join(root, 'd'), 0o700));
  withoutPrivileges(root, () => {
    expect(compare(root, runs, 'd')).toMatchObject({
      listing: { error: { code: 'EACCES' } },
      cleanCount: 0,
      missing: '',
    });
  });
});

test('suspects files whose stat values cannot be had', () => {
  const root = workingTree({ 'd/a': '1' });
  const runs = index(root, 'd');
  chmodSync(join(root, 'd'), 0o400);
  onTestFinished(() => chmodSync(join(root, 'd'), 0o700));
  withoutPrivileges(root, () => {
    expect(compare(root, runs, 'd')).toMatchObject({ suspect: 'a', missing: '' });
  });
});

test('sees an ignore file also where it is tracked', () => {
  const root = workingTree({ '.oxenignore': '*.tmp', a: '' });
  const { listing, cleanCount } = compare(root, index(root));
  expect(listing).toMatchObject({ names: '', hasIgnoreFile: true });
  expect(cleanCount).toBe(2);
});

test('agrees with a plain comparison of names, however the rows are cut into runs', () => {
  const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh', 'é', '\uff5e', '\u{1f402}', 'a.b'), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 4 }), (before, after, rows) => {
      const root = workingTree(Object.fromEntries(before.map((name) => [name, 'x'])));
      const runs = index(root, '', rows);
      for (const name of before) if (!after.includes(name)) rmSync(join(root, name));
      for (const name of after) if (!before.includes(name)) writeFileSync(join(root, name), 'y');
      const { listing, cleanCount, missing } = compare(root, runs);
      const only = (left: string[], right: string[]) =>
        sortBytewise(left.filter((name) => !right.includes(name))).join('\0');
      expect(missing).toBe(only(before, after));
      expect(listing.names).toBe(only(after, before));
      expect(cleanCount).toBe(before.filter((name) => after.includes(name)).length);
    }),
  );
});
