/** A disk that fails while files are written: full, slow to take bytes, with renames that fail. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { isTemporaryName } from '../../../src/core/model/path.js';
import { materialiseFiles } from '../../../src/core/worktree/materialise.js';
import { temporaryName } from '../../../src/core/worktree/temporary-names.js';
import { packFiles, rowsOf } from './packed-contents.js';
import { putEntry, workingTree } from './working-tree.js';

const disk = vi.hoisted(() => ({
  writesLeft: Number.POSITIVE_INFINITY, // calls of writeSync that succeed
  largestWrite: Number.POSITIVE_INFINITY, // bytes that one call takes
  renameError: '', // code of the error of every rename
  seen: [] as string[], // the names that a reader sees at each write
  watched: '', // the directory looked at
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fail = (code: string) => Object.assign(new Error(code), { code });
  return {
    ...real,
    writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, at?: number) => {
      if (disk.writesLeft-- <= 0) throw fail('ENOSPC');
      if (disk.watched !== '') disk.seen.push(...real.readdirSync(disk.watched));
      return real.writeSync(file, bytes, offset, Math.min(length, disk.largestWrite), at);
    },
    renameSync: (from: string, to: string) => {
      if (disk.renameError !== '') throw fail(disk.renameError);
      real.renameSync(from, to);
    },
  };
});

beforeEach(() => {
  disk.writesLeft = Number.POSITIVE_INFINITY;
  disk.largestWrite = Number.POSITIVE_INFINITY;
  disk.renameError = '';
  disk.watched = '';
});

/** Temporary files of the root. */
function leftovers(root: string): string[] {
  return readdirSync(root).filter(isTemporaryName);
}

const chunks = [Buffer.alloc(300_000, 'a'), Buffer.alloc(200_000, 'b')];

test('leaves no part of a file when the disk is full, whichever write fails', () => {
  const files = packFiles({ a: 'one', b: chunks, c: 'two' });
  for (let writes = 0; writes < 4; writes++) {
    const root = workingTree({ b: 'old' });
    disk.writesLeft = writes;
    const output = materialiseFiles({
      ...files,
      root,
      directory: '',
      replace: true,
      isWhole: true,
    });
    disk.writesLeft = Number.POSITIVE_INFINITY;
    const written = rowsOf(output).names.all;
    const failed = output.problems.map(({ name, code, message }) => {
      expect([code, message]).toEqual(['ENOSPC', 'no space left on the device']);
      return name;
    });
    expect([...written, ...failed].sort()).toEqual(['a', 'b', 'c']);
    expect(existsSync(join(root, 'a'))).toBe(written.includes('a'));
    expect(existsSync(join(root, 'c'))).toBe(written.includes('c'));
    const expected = written.includes('b') ? Buffer.concat(chunks) : Buffer.from('old');
    expect(readFileSync(join(root, 'b')).equals(expected)).toBe(true);
    expect(leftovers(root)).toEqual([]);
  }
});

test('goes on after writes that take only a part', () => {
  const root = workingTree();
  disk.largestWrite = 1000;
  const files = packFiles({ a: Buffer.alloc(2500, 'x'), b: chunks });
  expect(
    materialiseFiles({ ...files, root, directory: '', replace: false, isWhole: true }).problems,
  ).toEqual([]);
  expect(readFileSync(join(root, 'a')).length).toBe(2500);
  expect(readFileSync(join(root, 'b')).equals(Buffer.concat(chunks))).toBe(true);
});

test('gives a file its name when it is whole', () => {
  const root = workingTree();
  disk.watched = root;
  disk.seen.length = 0;
  const files = packFiles({ a: chunks });
  expect(
    materialiseFiles({ ...files, root, directory: '', replace: false, isWhole: true }).problems,
  ).toEqual([]);
  expect(disk.seen.length).toBeGreaterThan(1);
  expect(disk.seen.filter((name) => !isTemporaryName(name))).toEqual([]);
  expect(readdirSync(root)).toEqual(['a']);
});

test('keeps the old file and reports it when the rename fails', () => {
  const root = workingTree({ a: 'old' });
  disk.renameError = 'EPERM';
  const output = materialiseFiles({
    ...packFiles({ a: 'new' }),
    root,
    directory: '',
    replace: true,
    isWhole: true,
  });
  expect(output.problems).toEqual([
    { name: 'a', code: 'EPERM', message: 'operation not permitted' },
  ]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('old');
  expect(leftovers(root)).toEqual([]);
});

test('is not disturbed by what an interrupted run of the same process number left', () => {
  const root = workingTree({ a: 'old' });
  const first = (temporaryName(0).match(/^(.*-)\d+$/) ?? [])[1];
  const names = Array.from({ length: 64 }, (_, index) => `${first}${index}`);
  for (const name of names) putEntry(root, name, 'half a file');
  const files = packFiles({ a: 'new' });
  expect(
    materialiseFiles({ ...files, root, directory: '', replace: true, isWhole: true }).problems,
  ).toEqual([]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('new');
  expect(leftovers(root).sort()).toEqual(names.sort());
});
