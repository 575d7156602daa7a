/** Compares merged trees with those of `git merge-tree`, where both mean the same: files, no renames, no conflicts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { planMerge } from '../../../src/core/merge/three-way.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { gitVersion, runGit, titleWithGit } from '../../helpers/git.js';
import { MemoryTree } from '../../helpers/memory-tree.js';
import { asChanges, dir, type ModelTree, threeTrees } from '../../helpers/model-tree.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

type Files = Record<string, string>;
type Trees = Record<'base' | 'ours' | 'theirs', ModelTree>;

const caseCount = Number(process.env['OXEN_MERGE_RUNS'] ?? 300);

function filesOf(tree: ModelTree): Files {
  const files: Files = {};
  for (const [path, value] of tree) if (value !== dir) files[path] = value;
  return files;
}

/** Returns our merge as files, or undefined when it has a conflict. */
function mergeOurs({ base, ours, theirs }: Trees): Files | undefined {
  const source = new MemoryTree();
  const roots = {
    base: source.commit(undefined, asChanges(base)),
    ours: source.commit(undefined, asChanges(ours)),
    theirs: source.commit(undefined, asChanges(theirs)),
  };
  const contents = new Map<Hash, string>();
  for (const value of Object.values({ ...filesOf(base), ...filesOf(ours), ...filesOf(theirs) })) {
    contents.set(hashBytes(Buffer.from(value)), value);
  }
  for (const value of Object.values(filesOf(ours)))
    contents.set(hashBytes(Buffer.from(value)), value);
  const result = filesOf(ours);
  for (const step of planMerge(source, roots)) {
    if ('conflict' in step) return undefined;
    if (step.action === 'delete') delete result[step.path];
    else if (step.entry.kind === 'file') result[step.path] = contents.get(step.entry.hash) ?? '';
  }
  return result;
}

/** Writes the three trees as commits in the form of `git fast-import`: base, and two children of it. */
function importText({ base, ours, theirs }: Trees, index: number): string {
  const commit = (name: string, tree: ModelTree, parent?: string) => {
    const ref = `refs/heads/${name}-${index}`;
    const data = Object.entries(filesOf(tree)).map(
      ([path, content]) =>
        `M 100644 inline "${path}"\ndata ${Buffer.byteLength(content)}\n${content}\n`,
    );
    const from = parent === undefined ? '' : `from refs/heads/${parent}-${index}\ndeleteall\n`;
    return `commit ${ref}\ncommitter a <a@b> 1 +0000\ndata 0\n${from}${data.join('')}\n`;
  };
  return commit('base', base) + commit('ours', ours, 'base') + commit('theirs', theirs, 'base');
}

/** Returns git's merges as files, undefined for a conflict. */
function mergeAllWithGit(cases: readonly Trees[]): (Files | undefined)[] {
  const cwd = temporaryDirectory();
  runGit(cwd, ['init', '-q', '--bare']);
  const imported = runGit(cwd, ['fast-import', '--quiet'], cases.map(importText).join(''));
  expect(imported.status).toBe(0);
  const pairs = cases.map((_, index) => `ours-${index} theirs-${index}\n`).join('');
  const options = ['-c', 'merge.renames=false', '-c', 'merge.directoryRenames=false'];
  const { output } = runGit(
    cwd,
    [...options, 'merge-tree', '--write-tree', '--stdin', '-z'],
    pairs,
  );
  const ids = parseMerges(output.toString(), cases.length);
  return ids.map((id) => (id === undefined ? undefined : listFiles(cwd, id)));
}

/** Each merge is: `1` or `0` (conflicts), the tree, for conflicts more fields, and an empty field. */
function parseMerges(output: string, count: number): (string | undefined)[] {
  const ids: (string | undefined)[] = [];
  const pattern = /(?:^|\0)([01])\0([0-9a-f]{40})\0/g;
  for (const [, isClean, id] of output.matchAll(pattern))
    ids.push(isClean === '1' ? id : undefined);
  expect(ids).toHaveLength(count);
  return ids;
}

function listFiles(cwd: string, treeId: string): Files {
  const { output } = runGit(cwd, ['ls-tree', '-r', '-z', treeId]);
  const rows = output.toString().split('\0').filter(Boolean);
  const blobs = rows.map((row) => (row.split('\t')[0] ?? '').split(' ')[2] ?? '');
  const contents = readBlobs(cwd, blobs);
  return Object.fromEntries(rows.map((row, index) => [row.split('\t')[1], contents[index] ?? '']));
}

function readBlobs(cwd: string, ids: readonly string[]): string[] {
  const { output } = runGit(cwd, ['cat-file', '--batch'], `${ids.join('\n')}\n`);
  let rest = output.toString();
  return ids.map(() => {
    const headerEnd = rest.indexOf('\n');
    const size = Number(rest.slice(0, headerEnd).split(' ')[2]);
    const content = rest.slice(headerEnd + 1, headerEnd + 1 + size);
    rest = rest.slice(headerEnd + size + 2);
    return content;
  });
}

describe.skipIf(gitVersion === undefined)(titleWithGit('planMerge against git merge-tree'), () => {
  test('gives the same files whenever git merges without conflict', { timeout: 300_000 }, () => {
    const cases = fc.sample(threeTrees, caseCount);
    const theirs = mergeAllWithGit(cases);
    let cleanCount = 0;
    cases.forEach((trees, index) => {
      const expected = theirs[index];
      const found = mergeOurs(trees);
      if (expected === undefined || found === undefined) return;
      cleanCount++;
      expect(found).toEqual(expected);
    });
    expect(cleanCount).toBeGreaterThan(caseCount / 4);
  });
});
