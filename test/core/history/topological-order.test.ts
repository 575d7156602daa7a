import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topologicalOrder } from '../../../src/core/history/topological-order.js';
import type { CommitId } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';

function commit(id: number, parents: readonly number[]): CommitNode {
  return {
    id: id.toString(16) as CommitId,
    parentIds: parents.map((parent) => parent.toString(16) as CommitId),
    message: '',
    author: '',
    email: '',
    timestamp: { seconds: 0, nanoseconds: 0 },
  };
}

test('every commit comes once and before its parents', () => {
  const histories = fc
    .array(fc.array(fc.nat(), { maxLength: 2 }), { minLength: 1, maxLength: 30 })
    .map((picks) =>
      picks.map((own, index) =>
        commit(index + 1, index === 0 ? [] : [...new Set(own.map((pick) => (pick % index) + 1))]),
      ),
    );
  fc.assert(
    fc.property(histories, (commits) => {
      const ordered = topologicalOrder([...commits].reverse());
      expect(new Set(ordered)).toEqual(new Set(commits));
      const places = new Map(ordered.map(({ id }, place) => [id, place]));
      for (const { id, parentIds } of ordered) {
        for (const parent of parentIds) {
          expect(places.get(id)).toBeLessThan(places.get(parent) ?? -1);
        }
      }
    }),
  );
});
