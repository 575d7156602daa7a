import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesPerVNode } from '../../../src/core/format/buckets.js';
import { type Hash, hashFromBytes, hashToBytes, parseHash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { findNodeDifference } from '../../../src/core/tree/node-difference.js';
import { judgeDir, misplacedEntry, vnodeIdInto } from '../../../src/core/tree/node-rules.js';
import {
  type Entry,
  type Hints,
  naiveDir,
  naiveVNodeId,
  type StoredDir,
  storedDirNode,
  storedVNode,
} from '../../helpers/stored-dir.js';

const hash = fc
  .bigInt({ min: 0n, max: 2n ** 128n - 1n })
  .map((value) => parseHash(value.toString(16)));
const name = fc.stringMatching(/^[^/\\\0]{1,20}$/u).filter((text) => text.isWellFormed());
const entry: fc.Arbitrary<Entry> = fc.record(
  {
    name,
    kind: fc.constantFrom('file', 'dir'),
    hash,
    sizeBytes: fc.maxSafeNat(),
    userMetadata: fc.string({ minLength: 1, maxLength: 9 }),
  },
  { requiredKeys: ['name', 'kind', 'hash', 'sizeBytes'] },
);
const entries = fc.uniqueArray(entry, { selector: (item) => item.name, maxLength: 30 });
const someEntries = fc.uniqueArray(entry, {
  selector: (item) => item.name,
  minLength: 1,
  maxLength: 30,
});
const directory = fc.array(name, { maxLength: 3 }).map((names) => names.join('/') as RepoPath);
const hints: fc.Arbitrary<Hints> = fc.record({
  lastCommitId: hash,
  seconds: fc.integer(),
  type: fc.constantFrom('text', 'image', 'tabular', 'something new'),
  parentId: hash,
  counter: fc.nat(1000),
});

function judge(path: RepoPath, stored: StoredDir) {
  return judgeDir(path, hashToBytes(stored.id), stored.dir, stored.vnodes);
}

function manyFiles(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `file ${index}`,
    kind: 'file',
    hash: parseHash((index + 1).toString(16)),
    sizeBytes: index,
  }));
}

type Edit = (item: Entry) => Entry;

const asFile: Edit = (item) => ({ ...item, kind: 'file' });
const edits: readonly Edit[] = [
  (item) => ({ ...item, hash: parseHash(item.hash === '7' ? '8' : '7') }),
  (item) => ({ ...item, name: `${item.name}+` }),
  (item) => ({ ...item, kind: item.kind === 'file' ? 'dir' : 'file' }),
  (item) => ({ ...asFile(item), sizeBytes: item.sizeBytes === 0 ? 1 : 0 }),
  (item) => ({ ...asFile(item), userMetadata: `${item.userMetadata ?? ''}+` }),
];
const edit = fc.constantFrom(...edits);

/** Returns a copy of `list` with one entry edited. */
function edited(list: readonly Entry[], at: number, change: Edit): Entry[] {
  return list.map((item, index) => (index === at % list.length ? change(item) : item));
}

test('gives the ids of a naive implementation of the rule, whatever the hints', () => {
  fc.assert(
    fc.property(directory, entries, hints, (path, list, freely) => {
      const stored = naiveDir(path, list, freely);
      const verdict = judge(path, stored);
      expect(verdict.problem).toBeUndefined();
      expect(verdict.isOurs).toBe(true);
      expect(hashFromBytes(verdict.dirId)).toBe(stored.id);
    }),
  );
});

test('gives equal ids to equal entries in any order of input', () => {
  const shuffled = entries.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
  fc.assert(
    fc.property(directory, shuffled, (path, [list, other]) => {
      expect(naiveDir(path, other).id).toBe(naiveDir(path, list).id);
    }),
  );
});

test('gives another id after any change of content', () => {
  fc.assert(
    fc.property(directory, someEntries, fc.nat(), edit, (path, list, at, change) => {
      const before = edited(list, at, asFile);
      const after = edited(before, at, change);
      fc.pre(new Set(after.map((item) => item.name)).size === after.length);
      const verdict = judge(path, naiveDir(path, after));
      expect(hashFromBytes(verdict.dirId)).not.toBe(naiveDir(path, before).id);
    }),
  );
});

test('gives different ids to equal entries at different paths, and to empty directories', () => {
  const one = manyFiles(1);
  expect(naiveDir('a' as RepoPath, one).id).not.toBe(naiveDir('b' as RepoPath, one).id);
  const empty = naiveDir('a' as RepoPath, []);
  expect(judge('a' as RepoPath, empty)).toMatchObject({
    isOurs: true,
    vnodeIds: new Uint8Array(0),
  });
  expect(empty.id).not.toBe(naiveDir('b' as RepoPath, []).id);
});

test('spreads a large directory over vnodes and finds it ours', () => {
  const path = 'images/train' as RepoPath;
  const stored = naiveDir(path, manyFiles(2 * entriesPerVNode + 1));
  expect(stored.vnodes.length).toBe(3);
  expect(judge(path, stored).isOurs).toBe(true);
});

test('does not take a directory with other buckets, ids or order for ours', () => {
  const path = 'd' as RepoPath;
  const stored = naiveDir(path, manyFiles(entriesPerVNode + 1));
  const [first, second] = stored.vnodes;
  if (first === undefined || second === undefined) throw new Error('two vnodes were expected');
  const swapped = { ...stored, vnodes: [second, first] };
  expect(judge(path, swapped).problem).toContain('vnode 0');
  expect(judge(path, { ...stored, id: parseHash('1') }).problem).toContain('its id');

  const all = manyFiles(entriesPerVNode + 1).sort((a, b) => (a.name < b.name ? -1 : 1));
  const id = naiveVNodeId(path, all);
  const verdict = judgeDir(
    path,
    hashToBytes(parseHash('1')),
    storedDirNode('d', parseHash('1'), [id]),
    [storedVNode(id, all)],
  );
  const single = { id: hashFromBytes(verdict.dirId), vnodes: [storedVNode(id, all)] };
  const rewritten = { ...single, dir: storedDirNode('d', single.id, [id]) };
  expect(judge(path, rewritten).problem).toBe('it has 1 vnodes, not 2');
});

test('names an entry that is out of order or in the wrong bucket', () => {
  const path = 'd' as RepoPath;
  const [a, b] = manyFiles(2);
  if (a === undefined || b === undefined) throw new Error('two files were expected');
  expect(misplacedEntry(path, storedVNode(parseHash('1'), [a, b]), 0, 1)).toBeUndefined();
  expect(misplacedEntry(path, storedVNode(parseHash('1'), [b, a]), 0, 1)).toBe(a.name);
  const { vnodes } = naiveDir(path, manyFiles(entriesPerVNode + 1));
  vnodes.forEach((vnode, bucket) => {
    expect(misplacedEntry(path, vnode, bucket, 2)).toBeUndefined();
    expect(misplacedEntry(path, vnode, 1 - bucket, 2)).toBeDefined();
  });
});

test('refuses to judge a directory whose vnodes are missing', () => {
  const stored = naiveDir('d' as RepoPath, manyFiles(3));
  expect(() => judge('d' as RepoPath, { ...stored, vnodes: [] })).toThrow('missing');
});

test('finds no difference between nodes that differ in hints only', () => {
  fc.assert(
    fc.property(directory, entries, hints, hints, (path, list, one, other) => {
      const left = naiveDir(path, list, one);
      const right = naiveDir(path, list, other);
      expect(findNodeDifference(left.dir, right.dir)).toBeUndefined();
      left.vnodes.forEach((vnode, index) => {
        const counterpart = right.vnodes[index];
        if (counterpart === undefined) throw new Error('a vnode is missing');
        expect(findNodeDifference(vnode, counterpart)).toBeUndefined();
      });
    }),
  );
});

test('names the first entry that differs, exactly when the ids by our rule differ', () => {
  const id = parseHash('1');
  const sorted = someEntries.map((list) =>
    [...list].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
  );
  const idOf = (path: RepoPath, list: readonly Entry[]): Hash => {
    const out = new Uint8Array(16);
    vnodeIdInto(path, storedVNode(id, list), out, 0);
    return hashFromBytes(out);
  };
  fc.assert(
    fc.property(
      directory,
      sorted,
      fc.nat(),
      fc.option(edit),
      hints,
      (path, list, at, change, freely) => {
        const other =
          change === null
            ? list.filter((_, index) => index !== at % list.length)
            : edited(list, at, change);
        const difference = findNodeDifference(
          storedVNode(id, list),
          storedVNode(id, other, freely),
        );
        expect(difference === undefined).toBe(idOf(path, list) === idOf(path, other));
        if (difference !== undefined) expect(difference.name).toBe(list[at % list.length]?.name);
      },
    ),
  );
});

test('tells kinds of node, vnodes and names of directories apart', () => {
  const one = parseHash('1');
  const two = parseHash('2');
  const dir = storedDirNode('d', one, [one]);
  expect(findNodeDifference(dir, storedVNode(one, []))?.message).toContain('kind');
  expect(findNodeDifference(dir, storedDirNode('e', one, [one]))?.message).toContain('name');
  expect(findNodeDifference(dir, storedDirNode('d', one, [two]))?.message).toContain('vnodes');
  expect(findNodeDifference(dir, storedDirNode('d', one, []))?.message).toContain('vnodes');
});
