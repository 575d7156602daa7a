import { expect, test } from 'vitest';
import { IntegrityError } from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { type RepoPath, rootPath } from '../../../src/core/model/path.js';
import { compareTrees } from '../../../src/core/tree/compare.js';
import { lookupDirectory } from '../../../src/core/tree/read.js';
import { walkTree } from '../../../src/core/tree/walk.js';
import { MemoryTree } from '../../helpers/memory-tree.js';

/** A tree whose directory `a` holds itself, as a hostile sender could make it. */
function endless() {
  const tree = new MemoryTree();
  const root = tree.commit(undefined, { 'a/b/file.txt': 'x', 'c/file.txt': 'y' });
  const inner = lookupDirectory(tree, root, 'a' as RepoPath);
  return { root, source: { read: (id: Hash) => tree.read(id === inner ? root : id) } };
}

test('a tree that holds itself ends a walk', () => {
  const { root, source } = endless();
  expect(() => [...walkTree(source, root, rootPath)]).toThrow(IntegrityError);
});

test('a tree that holds itself ends a comparison', () => {
  const { root, source } = endless();
  expect(() => [...compareTrees(source, undefined, root, rootPath)]).toThrow(IntegrityError);
  expect(() => [...compareTrees(source, root, undefined, rootPath)]).toThrow(IntegrityError);
});

test('a walk goes as deep as directories can', () => {
  const tree = new MemoryTree();
  const path = `${'d/'.repeat(1500)}file.txt`;
  const root = tree.commit(undefined, { [path]: 'x' });
  expect([...walkTree(tree, root, rootPath)].at(-1)?.path).toBe(path);
});
