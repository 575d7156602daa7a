/** What one tree has and others have not, against a comparison of all their files. */
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { peekedName } from '../../../src/core/format/entry-peek.js';
import { childHashAt } from '../../../src/core/format/node-file.js';
import type { CommitId, Hash } from '../../../src/core/model/hash.js';
import { hashesOf } from '../../../src/core/model/hash-column.js';
import { HashTable } from '../../../src/core/model/hash-table.js';
import { joinPath, rootPath } from '../../../src/core/model/path.js';
import { OpenRepository } from '../../../src/core/repository.js';
import { findNewNodes } from '../../../src/core/tree/new-nodes.js';
import { walkTree } from '../../../src/core/tree/walk.js';
import { commitAll, repository } from '../../helpers/repository.js';

const paths = ['a', 'b', 'd/a', 'd/b', 'd/e/a', 'd/e/b', 'f/a', 'f/g/h/a'];
const change = fc.record({
  path: fc.constantFrom(...paths),
  content: fc.constantFrom('1', '22', '333', null),
});

interface Commits {
  readonly stores: OpenRepository;
  readonly ids: readonly CommitId[];
}

/** Makes a repository with a commit for each list of changes. */
async function commitsOf(
  changes: readonly (readonly { path: string; content: string | null }[])[],
): Promise<Commits> {
  const made = await repository({ first: 'first' });
  const ids = [];
  for (const [index, list] of changes.entries()) {
    const files = Object.fromEntries(list.map(({ path, content }) => [path, content]));
    ids.push((await commitAll(made, 'next', { ...files, count: String(index) })).id);
  }
  const stores = await OpenRepository.open(made.root);
  onTestFinished(() => stores.close());
  return { stores, ids };
}

function rootOf(stores: OpenRepository, id: CommitId): Hash {
  const tree = stores.commitTree(id);
  if (tree === undefined) throw new Error('no tree');
  return tree.rootId;
}

/** Returns the files and directories of a tree as `path hash`. */
function entriesOf(stores: OpenRepository, root: Hash, kind: 'file' | 'dir'): string[] {
  return Array.from(walkTree(stores.nodes, root, rootPath))
    .filter(({ entry }) => entry.kind === kind)
    .map(({ path, entry }) => `${path} ${entry.hash}`);
}

test('new files are those that no other tree has at the same path, and new directories are all named', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { maxLength: 5 }), { minLength: 2, maxLength: 4 }),
      async (changes) => {
        const { stores, ids } = await commitsOf(changes);
        const [last = rootOf(stores, ids[0] as CommitId), ...bases] = ids
          .map((id) => rootOf(stores, id))
          .reverse();
        const found: string[] = [];
        const seen = new HashTable();
        findNewNodes(
          {
            source: stores.nodes,
            seen,
            visit: ({ directory, vnode, child, peek }) => {
              const name = peekedName(vnode.children, peek);
              expect(peek.sizeBytes).toBeGreaterThan(0);
              found.push(`${joinPath(directory, name)} ${childHashAt(vnode, child)}`);
            },
          },
          last,
          bases,
        );
        const known = new Set(bases.flatMap((base) => entriesOf(stores, base, 'file')));
        const all = entriesOf(stores, last, 'file');
        expect(found.sort()).toEqual(all.filter((file) => !known.has(file)).sort());
        const named = new Set(hashesOf(seen.hashes));
        const knownDirectories = new Set(bases.flatMap((base) => entriesOf(stores, base, 'dir')));
        for (const directory of entriesOf(stores, last, 'dir')) {
          const [, id] = directory.split(' ');
          if (!knownDirectories.has(directory)) expect(named).toContain(id);
        }
        expect(named.has(last)).toBe(!bases.includes(last));
      },
    ),
    { numRuns: 25 },
  );
});

test('without other trees everything is new, equal directories once', async () => {
  const { stores, ids } = await commitsOf([
    [
      { path: 'd/a', content: '1' },
      { path: 'f/a', content: '1' },
    ],
  ]);
  const [id] = ids;
  if (id === undefined) throw new Error('no commit');
  let count = 0;
  const seen = new HashTable();
  const search = { source: stores.nodes, seen, visit: () => void count++ };
  findNewNodes(search, rootOf(stores, id), []);
  expect(count).toBe(4);
  const size = seen.size;
  findNewNodes(search, rootOf(stores, id), []);
  expect(count).toBe(4);
  expect(seen.size).toBe(size);
});
