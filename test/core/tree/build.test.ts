import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { childHashAt } from '../../../src/core/format/node-file.js';
import { type Hash, hashToBytes } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { judgeDir } from '../../../src/core/tree/node-rules.js';
import { dirNodeOf, lookupPath, requireNode } from '../../../src/core/tree/read.js';
import { walkTree } from '../../../src/core/tree/walk.js';
import { type Change, MemoryTree } from '../../helpers/memory-tree.js';

const contentHash = (text: string) => hashBytes(Buffer.from(text));

/** Checks every directory of a tree against the rule, recomputed from the stored bytes alone. */
function expectOurRule(tree: MemoryTree, root: Hash): void {
  const directories: [RepoPath, Hash][] = [['' as RepoPath, root]];
  for (const { path, entry } of walkTree(tree, root, '' as RepoPath)) {
    if (entry.kind === 'dir') directories.push([path, entry.hash]);
  }
  for (const [path, id] of directories) {
    const dir = requireNode(tree, id, 'dir');
    const vnodes = Array.from({ length: dir.childCount }, (_, bucket) =>
      requireNode(tree, childHashAt(dir, bucket), 'vnode'),
    );
    expect(judgeDir(path, hashToBytes(id), dir, vnodes).problem).toBeUndefined();
  }
}

const paths = fc.constantFrom('a', 'b', 'é', 'd/a', 'd/b', 'd/e/a', 'd/e/𝒳', 'f/g/h/i');
const contents = fc.constantFrom('1', '2', '3');
const files = fc.dictionary(paths, contents, { maxKeys: 8 });

describe('a tree built from staged entries', () => {
  test('obeys the rule for tables with metadata that a user set', () => {
    const column = (note: string | null) => [['id', 'i64', note, null]];
    const table = (note: string | null) => ({
      content: 'id\n1\n',
      metadata: encode([[1, 1, ['cafe', column(note), null]]]),
    });
    const tree = new MemoryTree();
    const plain = tree.commit(undefined, { 't.csv': table(null) });
    const noted = tree.commit(plain, { 't.csv': table('noted') });
    expect(noted).not.toBe(plain);
    expectOurRule(tree, plain);
    expectOurRule(tree, noted);
    expectOurRule(tree, tree.commit(noted, { other: '1' }));
  });

  test('obeys the rule and lists what was staged', () => {
    fc.assert(
      fc.property(files, (staged) => {
        const tree = new MemoryTree();
        const root = tree.commit(undefined, staged);
        expectOurRule(tree, root);
        const listed = Object.entries(tree.list(root)).filter(([path]) => !path.endsWith('/'));
        const expected = Object.entries(staged).map(([path, text]) => [path, contentHash(text)]);
        expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  test('has the same id whether it was committed in one go, in pieces, or changed and changed back', () => {
    fc.assert(
      fc.property(files, files, (first, second) => {
        const tree = new MemoryTree();
        const whole = tree.commit(undefined, { ...first, ...second });
        const stepped = tree.commit(tree.commit(undefined, first), second);
        expect(stepped).toBe(whole);
        const undo: Record<string, Change> = {};
        for (const path of Object.keys(second)) undo[path] = first[path] ?? null;
        for (const path of newDirectories(first, second)) undo[path] = 'dir removed';
        const back = tree.commit(stepped, undo);
        expect(back).toBe(tree.commit(undefined, first));
      }),
    );
  });

  test('is the same in two repositories', () => {
    const staged = { 'x/a': '1', 'x/b': '2', c: '3' };
    expect(new MemoryTree().commit(undefined, staged)).toBe(
      new MemoryTree().commit(undefined, staged),
    );
  });
});

/** Directories that only `second` has, as paths that can be staged as removed. */
function newDirectories(first: object, second: object): string[] {
  const ancestors = (paths: readonly string[]) =>
    new Set(
      paths.flatMap((path) => {
        const names = path.split('/').slice(0, -1);
        return names.map((_, index) => names.slice(0, index + 1).join('/'));
      }),
    );
  const old = ancestors(Object.keys(first));
  return [...ancestors(Object.keys(second))].filter((path) => !old.has(path));
}

describe('a large flat directory', () => {
  const many = Object.fromEntries(
    Array.from({ length: 2500 }, (_, index) => [`flat/file-${index}`, `${index % 7}`]),
  );

  test('keeps the vnode of an untouched bucket', () => {
    const tree = new MemoryTree();
    const before = tree.commit(undefined, many);
    const nodesBefore = tree.nodes.size;
    const after = tree.commit(before, { 'flat/file-17': 'changed' });
    expect(tree.nodes.size - nodesBefore).toBe(4); // vnode and dir of `flat`, vnode and dir of the root
    expectOurRule(tree, after);
    expect(lookupPath(tree, after, 'flat/file-17' as RepoPath)?.hash).toBe(contentHash('changed'));
    expect(after).toBe(new MemoryTree().commit(undefined, { ...many, 'flat/file-17': 'changed' }));
  });

  test('spreads again when the number of vnodes changes', () => {
    const tree = new MemoryTree();
    const more = Object.fromEntries(
      Array.from({ length: 600 }, (_, index) => [`flat/more-${index}`, 'x']),
    );
    const grown = tree.commit(tree.commit(undefined, many), more);
    expectOurRule(tree, grown);
    expect(grown).toBe(new MemoryTree().commit(undefined, { ...many, ...more }));
    const removed = Object.fromEntries(Object.keys(more).map((path) => [path, null]));
    expect(tree.commit(grown, removed)).toBe(tree.commit(undefined, many));
  });

  test('counts its files and bytes by data type', () => {
    const tree = new MemoryTree();
    const root = tree.commit(tree.commit(undefined, many), {
      'flat/file-17': '12345',
      'flat/file-18': null,
    });
    const node = dirNodeOf(requireNode(tree, root, 'dir'));
    expect(node.dataTypeCounts.get('text')).toBe(2499);
    expect(node.sizeBytes).toBe(2498 + 5);
  });
});

describe('directories', () => {
  test('may be empty', () => {
    const tree = new MemoryTree();
    const root = tree.commit(undefined, { 'a/empty': 'dir added', f: '1' });
    expect(Object.keys(tree.list(root))).toEqual(['a/', 'a/empty/', 'f']);
    expectOurRule(tree, root);
  });

  test('stay when their last file goes, and go when they are removed themselves', () => {
    const tree = new MemoryTree();
    const root = tree.commit(undefined, { 'a/b': '1', c: '2' });
    expect(Object.keys(tree.list(tree.commit(root, { 'a/b': null })))).toEqual(['a/', 'c']);
    const removed = tree.commit(root, { 'a/b': null, a: 'dir removed' });
    expect(Object.keys(tree.list(removed))).toEqual(['c']);
  });

  test('can become files and files directories', () => {
    const tree = new MemoryTree();
    const root = tree.commit(undefined, { 'a/b': '1', c: '2' });
    const swapped = tree.commit(root, { 'a/b': null, a: '3', c: null, 'c/d': '4' });
    expect(tree.list(swapped)).toEqual({ a: contentHash('3'), 'c/': '', 'c/d': contentHash('4') });
    expectOurRule(tree, swapped);
  });

  test('made by another rule are translated to the same ids', () => {
    const tree = new MemoryTree();
    const root = tree.commit(undefined, { 'a/b': '1', 'x/y': '2' });
    expect(tree.commit(root, {}, true)).toBe(root);
  });
});
