import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { ada, commitAll, read, repository, write } from '../../helpers/repository.js';

const names = ['a', 'b', 'd', 'd/a', 'd/e', 'd/e/a'];

/** Contents by path such that no path lies in a file. */
const trees = fc
  .array(fc.constantFrom('', '1', '2', '3'), { minLength: names.length, maxLength: names.length })
  .map((contents) => {
    const files = new Map<string, string>();
    names.forEach((name, index) => {
      const content = contents[index] ?? '';
      const isBelowFile = [...files.keys()].some((path) => name.startsWith(`${path}/`));
      if (content !== '' && !isBelowFile) files.set(name, content);
    });
    return Object.fromEntries(files);
  });

function become(made: Repository, files: Readonly<Record<string, string>>): void {
  write(made.root, { a: null, b: null, d: null });
  write(made.root, files);
}

async function commitAgain(made: Repository): Promise<string | undefined> {
  const { id } = await made.commit('again', ada, { allowEmpty: true });
  return made.stores.commitTree(id)?.rootId;
}

test('a commit that is taken back and made again is the same, whatever was staged in between', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, trees, async (first, second, third) => {
      const made = await repository(first);
      await commitAll(made, 'first', { k: '1' });
      become(made, second);
      const { id } = await commitAll(made, 'second', { k: '2' });
      const rootId = made.stores.commitTree(id)?.rootId;
      await made.undo();
      expect(await commitAgain(made)).toBe(rootId);
      become(made, third);
      await made.add(['.']);
      const files = read(made.root);
      await made.undo();
      const taken = await commitAgain(made);
      expect(read(made.root)).toEqual(files);
      const state = await made.status();
      expect([...state.modifiedFiles, ...state.removedFiles, ...state.untrackedFiles]).toEqual([]);
      // The same files committed in a repository that knows of no undo.
      const fresh = await repository(files);
      await fresh.add(['.']);
      const plain = await fresh.commit('plain', ada);
      const list = (from: Repository) =>
        [...from.tree(from.nodeAt('.'))].flatMap(({ node }) =>
          node.kind === 'file' ? [`${node.file.name} ${node.file.hash}`] : [],
        );
      expect(list(made)).toEqual(list(fresh));
      expect(taken).toBeDefined();
      expect(plain.parentIds).toEqual([]);
    }),
    { numRuns: 25, examples: [[{ d: '2' }, { 'd/e/a': '1' }, { d: '2' }]] },
  );
}, 60_000);
