import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { commitAll, committed, write } from '../../helpers/repository.js';

async function diffOf(made: Repository, revisions: string[] = [], options = {}) {
  const found = [];
  for await (const { path, state, change } of made.diff(revisions, options)) {
    const counts = change.kind === 'text' ? ` +${change.addedCount} -${change.removedCount}` : '';
    found.push(`${state} ${path} ${change.kind}${counts}`);
  }
  return found;
}

const binary = Buffer.from([0, 1, 2, 250, 251]);

describe('diff', () => {
  test('of the working tree shows changed, removed and staged files, and no untracked ones', async () => {
    const made = await committed({ a: '1\n2\n', 'd/b': 'x\n', 'd/c': 'y\n', same: 's' });
    write(made.root, { a: '1\n3\n', 'd/b': null, 'd/c': 'z\n', untracked: 'u' });
    await made.add(['d/c']);
    expect(await diffOf(made)).toEqual([
      'modified a text +1 -1',
      'removed d/b text +0 -1',
      'modified d/c text +1 -1',
    ]);
    expect(await diffOf(made, [], { staged: true })).toEqual(['modified d/c text +1 -1']);
    expect(await diffOf(made, [], { paths: ['d'] })).toHaveLength(2);
  });

  test('says that binary files differ and goes on, where the original fails (oxen diff with a changed binary file)', async () => {
    const made = await committed({ 'x.bin': binary, a: '1\n' });
    write(made.root, { 'x.bin': Buffer.concat([binary, binary]), a: '2\n' });
    expect(await diffOf(made)).toEqual(['modified a text +1 -1', 'modified x.bin binary']);
  });

  test('compares two revisions, a range, and HEAD with one revision', async () => {
    const made = await committed({ a: '1\n', gone: 'g\n' });
    await commitAll(made, 'second', { a: '2\n', gone: null, new: 'n\n' });
    const expected = ['modified a text +1 -1', 'removed gone text +0 -1', 'added new text +1 -0'];
    expect(await diffOf(made, ['HEAD~1', 'HEAD'])).toEqual(expected);
    expect(await diffOf(made, ['HEAD~1..HEAD'])).toEqual(expected);
    expect(await diffOf(made, ['HEAD~1'])).toEqual([
      'modified a text +1 -1',
      'added gone text +1 -0',
      'removed new text +0 -1',
    ]);
  });

  test('compares tables by row, paired by a key, and falls back to lines for what is no table', async () => {
    const made = await committed({
      't.csv': 'id,label\n1,cat\n2,dog\n3,ox\n',
      'odd.csv': 'a,b\n1\n"x\n',
    });
    write(made.root, {
      't.csv': 'id,label\n1,cat\n2,cow\n4,hen\n',
      'odd.csv': 'a,b\n2\n"x\n',
    });
    expect(await diffOf(made)).toEqual(['modified odd.csv text +1 -1', 'modified t.csv table']);
    const options = { paths: ['t.csv'], tables: { keys: ['id'] } };
    const changes = [];
    for await (const { change } of made.diff([], options)) changes.push(change);
    expect(changes).toEqual([
      expect.objectContaining({
        kind: 'table',
        columnChanges: [],
        rows: [
          { kind: 'modified', values: ['2', 'dog', 'cow'] },
          { kind: 'removed', values: ['3', 'ox', null] },
          { kind: 'added', values: ['4', null, 'hen'] },
        ],
      }),
    ]);
    await expect(diffOf(made, [], { tables: { keys: ['nope'] } })).rejects.toThrow(
      "no common column 'nope'",
    );
  });

  test('is empty when nothing differs', async () => {
    const made = await committed({ a: '1\n' });
    expect(await diffOf(made)).toEqual([]);
  });
});
