import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { renderClean } from '../../../src/ui/clean-view.js';
import { ada, committed, exists, read, write } from '../../helpers/repository.js';

async function littered(): Promise<Repository> {
  const made = await committed({ a: '1', 'd/b': '2' });
  write(made.root, { x: 'x', 'd/y': 'y', 'new/z': 'z', 'new/deep/w': 'w', 'empty/': '' });
  return made;
}

describe('clean', () => {
  test('cli.md clean: says first what it would remove, and removes nothing', async () => {
    const made = await littered();
    const before = read(made.root);
    const result = await made.clean([], { dryRun: true });
    expect(renderClean(result)).toBe(`Would remove d/y
Would remove empty/
Would remove new/
Would remove x

Dry run: 4 file(s), 3 dir(s) would be removed. Re-run with -f to apply.
`);
    expect(read(made.root)).toEqual(before);
  });

  test('removes untracked files and directories, and nothing that is tracked', async () => {
    const made = await littered();
    write(made.root, { a: 'changed' });
    const result = await made.clean();
    expect(renderClean(result)).toContain('Removing new/\n');
    expect(read(made.root)).toEqual({ a: 'changed', 'd/b': '2' });
    expect(exists(made.root, 'new')).toBe(false);
    expect(exists(made.root, 'empty')).toBe(false);
    const again = await made.clean();
    expect(renderClean(again)).toBe('Nothing to clean.\n');
  });

  test('keeps what is staged and not committed', async () => {
    const made = await littered();
    await made.add(['x', 'new/z']);
    await made.clean();
    expect(read(made.root)).toEqual({ a: '1', 'd/b': '2', x: 'x', 'new/z': 'z' });
    await made.commit('second', ada);
  });

  test('cli.md clean: keeps ignored files, and an ignore file that is not committed', async () => {
    const made = await littered();
    write(made.root, { '.oxenignore': '*.log\nkept/\n', 'new/a.log': 'l', 'kept/k': 'k' });
    const result = await made.clean();
    expect(read(made.root)).toEqual({
      '.oxenignore': '*.log\nkept/\n',
      a: '1',
      'd/b': '2',
      'new/a.log': 'l',
      'kept/k': 'k',
    });
    expect(result.directories).toEqual(['empty', 'new/deep']);
  });

  test('features 3, row 18: keeps repositories inside the working tree', async () => {
    const made = await littered();
    write(made.root, { 'sub/.oxen/HEAD': 'main', 'sub/f': '1', 'new/git/.git/HEAD': 'x' });
    write(made.root, { 'new/git/f': '2' });
    const result = await made.clean();
    expect(result.keptRepositories).toEqual(['new/git', 'sub']);
    expect(exists(made.root, 'sub/f')).toBe(true);
    expect(exists(made.root, 'new/git/f')).toBe(true);
    expect(exists(made.root, 'new/z')).toBe(false);
  });

  test('neither removes links nor follows them', async () => {
    const made = await littered();
    symlinkSync(join(made.root, 'd'), join(made.root, 'new/link'));
    await made.clean();
    expect(exists(made.root, 'new/link')).toBe(true);
    expect(exists(made.root, 'd/b')).toBe(true);
    expect(exists(made.root, 'new/z')).toBe(false);
  });

  test('cli.md clean: takes only the paths that are named, and refuses one that is not there', async () => {
    const made = await littered();
    await made.clean(['new/deep', '*x']);
    expect(Object.keys(read(made.root))).toEqual(['a', 'd/b', 'd/y', 'new/z']);
    await expect(made.clean(['nope'])).rejects.toMatchObject({ kind: 'not-found' });
    await expect(made.clean(['../x'])).rejects.toThrow('outside the repository');
  });

  test('keeps files in conflict', async () => {
    const made = await committed({ a: 'base' });
    await made.checkoutNewBranch('other');
    write(made.root, { both: 'theirs' });
    await made.add(['.']);
    await made.commit('theirs', ada);
    await made.checkout('main');
    write(made.root, { both: 'ours' });
    await made.add(['.']);
    await made.commit('ours', ada);
    await made.merge('other', ada);
    const before = read(made.root);
    await made.clean();
    expect(read(made.root)).toEqual(before);
  });
});
