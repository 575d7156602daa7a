import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { Conflict } from '../../../src/core/merge/conflict.js';
import { type MergeStep, planMerge } from '../../../src/core/merge/three-way.js';
import type { Hash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { lookupPath } from '../../../src/core/tree/read.js';
import { type Change, MemoryTree } from '../../helpers/memory-tree.js';
import { mergeModels, withoutConflicts } from '../../helpers/model-merge.js';
import {
  asChanges,
  dir,
  isBelow,
  type ModelTree,
  put,
  threeTrees,
} from '../../helpers/model-tree.js';

interface Roots {
  readonly base: Hash | undefined;
  readonly ours: Hash;
  readonly theirs: Hash;
}

interface ThreeModels {
  readonly base: ModelTree;
  readonly ours: ModelTree;
  readonly theirs: ModelTree;
}

const contents = new Map<Hash, string>();

function store(source: MemoryTree, tree: ModelTree): Hash {
  for (const value of tree.values()) {
    if (value !== dir) contents.set(hashBytes(Buffer.from(value)), value);
  }
  return source.commit(undefined, asChanges(tree));
}

function plan(source: MemoryTree, { base, ours, theirs }: ThreeModels): MergeStep[] {
  const roots = {
    base: store(source, base),
    ours: store(source, ours),
    theirs: store(source, theirs),
  };
  return [...planMerge(source, roots)];
}

function conflictsOf(steps: readonly MergeStep[]): Conflict[] {
  return steps.flatMap((step) => ('conflict' in step ? step.conflict : []));
}

function changedOnlyBy(side: ModelTree, other: ModelTree, base: ModelTree): string[] {
  return [...new Set([...base.keys(), ...side.keys()])].filter(
    (path) => other.get(path) === base.get(path) && side.get(path) !== base.get(path),
  );
}

/** Says whether a change arrived: written, deleted, or gone along with a rename, the new path with the other side's content. */
function carries(
  result: ModelTree,
  path: string,
  value: string | typeof dir | undefined,
  base: ModelTree,
  other: ModelTree,
): boolean {
  const now = result.get(path);
  if (now === value) return true;
  if (value === undefined) return now === dir; // something of the other side is still in it
  const sources = [...base].filter(([, content]) => content === value).map(([from]) => from);
  if (sources.some((from) => other.get(from) === now)) return true; // this side renamed, the other changed
  return [...result.values()].includes(value); // this side changed, the other renamed
}

function pathsOf(conflicts: readonly Conflict[]): string[] {
  return conflicts.flatMap(({ path, base, ours, theirs }) => [
    path,
    ...[base, ours, theirs].flatMap((side) => side?.path ?? []),
  ]);
}

/** Does what the steps say to our tree, in their order, and leaves out what conflicts cover. */
function carryOut(ours: ModelTree, steps: readonly MergeStep[]): ModelTree {
  const tree = new Map(ours);
  for (const step of steps) {
    if (step.action === 'delete') deleteLeaf(tree, step.path);
    else if (step.action === 'take' && step.entry.kind === 'dir') {
      expect(tree.has(step.path)).toBe(false);
      put(tree, step.path, dir);
    } else if (step.action === 'take') {
      expect(tree.get(step.path)).not.toBe(dir);
      put(tree, step.path, contents.get(step.entry.hash) ?? 'unknown');
    }
  }
  const conflicts = conflictsOf(steps);
  const held = conflicts.flatMap(({ ours, theirs }) =>
    [ours, theirs].flatMap((s) => s?.path ?? []),
  );
  for (const path of held) if (!tree.has(path)) put(tree, path, 'in conflict');
  return withoutConflicts(tree, new Map(conflicts.map(({ path, kind }) => [path, kind])), held);
}

function deleteLeaf(tree: Map<string, unknown>, path: string): void {
  expect([...tree.keys()].some((other) => isBelow(other, path))).toBe(false);
  expect(tree.delete(path)).toBe(true);
}

function plainTree(tree: ModelTree): Record<string, string> {
  const entries = [...tree].map(([path, value]) =>
    value === dir ? [`${path}/`, ''] : [path, value],
  );
  return Object.fromEntries(entries.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

function sides(base: Record<string, Change>, ours: object, theirs: object): [MemoryTree, Roots] {
  const source = new MemoryTree();
  const commit = (changes: object) => source.commit(undefined, { ...base, ...changes });
  return [
    source,
    { base: source.commit(undefined, base), ours: commit(ours), theirs: commit(theirs) },
  ];
}

function summary(steps: Iterable<MergeStep>): string[] {
  return [...steps].map((step) => {
    const what = 'conflict' in step ? ` ${step.conflict.kind}` : '';
    return `${step.action}${what} ${step.path}`;
  });
}

/** A conflict as the other side sees it. */
function mirrored(conflict: Conflict): Conflict {
  return { ...conflict, ours: conflict.theirs, theirs: conflict.ours };
}

const runs = { numRuns: Number(process.env['OXEN_MERGE_RUNS'] ?? 1000) };
/** The two properties that say what must never happen have ten times as many cases. */
const manyRuns = { numRuns: runs.numRuns * 10 };
const patience = 600_000;

describe('planMerge against a naive model', () => {
  test(
    'gives the tree and the conflicts of the model',
    () => {
      fc.assert(
        fc.property(threeTrees, (trees) => {
          const steps = plan(new MemoryTree(), trees);
          const expected = mergeModels(trees.base, trees.ours, trees.theirs);
          const conflicts = conflictsOf(steps).map(({ path, kind }) => [path, kind]);
          expect(Object.fromEntries(conflicts)).toEqual(Object.fromEntries(expected.conflicts));
          expect(plainTree(carryOut(trees.ours, steps))).toEqual(plainTree(expected.tree));
        }),
        manyRuns,
      );
    },
    patience,
  );

  test('has the same result and mirrored conflicts when the sides change places', () => {
    fc.assert(
      fc.property(threeTrees, ({ base, ours, theirs }) => {
        const source = new MemoryTree();
        const steps = plan(source, { base, ours, theirs });
        const swapped = plan(source, { base, ours: theirs, theirs: ours });
        const order = (a: Conflict, b: Conflict) => (a.path < b.path ? -1 : 1);
        expect(conflictsOf(swapped).map(mirrored).sort(order)).toEqual(
          conflictsOf(steps).sort(order),
        );
        expect(plainTree(carryOut(theirs, swapped))).toEqual(plainTree(carryOut(ours, steps)));
      }),
      runs,
    );
  });

  test(
    'loses no change that only one side made',
    () => {
      fc.assert(
        fc.property(threeTrees, (trees) => {
          const { base, ours, theirs } = trees;
          const steps = plan(new MemoryTree(), trees);
          const result = carryOut(ours, steps);
          const conflicted = pathsOf(conflictsOf(steps));
          for (const [side, other] of [
            [ours, theirs],
            [theirs, ours],
          ] as const) {
            for (const path of changedOnlyBy(side, other, base)) {
              if (conflicted.some((at) => path === at || isBelow(path, at))) continue;
              expect(carries(result, path, side.get(path), base, other)).toBe(true);
            }
          }
        }),
        manyRuns,
      );
    },
    patience,
  );

  test('plans nothing when theirs is base or ours, and makes theirs when ours is base', () => {
    fc.assert(
      fc.property(threeTrees, ({ base, ours }) => {
        const source = new MemoryTree();
        expect(plan(source, { base, ours, theirs: base })).toEqual([]);
        expect(plan(source, { base, ours, theirs: ours })).toEqual([]);
        const steps = plan(source, { base, ours: base, theirs: ours });
        expect(conflictsOf(steps)).toEqual([]);
        expect(plainTree(carryOut(base, steps))).toEqual(plainTree(ours));
      }),
      runs,
    );
  });
});

describe('planMerge', () => {
  test('takes what theirs added, changed and deleted, directories after their files', () => {
    const base = { 'd/x': '1', 'd/y': '2', keep: '3' };
    const [source, roots] = sides(base, {}, { keep: '4', 'n/new': '5' });
    expect(summary(planMerge(source, roots))).toEqual(['take keep', 'take n', 'take n/new']);
    const gone = source.commit(undefined, { keep: '3' });
    expect(summary(planMerge(source, { ...roots, theirs: gone }))).toEqual([
      'delete d/x',
      'delete d/y',
      'delete d',
    ]);
  });

  test('leaves a decision about contents to the caller', () => {
    const [source, roots] = sides({ a: '1', b: '1' }, { a: '2', b: '2' }, { a: '3', b: '3' });
    const steps = planMerge(source, roots, { isMergeable: ({ path }) => path === 'a' });
    expect(summary(steps)).toEqual(['merge both-modified a', 'conflict both-modified b']);
  });

  test('follows a rename of ours with the change of theirs, and the other way round', () => {
    const source = new MemoryTree();
    const base = source.commit(undefined, { 'old/x': 'content', z: '1' });
    const renamed = source.commit(undefined, { 'new/y': 'content', z: '1' });
    const changed = source.commit(undefined, { 'old/x': 'changed', z: '1' });
    const whenOurs = [...planMerge(source, { base, ours: renamed, theirs: changed })];
    expect(summary(whenOurs)).toEqual(['take new/y']);
    const whenTheirs = [...planMerge(source, { base, ours: changed, theirs: renamed })];
    expect(summary(whenTheirs)).toEqual(['delete old/x', 'take new', 'delete old', 'take new/y']);
    for (const step of [...whenOurs, ...whenTheirs]) {
      if (step.action !== 'take' || step.entry.kind === 'dir') continue;
      expect(step.entry.hash).toBe(lookupPath(source, changed, 'old/x' as RepoPath)?.hash);
    }
  });

  test('does not guess between two places a file may have been moved to', () => {
    const source = new MemoryTree();
    const base = source.commit(undefined, { x: 'content' });
    const ours = source.commit(undefined, { y: 'content', z: 'content' });
    const theirs = source.commit(undefined, { x: 'changed' });
    expect(summary(planMerge(source, { base, ours, theirs }))).toEqual([
      'conflict modified-deleted x',
    ]);
  });

  test('reports a file that one side renamed and the other deleted or renamed elsewhere', () => {
    const source = new MemoryTree();
    const base = source.commit(undefined, { x: 'content', z: '1' });
    const ours = source.commit(undefined, { y: 'content', z: '1' });
    const deleted = source.commit(undefined, { z: '1' });
    const elsewhere = source.commit(undefined, { w: 'content', z: '1' });
    expect(summary(planMerge(source, { base, ours, theirs: deleted }))).toEqual([
      'conflict renamed-deleted y',
    ]);
    const [step] = planMerge(source, { base, ours, theirs: elsewhere });
    expect(step).toMatchObject({
      action: 'conflict',
      conflict: {
        path: 'x',
        kind: 'renamed-differently',
        base: { path: 'x' },
        ours: { path: 'y' },
        theirs: { path: 'w' },
      },
    });
  });

  test('makes one conflict of a file and a directory with contents of its own', () => {
    const source = new MemoryTree();
    const base = source.commit(undefined, { 'p/x': '1', 'p/y': '1' });
    const file = source.commit(undefined, { p: 'file' });
    const changed = source.commit(undefined, { 'p/x': '2', 'p/y': '1', 'p/z': '1' });
    const fewer = source.commit(undefined, { 'p/x': '1' });
    expect(summary(planMerge(source, { base, ours: changed, theirs: file }))).toEqual([
      'conflict file-directory p',
    ]);
    expect(summary(planMerge(source, { base, ours: file, theirs: changed }))).toEqual([
      'conflict file-directory p',
    ]);
    expect(summary(planMerge(source, { base, ours: fewer, theirs: file }))).toEqual([
      'delete p/x',
      'delete p',
      'take p',
    ]);
  });

  test('names what only ours changed when asked to', () => {
    const [source, roots] = sides({ a: '1', b: '1' }, { a: '2', 'd/n': '1' }, { b: '2' });
    expect(summary(planMerge(source, roots, { withKept: true }))).toEqual([
      'keep a',
      'take b',
      'keep d',
      'keep d/n',
    ]);
  });

  test('merges directories of many vnodes, also when their number differs', () => {
    const many = Object.fromEntries(
      Array.from({ length: 2500 }, (_, index) => [`d/${index}`, `${index}`] as const),
    );
    const added = Object.fromEntries(
      Array.from({ length: 600 }, (_, index) => [`d/new ${index}`, 'n'] as const),
    );
    const [source, roots] = sides(many, { 'd/7': 'ours' }, { 'd/8': 'theirs' });
    expect(summary(planMerge(source, roots))).toEqual(['take d/8']);
    const [grown, grownRoots] = sides(many, { 'd/7': 'ours' }, { ...added, 'd/8': 'theirs' });
    expect([...planMerge(grown, grownRoots)]).toHaveLength(601);
  });

  test('does not read what is the same in two of the three trees', () => {
    const far = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`far/${index}/file`, `${index}`] as const),
    );
    const [source, roots] = sides({ ...far, 'a/x': '1' }, { 'o/x': '1' }, { 'a/x': '2' });
    let count = 0;
    const counting = {
      read: (id: Hash) => {
        count++;
        return source.read(id);
      },
    };
    expect(summary(planMerge(counting, roots))).toEqual(['take a/x']);
    expect(count).toBeLessThan(25);
  });
});
