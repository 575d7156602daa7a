import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IntegrityError } from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { parentPath, type RepoPath, rootPath } from '../../../src/core/model/path.js';
import {
  compareDirectories,
  compareTrees,
  isDifference,
  type TreeDifference,
} from '../../../src/core/tree/compare.js';
import { lookupDirectory, lookupPath } from '../../../src/core/tree/read.js';
import { walkDirectories, walkTree } from '../../../src/core/tree/walk.js';
import { MemoryTree } from '../../helpers/memory-tree.js';

const names = ['a', 'b', 'é', 'd/a', 'd/b', 'd/e/a', 'd/e/𝒳', 'f/g/h/i', 'f/g/h', 'x'];
const someFiles = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom('1', '2')), {
    selector: ([name]) => name,
    maxLength: 8,
  })
  .filter((files) => !files.some(([name]) => name === 'f/g/h') || files.length < 4)
  .map((files) => {
    const held = new Set(files.map(([name]) => name));
    return Object.fromEntries(files.filter(([name]) => name !== 'f/g/h/i' || !held.has('f/g/h')));
  });

const describeDifference = ({ path, left, right }: TreeDifference): string =>
  [path, left?.kind, left?.hash, right?.kind, right?.hash].join(' ');

function trees(left: Record<string, string>, right: Record<string, string>) {
  const tree = new MemoryTree();
  const roots = [left, right].map((files) =>
    Object.keys(files).length === 0 ? undefined : tree.commit(undefined, files),
  );
  return { tree, left: roots[0], right: roots[1] };
}

test('a comparison by directory finds the same differences, each directory once and before those below it', () => {
  fc.assert(
    fc.property(someFiles, someFiles, (leftFiles, rightFiles) => {
      const { tree, left, right } = trees(leftFiles, rightFiles);
      const groups = [...compareDirectories(tree, left, right, rootPath)];
      const found = groups.flatMap(({ differences }) => differences.map(describeDifference));
      const expected = [...compareTrees(tree, left, right, rootPath)].map(describeDifference);
      expect(found.sort()).toEqual(expected.sort());
      const directories = groups.map(({ directory }) => directory);
      expect(new Set(directories).size).toBe(directories.length);
      for (const { directory, differences } of groups) {
        expect(differences.map(({ path }) => parentPath(path))).toEqual(
          differences.map(() => directory),
        );
        const above = directories.indexOf(parentPath(directory));
        expect(above).toBeLessThanOrEqual(directories.indexOf(directory));
      }
    }),
  );
});

test('a path is among the differences exactly when its entries are one', () => {
  fc.assert(
    fc.property(someFiles, someFiles, (leftFiles, rightFiles) => {
      const { tree, left, right } = trees(leftFiles, rightFiles);
      if (left === undefined || right === undefined) return;
      const all = [...walkTree(tree, left, rootPath), ...walkTree(tree, right, rootPath)];
      const expected = all
        .map(({ path }) => path)
        .filter((path) =>
          isDifference(lookupPath(tree, left, path), lookupPath(tree, right, path)),
        );
      const found = [...compareTrees(tree, left, right, rootPath)].map(({ path }) => path);
      expect(found.sort()).toEqual([...new Set(expected)].sort());
    }),
  );
});

test('a walk by directory yields every entry once, directories before what they hold', () => {
  fc.assert(
    fc.property(someFiles, (files) => {
      const { tree, left } = trees(files, {});
      if (left === undefined) return;
      const walked = [...walkDirectories(tree, left, rootPath)];
      const found = walked.flatMap(({ entries }) => entries.map(({ path }) => path));
      const expected = [...walkTree(tree, left, rootPath)].map(({ path }) => path);
      expect(found.sort()).toEqual(expected.sort());
      for (const { directory, entries } of walked) {
        expect(entries.every(({ path }) => parentPath(path) === directory)).toBe(true);
      }
    }),
  );
});

test('a tree that holds itself ends a comparison and a walk by directory', () => {
  const tree = new MemoryTree();
  const root = tree.commit(undefined, { 'a/b/file.txt': 'x', 'c/file.txt': 'y' });
  const inner = lookupDirectory(tree, root, 'a' as RepoPath);
  const source = { read: (id: Hash) => tree.read(id === inner ? root : id) };
  expect(() => [...compareDirectories(source, undefined, root, rootPath)]).toThrow(IntegrityError);
  expect(() => [...walkDirectories(source, root, rootPath)]).toThrow(IntegrityError);
});
