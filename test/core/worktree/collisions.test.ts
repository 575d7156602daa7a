import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  findCollisions,
  type NameTraits,
  probeNameTraits,
} from '../../../src/core/worktree/collisions.js';
import { workingTree } from './working-tree.js';

function collide(names: readonly string[], traits: NameTraits): string[][] {
  return findCollisions([{ directory: 'd', names }], traits);
}

const exact: NameTraits = { ignoresCase: false, normalises: false };
const apple: NameTraits = { ignoresCase: true, normalises: true };

test('finds names that differ in case or composition only, and reports all of them', () => {
  const names = ['A.txt', 'a.TXT', 'b', '\u00e9', 'e\u0301', 'E\u0301', 'Ω', 'ω'];
  expect(collide(names, apple)).toEqual([
    ['d/A.txt', 'd/a.TXT'],
    ['d/\u00e9', 'd/e\u0301', 'd/E\u0301'],
    ['d/Ω', 'd/ω'],
  ]);
  expect(collide(names, { ignoresCase: false, normalises: true })).toEqual([
    ['d/\u00e9', 'd/e\u0301'],
  ]);
});

test('finds nothing where names are compared exactly', () => {
  expect(collide(['A', 'a'], exact)).toEqual([]);
});

test('keeps names apart that no file system folds', () => {
  expect(
    collide(['ß', 'ss', 'ﬁ', 'fi', 'ı', 'a'], { ignoresCase: true, normalises: false }),
  ).toEqual([]);
});

test('compares entries of the same directory only', () => {
  const plan = [
    { directory: '', names: ['x', 'Y'] },
    { directory: 'x', names: ['y'] },
  ];
  expect(findCollisions(plan, apple)).toEqual([]);
  expect(findCollisions([{ directory: '', names: ['Dir', 'dir'] }], apple)).toEqual([
    ['Dir', 'dir'],
  ]);
});

test('tries out the file system and leaves nothing behind', () => {
  const root = workingTree({ '.oxen': null });
  const traits = probeNameTraits(join(root, '.oxen'));
  expect(readdirSync(join(root, '.oxen'))).toEqual([]);
  if (process.platform === 'linux') expect(traits).toEqual(exact);
});

test('says so when the file system cannot be tried out', () => {
  expect(() => probeNameTraits(join(workingTree(), 'missing'))).toThrow(/Nothing can be written/);
});
