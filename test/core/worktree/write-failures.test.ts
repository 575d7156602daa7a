/** A disk that fails while files are written: full, slow to take bytes, or another one below a directory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { FileIndexRun } from '../../../src/core/format/file-index-run.js';
import { clearTemporaryFiles } from '../../../src/core/worktree/file-writer.js';
import { materialiseFiles } from '../../../src/core/worktree/materialise.js';
import { packFiles } from './packed-contents.js';
import { putEntry, workingTree } from './working-tree.js';

const disk = vi.hoisted(() => ({
  writesLeft: Number.POSITIVE_INFINITY, // calls of writeSync that succeed
  largestWrite: Number.POSITIVE_INFINITY, // bytes that one call takes
  renameError: '', // code of the error of every rename out of .oxen/tmp
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fail = (code: string) => Object.assign(new Error(code), { code });
  return {
    ...real,
    writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, at?: number) => {
      if (disk.writesLeft-- <= 0) throw fail('ENOSPC');
      return real.writeSync(file, bytes, offset, Math.min(length, disk.largestWrite), at);
    },
    renameSync: (from: string, to: string) => {
      if (disk.renameError !== '' && from.includes('/.oxen/tmp/')) throw fail(disk.renameError);
      real.renameSync(from, to);
    },
  };
});

beforeEach(() => {
  disk.writesLeft = Number.POSITIVE_INFINITY;
  disk.largestWrite = Number.POSITIVE_INFINITY;
  disk.renameError = '';
});

/** What stands in `.oxen/tmp`. */
function leftovers(root: string): string[] {
  const temporary = join(root, '.oxen/tmp');
  return existsSync(temporary) ? readdirSync(temporary) : [];
}

const chunks = [Buffer.alloc(300_000, 'a'), Buffer.alloc(200_000, 'b')];

test('leaves no part of a file when the disk is full, whichever write fails', () => {
  const files = packFiles({ a: 'one', b: chunks, c: 'two' });
  for (let writes = 0; writes < 4; writes++) {
    const root = workingTree({ b: 'old' });
    disk.writesLeft = writes;
    const output = materialiseFiles({ ...files, root, directory: '', replace: true });
    disk.writesLeft = Number.POSITIVE_INFINITY;
    const written = new FileIndexRun(output.index).names.all;
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
  expect(materialiseFiles({ ...files, root, directory: '', replace: false }).problems).toEqual([]);
  expect(readFileSync(join(root, 'a')).length).toBe(2500);
  expect(readFileSync(join(root, 'b')).equals(Buffer.concat(chunks))).toBe(true);
});

test('replaces files in a directory on another file system than .oxen', () => {
  const root = workingTree({ 'mounted/a': 'old' });
  disk.renameError = 'EXDEV';
  const files = packFiles({ a: 'new', b: chunks });
  expect(
    materialiseFiles({ ...files, root, directory: 'mounted', replace: true }).problems,
  ).toEqual([]);
  expect(readFileSync(join(root, 'mounted/a'), 'utf8')).toBe('new');
  expect(readdirSync(join(root, 'mounted')).sort()).toEqual(['a', 'b']);
  expect(leftovers(root)).toEqual([]);
});

test('keeps the old file and reports it when the rename fails', () => {
  const root = workingTree({ a: 'old' });
  disk.renameError = 'EPERM';
  const output = materialiseFiles({
    ...packFiles({ a: 'new' }),
    root,
    directory: '',
    replace: true,
  });
  expect(output.problems).toEqual([
    { name: 'a', code: 'EPERM', message: 'operation not permitted' },
  ]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('old');
  expect(leftovers(root)).toEqual([]);
});

test('is not disturbed by what an interrupted run left, and clears it', () => {
  const root = workingTree({ a: 'old' });
  for (let index = 0; index < 3; index++) {
    putEntry(root, `.oxen/tmp/${process.pid}-${index}`, 'half a file');
  }
  const files = packFiles({ a: 'new' });
  expect(materialiseFiles({ ...files, root, directory: '', replace: true }).problems).toEqual([]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('new');
  clearTemporaryFiles(root);
  expect(existsSync(join(root, '.oxen/tmp'))).toBe(false);
});
