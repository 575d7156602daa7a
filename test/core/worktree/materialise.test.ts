import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { maxRunRows } from '../../../src/core/format/column-run.js';
import { FileIndexRun, fileIndexFlags } from '../../../src/core/format/file-index-run.js';
import type { MaterialiseOutput } from '../../../src/core/model/jobs.js';
import { joinNames } from '../../../src/core/model/name-list.js';
import { isTemporaryName } from '../../../src/core/model/path.js';
import { materialiseBatch, materialiseFiles } from '../../../src/core/worktree/materialise.js';
import { type FilesToWrite, packFiles, packOf, rowsOf } from './packed-contents.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

const later = {
  clock: { now: () => ({ seconds: Math.ceil(Date.now() / 1000) + 10, nanoseconds: 0 }) },
};

function write(root: string, files: FilesToWrite, directory = '', replace = false) {
  return materialiseFiles({ ...files, root, directory, replace, isWhole: true }, later);
}

function codes({ problems }: MaterialiseOutput): string[] {
  return problems.map(({ name, code }) => `${name} ${code}`);
}

/** Temporary files anywhere in the tree, to see that nothing is left behind. */
function leftovers(root: string): string[] {
  const names = readdirSync(root, { recursive: true }) as string[];
  return names.filter((path) => isTemporaryName(basename(path)));
}

/** Flips one byte of the `occurrence`-th place where `text` stands in the pack. */
function damage(files: FilesToWrite, text: string): void {
  const pack = readFileSync(packOf(files));
  const at = pack.indexOf(text);
  expect(at).toBeGreaterThan(0);
  pack[at] = (pack[at] ?? 0) ^ 1;
  writeFileSync(packOf(files), pack);
}

const chunk = (letter: string, length: number) => Buffer.alloc(length, letter);
const chunked = [chunk('a', 300_000), chunk('b', 1_000_000), chunk('c', 5_000_000), chunk('d', 1)];

test('writes files of one record and of many chunks, with rows that match them', () => {
  const root = workingTree();
  const contents = { big: chunked, empty: '', small: 'content', whole: chunk('w', 4 << 20) };
  const output = write(root, packFiles(contents), 'new/directory');
  expect(output.problems).toEqual([]);
  const directory = join(root, 'new/directory');
  expect(readFileSync(join(directory, 'big')).equals(Buffer.concat(chunked))).toBe(true);
  expect(readFileSync(join(directory, 'empty')).length).toBe(0);
  expect(readFileSync(join(directory, 'small'), 'utf8')).toBe('content');
  expect(readFileSync(join(directory, 'whole')).equals(contents.whole)).toBe(true);
  const run = rowsOf(output);
  expect(run.names.all).toEqual(['big', 'empty', 'small', 'whole']);
  for (let row = 0; row < run.count; row++) {
    expect(run.hasStat(row, statSync(join(directory, run.nameAt(row))))).toBe(true);
  }
  expect([...run.flags]).toEqual([0, 0, 0, 0]);
  expect(output.writtenBytes).toBe(6_300_001 + 7 + (4 << 20));
  expect(leftovers(root)).toEqual([]);
});

test('gives rows in byte order for names in any order', () => {
  const root = workingTree();
  const output = write(root, packFiles({ z: '1', 'a\u{1f402}': '2', 'a\uffee': '3' }));
  expect(rowsOf(output).names.all).toEqual(['a\uffee', 'a\u{1f402}', 'z']);
  expect(readFileSync(join(root, 'z'), 'utf8')).toBe('1');
});

test('flags rows of files that are as young as the end of the batch', () => {
  const root = workingTree();
  const output = materialiseFiles({
    ...packFiles({ a: '1' }),
    root,
    directory: '',
    replace: false,
    isWhole: true,
  });
  expect([...rowsOf(output).flags]).toEqual([fileIndexFlags.racy]);
});

test('honours the umask', () => {
  const root = workingTree({ old: 'x' });
  const umask = process.umask(0o027);
  onTestFinished(() => void process.umask(umask));
  write(root, packFiles({ new: '1', old: '2', parts: [chunk('a', 10)] }), '', true);
  for (const name of ['new', 'old', 'parts']) {
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o640);
  }
});

test('replaces a file as a whole: a second name of the old one keeps the old content', () => {
  const root = workingTree({ a: 'old', b: 'old' });
  linkSync(join(root, 'a'), join(root, 'kept'));
  expect(write(root, packFiles({ a: 'new', b: [Buffer.from('new')] }), '', true).problems).toEqual(
    [],
  );
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('new');
  expect(readFileSync(join(root, 'b'), 'utf8')).toBe('new');
  expect(readFileSync(join(root, 'kept'), 'utf8')).toBe('old');
  expect(leftovers(root)).toEqual([]);
});

test('refuses to write over anything that should not be there', () => {
  const root = workingTree({ a: 'mine', b: 'mine', c: { link: 'nowhere' } });
  const output = write(root, packFiles({ a: 'new', b: [Buffer.from('new')], c: 'new', d: 'new' }));
  expect(codes(output)).toEqual(['a EEXIST', 'b EEXIST', 'c EEXIST']);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('mine');
  expect(readFileSync(join(root, 'b'), 'utf8')).toBe('mine');
  expect(readdirSync(root).sort()).toEqual(['a', 'b', 'c', 'd']);
});

test('replaces a link and leaves alone what it points to', () => {
  const outside = workingTree({ target: 'theirs' });
  const root = workingTree({ a: { link: join(outside, 'target') } });
  expect(write(root, packFiles({ a: 'ours' }), '', true).problems).toEqual([]);
  expect(readFileSync(join(outside, 'target'), 'utf8')).toBe('theirs');
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('ours');
});

test('does not write through a linked directory, nor over a file in the place of one', () => {
  const outside = workingTree({ 'deep/x': 'theirs' });
  const root = workingTree({ link: { link: outside }, file: '1' });
  const files = packFiles({ x: 'ours' });
  for (const directory of ['link', 'link/deep', 'link/new', 'file', 'file/below']) {
    expect(codes(write(root, files, directory, true))).toEqual(['x type']);
  }
  expect(readFileSync(join(outside, 'deep/x'), 'utf8')).toBe('theirs');
  expect(readdirSync(outside)).toEqual(['deep']);
  expect(readlinkSync(join(root, 'link'))).toBe(outside);
});

test('refuses names and directories that lead out of the tree or into .oxen', () => {
  const root = workingTree({ 'inside/.keep': '' });
  const names = ['..', '.', 'a/b', '../x', '.oxen', '.OXEN', '.oxen-tmp-1-2-3', 'back\\slash', ''];
  const files = packFiles(Object.fromEntries(names.map((_, index) => [`f${index}`, 'x'])));
  const output = write(root, { ...files, names: joinNames(names) }, 'inside', true);
  expect(output.problems.map(({ code }) => code)).toEqual(names.map(() => 'name'));
  const one = packFiles({ x: 'x' });
  for (const directory of ['..', 'a/../..', '.oxen', 'a/.oxen/db', '/etc', 'a//b']) {
    expect(codes(write(root, one, directory, true))).toEqual(['x name']);
  }
  expect(readdirSync(root)).toEqual(['inside']);
  expect(readdirSync(join(root, 'inside'))).toEqual(['.keep']);
});

test('leaves a directory in the place of a file alone', () => {
  const root = workingTree({ 'a/x': '1', 'b/x': '1' });
  const output = write(root, packFiles({ a: 'new', b: [Buffer.from('new')] }), '', true);
  expect(codes(output)).toEqual(['a type', 'b type']);
  expect(readFileSync(join(root, 'a/x'), 'utf8')).toBe('1');
  expect(leftovers(root)).toEqual([]);
});

test('never lets wrong bytes of a pack reach the tree', () => {
  const root = workingTree({ old: 'before', parts: 'before' });
  const files = packFiles({
    fresh: 'first content',
    good: 'good content',
    old: 'second content',
    parts: [Buffer.from('part one'), Buffer.from('part two')],
  });
  for (const text of ['first content', 'second content', 'part two']) damage(files, text);
  const output = write(root, files, '', true);
  expect(codes(output)).toEqual(['fresh integrity', 'old integrity', 'parts integrity']);
  expect(existsSync(join(root, 'fresh'))).toBe(false);
  expect(readFileSync(join(root, 'good'), 'utf8')).toBe('good content');
  expect(readFileSync(join(root, 'old'), 'utf8')).toBe('before');
  expect(readFileSync(join(root, 'parts'), 'utf8')).toBe('before');
  expect(rowsOf(output).names.all).toEqual(['good']);
  expect(leftovers(root)).toEqual([]);
});

test('refuses good chunks that do not make up the file', () => {
  const root = workingTree();
  const files = packFiles({ parts: [Buffer.from('one'), Buffer.from('two')], x: 'x' });
  const hashes = files.hashes.slice();
  hashes[0] = (hashes[0] ?? 0) ^ 1;
  expect(codes(write(root, { ...files, hashes }))).toEqual(['parts integrity']);
  expect(readdirSync(root).sort()).toEqual(['x']);
  expect(leftovers(root)).toEqual([]);
});

test('refuses a record that is not the one expected', () => {
  const root = workingTree();
  const files = packFiles({ a: 'same length 1', b: 'same length 2' });
  const offsets = Uint32Array.from([...files.pieces.offsets].reverse());
  const swapped = { ...files, pieces: { ...files.pieces, offsets } };
  expect(codes(write(root, swapped))).toEqual(['a integrity', 'b integrity']);
  expect(readdirSync(root)).toEqual([]);
});

test('reports a file whose content is not stored', () => {
  const root = workingTree();
  const output = write(root, { ...packFiles({ a: '1' }), pieceCounts: Uint32Array.of(0) });
  expect(output.problems).toEqual([
    { name: 'a', code: 'integrity', message: 'its content is not stored' },
  ]);
});

test('reports a missing or a shortened pack', () => {
  const root = workingTree();
  const files = packFiles({ a: 'content', b: 'content too' });
  writeFileSync(packOf(files), readFileSync(packOf(files)).subarray(0, -3));
  expect(codes(write(root, files))).toEqual(['b integrity']);
  rmSync(packOf(files));
  expect(codes(write(root, files, 'd'))).toEqual(['a integrity', 'b integrity']);
});

test('reports directories that cannot be written and goes on with the others', () => {
  const root = workingTree({ closed: null, open: null });
  chmodSync(join(root, 'closed'), 0o500);
  const files = packFiles({ x: '1' });
  chmodSync(files.packDirectory, 0o755);
  withoutPrivileges(root, () => {
    const outputs = materialiseBatch(
      ['closed', 'closed/new', 'open'].map((directory) => ({
        ...files,
        root,
        directory,
        replace: true,
        isWhole: true,
      })),
    );
    expect(outputs.map((output) => output.problems)).toEqual([
      [{ name: 'x', code: 'EACCES', message: 'permission denied' }],
      [{ name: 'x', code: 'EACCES', message: 'permission denied' }],
      [],
    ]);
  });
  chmodSync(join(root, 'closed'), 0o700);
});

test('writes files with hostile names', () => {
  const root = workingTree();
  const names = ['-rf', '"', 'a\nb', 'é', 'n'.repeat(255), '\u001b[31m'];
  const output = write(root, packFiles(Object.fromEntries(names.map((name) => [name, name]))));
  expect(output.problems).toEqual([]);
  expect(new Set(readdirSync(root))).toEqual(new Set(names));
});

test('makes a directory in the place of a file after the file was taken away, and back', () => {
  const root = workingTree({ a: 'file' });
  const files = packFiles({ x: '1' });
  rmSync(join(root, 'a'));
  expect(write(root, files, 'a').problems).toEqual([]);
  rmSync(join(root, 'a'), { recursive: true });
  expect(write(root, packFiles({ a: 'file again' })).problems).toEqual([]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('file again');
});

test('finds its way when directories of a batch were made by another thread', () => {
  const root = workingTree();
  mkdirSync(join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  const files = packFiles({ x: '1' });
  const inputs = ['a', 'a/b', 'b', 'a'].map((directory) => ({
    ...files,
    root,
    directory,
    replace: false,
    isWhole: true,
  }));
  expect(materialiseBatch(inputs).map(codes)).toEqual([[], [], ['x type'], ['x EEXIST']]);
});

test('gives the rows of many files as runs that can be stored as they are', () => {
  const root = workingTree();
  const count = 2 * maxRunRows + 1;
  const contents = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`f${index}`, `${index}`]),
  );
  const runs = write(root, packFiles(contents), 'd').runs.map((bytes) => new FileIndexRun(bytes));
  expect(runs.map((run) => run.count).every((rows) => rows <= maxRunRows)).toBe(true);
  expect(runs).toHaveLength(3);
  expect(runs.flatMap((run) => run.names.all)).toEqual(Object.keys(contents).sort());
});
