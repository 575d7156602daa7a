import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { Conflict } from '../../../src/core/merge/conflict.js';
import { describeConflict, resolveFor } from '../../../src/core/merge/resolution.js';
import { type MergeStep, planMerge } from '../../../src/core/merge/three-way.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { MemoryTree } from '../../helpers/memory-tree.js';
import {
  asChanges,
  dir,
  isBelow,
  type ModelTree,
  put,
  removePath,
  threeTrees,
} from '../../helpers/model-tree.js';

interface Models {
  readonly base: ModelTree;
  readonly ours: ModelTree;
  readonly theirs: ModelTree;
}

function planOf({ base, ours, theirs }: Models): MergeStep[] {
  const source = new MemoryTree();
  const [o, a, b] = [base, ours, theirs].map((tree) => source.commit(undefined, asChanges(tree)));
  return o && a && b ? [...planMerge(source, { base: o, ours: a, theirs: b })] : [];
}

type Draft = Map<string, string | typeof dir>;

/** Does all steps, and settles every conflict for one side. */
function settle(models: Models, side: 'ours' | 'theirs'): ModelTree {
  const steps = planOf(models);
  const contents = contentsOf(models);
  const tree: Draft = new Map(models.ours);
  for (const step of steps) doStep(tree, step, contents);
  for (const step of steps) {
    if (!('conflict' in step)) continue;
    const { standing, gone } = resolveFor(step.conflict, side);
    if (gone !== undefined && tree.get(gone) !== dir) tree.delete(gone);
    if (standing?.kind === 'file') put(tree, standing.path, contents.get(standing.hash) ?? '?');
    else if (standing !== undefined) replaceDirectory(tree, standing.path, models[side]);
  }
  return tree;
}

function contentsOf({ base, ours, theirs }: Models): Map<Hash, string> {
  const files = [base, ours, theirs].flatMap((tree) => Object.values(filesOf(tree)));
  return new Map(files.map((content) => [hashBytes(Buffer.from(content)), content]));
}

function doStep(tree: Draft, step: MergeStep, contents: ReadonlyMap<Hash, string>): void {
  if (step.action === 'delete') tree.delete(step.path);
  else if (step.action === 'take') {
    const isDir = step.entry.kind === 'dir';
    put(tree, step.path, isDir ? dir : (contents.get(step.entry.hash) ?? '?'));
  }
}

function replaceDirectory(tree: Draft, directory: string, source: ModelTree): void {
  removePath(tree, directory);
  for (const [path, value] of source) {
    if (path === directory || isBelow(path, directory)) put(tree, path, value);
  }
}

function filesOf(tree: ModelTree): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [path, value] of tree) if (value !== dir) files[path] = value;
  return files;
}

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
