import { describe, expect, test } from 'vitest';
import {
  parseRange,
  type RevisionContext,
  resolveRevision,
} from '../../../src/core/history/revision.js';
import type { CommitId } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';

const [root, left, right, top] = ['abcd10', 'abcd20', 'ef30', '99'].map((id) => id as CommitId);
const parents = new Map([
  [root, []],
  [left, [root]],
  [right, [root]],
  [top, [left, right]],
]);

const context: RevisionContext = {
  commit: (id) => {
    const parentIds = parents.get(id);
    return parentIds === undefined ? undefined : ({ id, parentIds } as unknown as CommitNode);
  },
  head: () => top,
  reference: (name) => (name === 'heads/main' || name === 'tags/v1' ? left : undefined),
  commitsStartingWith: (digits, limit) =>
    [...parents.keys()].flatMap((id) => (id?.startsWith(digits) ? id : [])).slice(0, limit),
};

describe('a revision', () => {
  test.each([
    ['HEAD', top],
    ['@', top],
    ['main', left],
    ['v1', left],
    ['HEAD~1', left],
    ['HEAD^2', right],
    ['HEAD~2', root],
    ['HEAD^2~1', root],
    ['HEAD~0', top],
    ['99', top],
    ['ABCD2', left],
  ])('%s names a commit', (text, id) => {
    expect(resolveRevision(context, text)).toBe(id);
  });

  test('whose digits fit several commits is refused, with more of their digits', () => {
    expect(() => resolveRevision(context, 'abcd')).toThrow('fits more than one commit');
    try {
      resolveRevision(context, 'abcd');
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2, hint: 'Type more of its digits: abcd10, abcd20' });
    }
  });

  test('of too few digits, of no commit, or beyond the first commit is not found', () => {
    for (const text of ['abc', 'nope', 'ffff', 'HEAD~3', 'HEAD^3']) {
      expect(() => resolveRevision(context, text)).toThrow('Revision not found');
    }
    expect(() => resolveRevision(context, 'HEAD~x')).toThrow('only numbers');
  });
});

test('a range has two ends, HEAD where one is empty', () => {
  expect(parseRange('a..b')).toEqual({ from: 'a', to: 'b' });
  expect(parseRange('..b')).toEqual({ from: 'HEAD', to: 'b' });
  expect(parseRange('a..')).toEqual({ from: 'a', to: 'HEAD' });
  expect(parseRange('a')).toBeUndefined();
});
