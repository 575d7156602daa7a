import { describe, expect, onTestFinished, test } from 'vitest';
import { TreeInspection } from '../../../src/core/ops/tree-inspection.js';
import { OpenRepository } from '../../../src/core/repository.js';
import { commitAll, repository } from '../../helpers/repository.js';

describe('TreeInspection', () => {
  test('finds everything of a whole tree, and lets others have their turn meanwhile', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 6000 }, (_, index) => [`images/${index}.txt`, `image ${index}`]),
    );
    const made = await repository({});
    const { id } = await commitAll(made, 'many', files);
    const opened = await OpenRepository.open(made.root);
    onTestFinished(() => opened.close());
    const tree = opened.commitTree(id);
    if (tree === undefined) throw new Error('no tree');
    const seen: string[] = [];
    const inspection = new TreeInspection(opened, ({ path }) => seen.push(path));
    let turns = 0;
    const count = () => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await inspection.inspect(id, tree.rootId, undefined);
    clearImmediate(next);
    expect(inspection.isComplete).toBe(true);
    expect(seen).toEqual(['', 'images']);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
