/**
 * Whole merges and checkouts in real repositories against the models: the working tree, the commit and the status after
 * a merge, after settling its conflicts for one side, after taking it back, and after a checkout with local changes.
 */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { OxenError } from '../../../src/core/model/errors.js';
import { isClean } from '../../../src/core/model/status.js';
import { mergeModels } from '../../helpers/model-merge.js';
import {
  commitModel,
  committedTree,
  diskTree,
  type PlainTree,
  plainTree,
  writeModel,
} from '../../helpers/model-repository.js';
import {
  applyEdits,
  edit,
  type ModelTree,
  modelTree,
  threeTrees,
} from '../../helpers/model-tree.js';
import { ada, repository } from '../../helpers/repository.js';
import { settle } from '../../helpers/settle-merge.js';

// Thousands of durable commits: in memory where the system offers it.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

const asked = process.env['OXEN_MODEL_RUNS'];
const numRuns = Number(asked ?? 200);
/** The same cases every time, unless a number of cases is asked for: those are new ones. */
const settings = asked === undefined ? { numRuns, seed: 1 } : { numRuns };

/** Two branches that went on from `base`; `main` with ours is checked out. */
async function diverged({ base, ours, theirs }: Record<'base' | 'ours' | 'theirs', ModelTree>) {
  const made = await repository();
  await commitModel(made, base, 'base');
  await made.checkoutNewBranch('other');
  await commitModel(made, theirs, 'theirs');
  await made.checkout('main');
  expect(diskTree(made.root)).toEqual(plainTree(base));
  await commitModel(made, ours, 'ours');
  expect(isClean(await made.status())).toBe(true);
  return made;
}

async function expectClean(made: Repository, tree: PlainTree) {
  expect(diskTree(made.root)).toEqual(tree);
  expect(committedTree(made)).toEqual(tree);
  expect(isClean(await made.status())).toBe(true);
}

describe('a merge in a repository', () => {
  test('gives the tree of the model; conflicts can be taken back or settled', async () => {
    let conflicted = 0;
    await fc.assert(
      fc.asyncProperty(
        threeTrees,
        fc.constantFrom('abort', 'ours', 'theirs'),
        async (trees, ending) => {
          fc.pre(!addsEmptyFileTwice(trees));
          const made = await diverged(trees);
          const expected = mergeModels(trees.base, trees.ours, trees.theirs);
          const result = await made.merge('other', ada);
          if (expected.conflicts.size === 0) {
            expect(result.kind).not.toBe('conflicts');
            await expectClean(made, plainTree(expected.tree));
            return;
          }
          conflicted++;
          if (result.kind !== 'conflicts') throw new Error(`${result.kind} instead of conflicts`);
          const paths = result.conflicts.map(({ path }) => path);
          expect(new Set(paths)).toEqual(new Set(expected.conflicts.keys()));
          await expect(made.commit('too early', ada)).rejects.toThrow('unresolved');
          if (ending === 'abort') {
            await made.abortMerge();
            await expectClean(made, plainTree(trees.ours));
          } else {
            await made.takeSide(ending as 'ours' | 'theirs', paths);
            await made.commit('merged', ada);
            await expectClean(made, plainTree(settle(trees, ending as 'ours' | 'theirs')));
          }
        },
      ),
      settings,
    );
    expect(conflicted).toBeGreaterThan(numRuns / 10);
  }, 600_000);

  test('loses no local change, whether it is refused, done or taken back', async () => {
    await fc.assert(
      fc.asyncProperty(threeTrees, fc.array(edit, { maxLength: 3 }), async (trees, edits) => {
        const made = await diverged(trees);
        const local = applyEdits(trees.ours, edits);
        writeModel(made.root, local);
        const before = plainTree(local);
        const head = made.resolve('HEAD');
        const result = await made.merge('other', ada).catch(expected);
        if (result === undefined) {
          expect(diskTree(made.root)).toEqual(before);
          expect(made.resolve('HEAD')).toBe(head);
          expect((await made.status()).mergingId).toBeUndefined();
          return;
        }
        expectKept(diskTree(made.root), before, plainTree(trees.ours));
        if (result.kind !== 'conflicts') return;
        const merged = diskTree(made.root);
        const isBack = await made.abortMerge().then(() => true, expected);
        if (isBack !== true) expect(diskTree(made.root)).toEqual(merged);
        // A file that the user had made as theirs has it counts as brought by the merge.
        const known = { ...plainTree(trees.ours), ...sameIn(before, plainTree(trees.theirs)) };
        expectKept(diskTree(made.root), before, known);
      }),
      settings,
    );
  }, 600_000);
});

describe('a checkout in a repository', () => {
  test('gives the tree of the commit, and loses no local change', async () => {
    let refused = 0;
    const edits = fc.array(edit, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(modelTree, edits, edits, fc.boolean(), async (base, far, near, isStaged) => {
        const target = applyEdits(base, far);
        const made = await repository();
        await commitModel(made, base, 'base');
        await made.checkoutNewBranch('other');
        await commitModel(made, target, 'other');
        await made.checkout('main');
        await expectClean(made, plainTree(base));
        const local = applyEdits(base, near);
        writeModel(made.root, local);
        if (isStaged) await made.add(['.']);
        const before = await made.status();
        const result = await made.checkout('other').catch(expected);
        if (result === undefined) {
          refused++;
          expect(diskTree(made.root)).toEqual(plainTree(local));
          expect(await made.status()).toEqual(before);
          return;
        }
        expectKept(diskTree(made.root), plainTree(local), plainTree(base));
        if (near.length === 0) await expectClean(made, plainTree(target));
        await made.add(['.']);
        await made.commit('all', ada, { allowEmpty: true });
        await expectClean(made, diskTree(made.root));
        await made.checkout('main');
        await expectClean(made, plainTree(base));
      }),
      settings,
    );
    expect(refused).toBeGreaterThan(numRuns / 50);
  }, 600_000);
});

/** Of a file that both sides added, one of them empty, the text merge makes the other: the model says conflict. */
function addsEmptyFileTwice({ base, ours, theirs }: Record<'base' | 'ours' | 'theirs', ModelTree>) {
  return [...ours].some(([path, content]) => {
    const other = theirs.get(path);
    const isAddedTwice = typeof base.get(path) !== 'string' && typeof other === 'string';
    return isAddedTwice && content !== other && (content === '' || other === '');
  });
}

function sameIn(one: PlainTree, other: PlainTree): PlainTree {
  return Object.fromEntries(Object.entries(one).filter(([path, value]) => other[path] === value));
}

/** Files that the user made or changed are as they were; the rest is the business of the verb. */
function expectKept(found: PlainTree, local: PlainTree, before: PlainTree): void {
  for (const [path, content] of Object.entries(local)) {
    if (!path.endsWith('/') && before[path] !== content)
      expect([path, found[path]]).toEqual([path, content]);
  }
}

function expected(error: unknown): undefined {
  if (!(error instanceof OxenError) || error.kind !== 'conflict') throw error;
}
