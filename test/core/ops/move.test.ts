import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isClean } from '../../../src/core/model/status.js';
import { ada, commitAll, committed, exists, read, write } from '../../helpers/repository.js';

describe('mv', () => {
  test('features 3, row 10: renames a file and stages it as a move', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    expect(await made.move(['a'], 'd/c')).toEqual([{ from: 'a', to: 'd/c' }]);
    expect(read(made.root)).toEqual({ 'd/b': '2', 'd/c': '1' });
    const state = await made.status();
    expect(state.movedFiles).toEqual([{ from: 'a', to: 'd/c' }]);
    expect([state.stagedFiles, state.modifiedFiles, state.untrackedFiles]).toEqual([[], [], []]);
    await made.commit('moved', ada);
    expect(isClean(await made.status())).toBe(true);
    expect(made.list('.').map(({ kind }) => kind)).toEqual(['dir']);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('moves directories with all that is in them, untracked files too', async () => {
    const made = await committed({ 'd/a': '1', 'd/e/b': '2', 'd/empty/': '', other: 'o' });
    write(made.root, { 'd/u': 'untracked' });
    await made.move(['d'], 'n');
    expect(read(made.root)).toEqual({ 'n/a': '1', 'n/e/b': '2', 'n/u': 'untracked', other: 'o' });
    const state = await made.status();
    expect(state.movedFiles.map(({ to }) => to)).toEqual(['n/a', 'n/e/b']);
    expect(state.untrackedFiles).toEqual(['n/u']);
    expect(state.modifiedFiles).toEqual([]);
    rmSync(join(made.root, 'n/u'));
    await made.commit('moved', ada);
    expect(isClean(await made.status())).toBe(true);
    const fresh = await committed({ 'n/a': '1', 'n/e/b': '2', 'n/empty/': '', other: 'o' });
    expect(await made.fingerprint()).toBe(await fresh.fingerprint());
  });

  test('there and back leaves nothing staged', async () => {
    const made = await committed({ 'd/a': '1', 'd/e/b': '2', 'd/empty/': '', f: '3' });
    await made.move(['d'], 'n');
    await made.move(['n'], 'd');
    await made.move(['f'], 'g');
    await made.move(['g'], 'f');
    expect(isClean(await made.status())).toBe(true);
  });

  test('keeps local changes local and what is staged staged', async () => {
    const made = await committed({ a: '1', b: '2' });
    write(made.root, { a: 'local', b: 'staged', c: 'new' });
    await made.add(['b', 'c']);
    write(made.root, { 'to/': '' });
    await made.move(['a', 'b', 'c'], 'to');
    const state = await made.status();
    expect(state.modifiedFiles).toEqual(['to/a']);
    await made.commit('moved', ada);
    const content = async (path: string) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of made.read(path)) pieces.push(piece);
      return Buffer.concat(pieces).toString();
    };
    expect(await content('to/a')).toBe('1');
    expect(await content('to/b')).toBe('staged');
    expect(await content('to/c')).toBe('new');
    expect(read(made.root)['to/a']).toBe('local');
  });

  test('overwrites nothing unless forced', async () => {
    const made = await committed({ a: '1', b: '2', 'd/x': '3', 'e/d/y': '4' });
    write(made.root, { u: 'untracked' });
    const before = read(made.root);
    await expect(made.move(['a'], 'b')).rejects.toThrow("'b' exists already");
    await expect(made.move(['a'], 'u')).rejects.toThrow("'u' exists already");
    await expect(made.move(['d'], 'e')).rejects.toThrow("'e/d' exists already");
    rmSync(join(made.root, 'b'));
    await expect(made.move(['a'], 'b')).rejects.toThrow("'b' exists already");
    write(made.root, { b: '2' });
    expect(read(made.root)).toEqual(before);
    expect((await made.status()).stagedFiles).toEqual([]);
    await made.move(['a'], 'b', { force: true });
    expect(read(made.root)['b']).toBe('1');
    await commitAll(made, 'replaced');
    expect(exists(made.root, 'a')).toBe(false);
  });

  test('cli.md 5: refuses what makes no sense, and changes nothing', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    write(made.root, { u: 'untracked' });
    const before = read(made.root);
    await expect(made.move(['u'], 'v')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(made.move(['nope'], 'v')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(made.move(['d'], 'd/e')).rejects.toThrow('into itself');
    await expect(made.move(['a'], 'no/where')).rejects.toThrow("'no' does not exist");
    await expect(made.move(['a', 'd'], 'v')).rejects.toThrow('not a directory');
    await expect(made.move(['a'], '../x')).rejects.toThrow('outside the repository');
    await expect(made.move(['a'], '.oxen/x')).rejects.toThrow("oxen's own data");
    await expect(made.move(['d', 'd/b'], '.')).rejects.toMatchObject({ kind: 'usage' });
    expect(read(made.root)).toEqual(before);
    expect((await made.status()).stagedFiles).toEqual([]);
  });
});
