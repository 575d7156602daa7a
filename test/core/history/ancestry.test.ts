import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findMergeBases,
  isAncestor,
  reachableCommits,
  walkCommits,
} from '../../../src/core/history/ancestry.js';
import { resolveRevision } from '../../../src/core/history/revision.js';
import type { CommitId } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';

/** A history from a table of parents; commit 0 is `a0`, later ones are younger unless `times` says otherwise. */
function history(parents: readonly (readonly number[])[], times: readonly number[] = []) {
  const id = (index: number) => `a${index.toString(16)}` as CommitId;
  const commits = new Map<CommitId, CommitNode>();
  parents.forEach((list, index) => {
    commits.set(id(index), {
      id: id(index),
      parentIds: list.map(id),
      message: '',
      author: '',
      email: '',
      timestamp: { seconds: times[index] ?? index, nanoseconds: 0 },
    });
  });
  return { id, commit: (wanted: CommitId) => commits.get(wanted), ids: [...commits.keys()] };
}

const graphs = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 9 }), fc.nat(20)), {
    maxLength: 14,
  })
  .map((rows) => {
    const parents: number[][] = [[]];
    rows.forEach(([first, second, kind], row) => {
      const index = row + 1;
      if (kind === 0) parents.push([]);
      else if (kind < 4) parents.push([...new Set([first % index, second % index])]);
      else parents.push([first % index]);
    });
    return history(parents, [0, ...rows.map(([, , , time]) => time)]);
  });

function naiveBases(graph: ReturnType<typeof history>, left: CommitId, right: CommitId) {
  const above = (start: CommitId) => reachableCommits(graph, [start]);
  const common = [...above(left)].filter((id) => above(right).has(id));
  return common
    .filter((id) => !common.some((other) => other !== id && above(other).has(id)))
    .sort();
}

describe('merge bases', () => {
  test('are the common ancestors that no other one descends from, whatever the clocks say', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (graph, a, b) => {
        const left = graph.ids[a % graph.ids.length] as CommitId;
        const right = graph.ids[b % graph.ids.length] as CommitId;
        const found = [...findMergeBases(graph, left, right)].sort();
        expect(found).toEqual(naiveBases(graph, left, right));
      }),
    );
  });

  test('of a criss-cross merge are both crossed commits', () => {
    const graph = history([[], [0], [0], [1, 2], [2, 1]]);
    const bases = findMergeBases(graph, graph.id(3), graph.id(4));
    expect([...bases].sort()).toEqual([graph.id(1), graph.id(2)]);
  });
});

describe('a walk', () => {
  test('visits everything reachable once, youngest first where clocks agree', () => {
    const graph = history([[], [0], [0], [1, 2]]);
    const order = [...walkCommits(graph, [graph.id(3)])].map(({ id }) => id);
    expect(order).toEqual([3, 2, 1, 0].map(graph.id));
  });

  test('ends where a shallow history does', () => {
    const graph = history([[7], [0]]);
    expect([...walkCommits(graph, [graph.id(1)])]).toHaveLength(2);
    expect(isAncestor(graph, graph.id(7), graph.id(1))).toBe(false);
  });
});

describe('a revision', () => {
  const graph = history([[], [0], [0], [1, 2]]);
  const context = {
    commit: graph.commit,
    head: () => graph.id(3),
    reference: (name: string) => (name === 'heads/main' ? graph.id(1) : undefined),
    commitsStartingWith: (digits: string, limit: number) =>
      graph.ids.filter((id) => id.startsWith(digits)).slice(0, limit),
  };

  test.each([
    ['HEAD', 3],
    ['HEAD~1', 1],
    ['HEAD^2', 2],
    ['HEAD^2~', 0],
    ['HEAD~2', 0],
    ['main', 1],
    ['main~1', 0],
    ['a2', 2],
  ])('%s is resolved', (text, index) => {
    expect(resolveRevision(context, text)).toBe(graph.id(index));
  });

  test.each(['HEAD~9', 'nope', 'main^2', 'HEAD~x', ''])('%j is refused', (text) => {
    expect(() => resolveRevision(context, text)).toThrow();
  });
});
