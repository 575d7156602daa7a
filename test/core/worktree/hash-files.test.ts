import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileIndexRun, fileIndexFlags } from '../../../src/core/format/file-index-run.js';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { Clock } from '../../../src/core/model/clock.js';
import { hashFromBytes } from '../../../src/core/model/hash.js';
import type { ReadOptions } from '../../../src/core/worktree/file-reader.js';
import { hashFiles } from '../../../src/core/worktree/hash-files.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

/** A clock that runs `ms` ahead of the system's. */
const ahead = (ms: number): Clock => ({
  now: () => ({ seconds: Math.floor((Date.now() + ms) / 1000), nanoseconds: 0 }),
});
const settled: ReadOptions = { clock: ahead(10_000) };

function hash(root: string, names: readonly string[], options: ReadOptions = settled) {
  const output = hashFiles({ root, directory: '', names: names.join('\0') }, options);
  const run = new FileIndexRun(output.index);
  return {
    run,
    hashes: run.names.all.map((_, row) => hashFromBytes(run.hashAt(row))),
    problems: output.problems,
  };
}

test('hashes files of all sizes, empty ones and those above the arena', () => {
  const sizes = [0, 1, 240, 241, 4096, 4 << 20, (4 << 20) + 12345, 9 << 20];
  const contents = sizes.map((size, index) => Buffer.alloc(size, `content ${index} `));
  const root = workingTree(
    Object.fromEntries(contents.map((bytes, index) => [`f${index}`, bytes])),
  );
  const { hashes, run, problems } = hash(
    root,
    sizes.map((_, index) => `f${index}`),
  );
  expect(problems).toEqual([]);
  expect(hashes).toEqual(contents.map((bytes) => hashBytes(bytes)));
  expect([...run.sizes]).toEqual(sizes);
  expect(run.hasStat(4, statSync(join(root, 'f4')))).toBe(true);
  expect([...run.flags]).toEqual(sizes.map(() => 0));
});

test('flags rows of files that changed just before they were read', () => {
  const root = workingTree({ a: '1' });
  expect([...hash(root, ['a'], {}).run.flags]).toEqual([fileIndexFlags.racy]);
});

test('does not flag a file for an mtime in the future, which was set on purpose', () => {
  const root = workingTree({ a: '1' });
  utimesSync(join(root, 'a'), 4e9, 4e9);
  expect([...hash(root, ['a']).run.flags]).toEqual([0]);
});

test('reads a file again that changed while it was read', () => {
  const root = workingTree({ small: 'one', large: Buffer.alloc(5 << 20, 'a') });
  for (const name of ['large', 'small']) {
    let changes = 1;
    const { hashes, problems } = hash(root, [name], {
      afterRead: (path) => {
        if (changes-- > 0) writeFileSync(path, 'another content');
      },
    });
    expect(problems).toEqual([]);
    expect(hashes).toEqual([hashBytes(Buffer.from('another content'))]);
  }
});

test('reports a file that does not hold still, however it moves', () => {
  const root = workingTree({ a: 'content', b: Buffer.alloc(5 << 20) });
  const moves: ((path: string) => void)[] = [
    (path) => appendFileSync(path, 'x'),
    (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    (path) => utimesSync(path, Date.now() / 1000, statSync(path).mtimeMs / 1000 - 1),
  ];
  for (const name of ['a', 'b']) {
    for (const afterRead of moves) {
      expect(hash(root, [name], { afterRead }).problems).toEqual([
        { name, code: 'changed', message: 'it changed while it was read' },
      ]);
    }
  }
});

test('reads nothing but regular files and never hangs', async () => {
  const root = workingTree({
    dir: null,
    dangling: { link: 'nowhere' },
    link: { link: 'file' },
    loop: { link: 'loop' },
    file: '1',
  });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const names = ['dangling', 'dir', 'fifo', 'link', 'loop', 'socket', 'zzz'];
  const { run, problems } = hash(root, names);
  expect(run.count).toBe(0);
  expect(problems.map(({ name, code }) => `${name} ${code}`)).toEqual([
    'dangling type',
    'dir type',
    'fifo type',
    'link type',
    'loop type',
    'socket type',
    'zzz vanished',
  ]);
});

test('reports a file replaced by a directory, and reads it again when it is back', () => {
  const root = workingTree({ a: '1', b: '2' });
  rmSync(join(root, 'a'));
  mkdirSync(join(root, 'a'));
  expect(hash(root, ['a', 'b'])).toMatchObject({
    problems: [{ name: 'a', code: 'type' }],
    hashes: [hashBytes(Buffer.from('2'))],
  });
  rmSync(join(root, 'a'), { recursive: true });
  writeFileSync(join(root, 'a'), '3');
  expect(hash(root, ['a']).hashes).toEqual([hashBytes(Buffer.from('3'))]);
});

test('reports files that may not be read and goes on', () => {
  const root = workingTree({ a: '1', b: '2' });
  chmodSync(join(root, 'a'), 0);
  withoutPrivileges(root, () => {
    expect(hash(root, ['a', 'b'])).toMatchObject({
      problems: [{ name: 'a', code: 'EACCES', message: 'permission denied' }],
      hashes: [hashBytes(Buffer.from('2'))],
    });
  });
});

test('reads nothing through a linked directory', () => {
  const outside = workingTree({ secret: 'x' });
  const root = workingTree({ link: { link: outside } });
  const output = hashFiles({ root, directory: 'link', names: 'secret' });
  expect(new FileIndexRun(output.index).count).toBe(0);
  expect(output.problems).toEqual([
    { name: 'secret', code: 'type', message: "'link' is not a directory" },
  ]);
});

test('hashes files with hostile names', () => {
  const names = ['"', '#', '-rf', 'a\nb', 'n'.repeat(255), 'é'];
  const root = workingTree(Object.fromEntries(names.map((name) => [name, name])));
  expect(hash(root, names).hashes).toEqual(names.map((name) => hashBytes(Buffer.from(name))));
});
