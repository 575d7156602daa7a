import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conflict } from '../../../src/core/merge/conflict.js';
import { describeConflict } from '../../../src/core/merge/resolution.js';
import { planMerge } from '../../../src/core/merge/three-way.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { MemoryTree } from '../../helpers/memory-tree.js';
import { threeTrees } from '../../helpers/model-tree.js';
import { filesOf, planOf, settle } from '../../helpers/settle-merge.js';

describe('resolveFor', () => {
  test('gives the same files for theirs as for ours with the sides exchanged', () => {
    fc.assert(
      fc.property(threeTrees, (models) => {
        const mirrored = { base: models.base, ours: models.theirs, theirs: models.ours };
        expect(filesOf(settle(models, 'theirs'))).toEqual(filesOf(settle(mirrored, 'ours')));
      }),
      { numRuns: Number(process.env['OXEN_MERGE_RUNS'] ?? 500) },
    );
  });

  test('leaves exactly what the chosen side has where the sides disagree', () => {
    fc.assert(
      fc.property(threeTrees, (models) => {
        const settled = settle(models, 'theirs');
        for (const step of planOf(models)) {
          if (!('conflict' in step) || step.conflict.kind === 'renamed-differently') continue;
          const { path, theirs } = step.conflict;
          if (theirs === undefined) expect(typeof settled.get(path)).not.toBe('string');
          else expect(settled.get(path)).toBe(models.theirs.get(path));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a conflict', () => {
  const source = new MemoryTree();
  const tree = (files: Record<string, string>) => source.commit(undefined, { z: '1', ...files });

  function conflict(base: Hash, ours: Hash, theirs: Hash): Conflict {
    const [step] = planMerge(source, { base, ours, theirs });
    if (step === undefined || !('conflict' in step)) throw new Error('no conflict');
    return step.conflict;
  }

  const base = tree({ x: 'content' });
  test.each([
    ['both modified', conflict(base, tree({ x: 'a' }), tree({ x: 'b' }))],
    ['both added', conflict(tree({}), tree({ x: 'a' }), tree({ x: 'b' }))],
    ['deleted by us', conflict(base, tree({}), tree({ x: 'b' }))],
    ['deleted by them', conflict(base, tree({ x: 'a' }), tree({}))],
    ['file in ours, directory in theirs', conflict(base, tree({ x: 'a' }), tree({ 'x/y': 'b' }))],
    ['directory in ours, file in theirs', conflict(base, tree({ 'x/y': 'b' }), tree({ x: 'a' }))],
    ['renamed by us, deleted by them', conflict(base, tree({ y: 'content' }), tree({}))],
    ['deleted by us, renamed by them', conflict(base, tree({}), tree({ y: 'content' }))],
    [
      'renamed by us to w, by them to y',
      conflict(base, tree({ w: 'content' }), tree({ y: 'content' })),
    ],
  ])('is described as %s', (words, value) => {
    expect(describeConflict(value)).toBe(words);
  });
});
