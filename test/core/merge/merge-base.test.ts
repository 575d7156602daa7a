import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseMergeBase } from '../../../src/core/merge/merge-base.js';
import type { CommitId } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';

function commit(id: string, seconds: number, nanoseconds = 0): CommitNode {
  const timestamp = { seconds, nanoseconds };
  return { id: id as CommitId, parentIds: [], message: '', author: '', email: '', timestamp };
}

test('chooses the youngest base, whatever their order', () => {
  const bases = [commit('a', 1), commit('b', 3), commit('c', 3), commit('d', 2, 5)];
  fc.assert(
    fc.property(fc.shuffledSubarray(bases, { minLength: 4 }), (shuffled) => {
      expect(chooseMergeBase(shuffled)?.id).toBe('c');
    }),
  );
});

test('knows no base of unrelated histories', () => {
  expect(chooseMergeBase([])).toBeUndefined();
});
