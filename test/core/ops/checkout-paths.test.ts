/** Checkouts and restores whose paths are of different kinds on both sides, overlap, or are many. */
import { describe, expect, test } from 'vitest';
import { isClean } from '../../../src/core/model/status.js';
import { commitAll, committed, exists, read, write } from '../../helpers/repository.js';

const filesFirst = { x: '1', 'y/a': '1', 'y/b/c': '2' };
const directoriesFirst = { 'x/a': '1', 'x/b/c': '3', y: '2' };

async function crossed() {
  const made = await committed(filesFirst);
  await made.checkoutNewBranch('other');
  await commitAll(made, 'second', { x: null, y: null });
  await commitAll(made, 'third', directoriesFirst);
  return made;
}

describe('a checkout', () => {
  test('turns files into directories and directories into files, both ways', async () => {
    const made = await crossed();
    await made.checkout('main');
    expect(read(made.root)).toEqual(filesFirst);
    expect(isClean(await made.status())).toBe(true);
    await made.checkout('other');
    expect(read(made.root)).toEqual(directoriesFirst);
    expect(isClean(await made.status())).toBe(true);
  });

  test('keeps a directory that would become a file while something untracked is in it', async () => {
    const made = await crossed();
    write(made.root, { 'x/b/mine': 'untracked' });
    const before = read(made.root);
    await expect(made.checkout('main')).rejects.toThrow('x/b/mine');
    expect(read(made.root)).toEqual(before);
  });

  test('names an untracked file where a directory is needed', async () => {
    const made = await committed({ a: '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'second', { 'd/e/f': '2' });
    await made.checkout('main');
    write(made.root, { d: 'mine' });
    await expect(made.checkout('other')).rejects.toThrow('  d');
    expect(read(made.root)).toEqual({ a: '1', d: 'mine' });
  });

  test('drops what is staged where the other commit has the same, and nothing else', async () => {
    const made = await committed({ a: '1', b: '1', 'd/c': '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'second', { a: '2', 'd/c': '2' });
    await made.checkout('main');
    write(made.root, { a: '2', b: '2', 'd/c': '2' });
    await made.add(['.']);
    await made.checkout('other');
    const { stagedFiles } = await made.status();
    expect(stagedFiles.map(({ path }) => path)).toEqual(['b']);
  });

  test('brings back a directory that several jobs write', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2100 }, (_, index) => [`d/f${index}`, `${index}`]),
    );
    const made = await committed({ a: '1' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'many', many);
    await made.checkout('main');
    expect(exists(made.root, 'd')).toBe(false);
    await made.checkout('other');
    expect(read(made.root)).toEqual({ a: '1', ...many });
    expect(isClean(await made.status())).toBe(true);
  });
});

describe('a restore', () => {
  test('writes each file once when the paths overlap', async () => {
    const made = await committed({ a: '1', 'd/b': '2', 'd/c': '3', 'd/e/f': '4', g: '5' });
    write(made.root, { a: null, d: null, g: 'mine' });
    const paths = ['d/b', 'd', 'd/e', 'd/e/f', 'a', 'a'];
    expect(await made.restore(paths)).toEqual({ restoredCount: 4 });
    expect(read(made.root)).toEqual({ a: '1', 'd/b': '2', 'd/c': '3', 'd/e/f': '4', g: 'mine' });
  });

  test('of several files of one directory leaves the others', async () => {
    const made = await committed({ 'd/a': '1', 'd/b': '2', 'd/c': '3' });
    write(made.root, { d: null });
    expect(await made.restore(['d/c', 'd/a'])).toEqual({ restoredCount: 2 });
    expect(read(made.root)).toEqual({ 'd/a': '1', 'd/c': '3' });
  });
});
