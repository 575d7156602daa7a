import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileIndexRunBuilder } from '../../../src/core/format/file-index-run.js';
import type { Clock } from '../../../src/core/model/clock.js';
import { systemClock } from '../../../src/core/model/clock.js';
import type { DirectoryComparison, SeenDirectory } from '../../../src/core/model/jobs.js';
import { sortBytewise } from '../../../src/core/model/path.js';
import { compareDirectories } from '../../../src/core/worktree/compare.js';
import { keepsDirectoryTimes } from '../../../src/core/worktree/seen-directory.js';
import { workingTree } from './working-tree.js';

const hash = new Uint8Array(16);
const canTrust = keepsDirectoryTimes(tmpdir());

/** What is tracked in one directory, with the stat values that the files have when this is called. */
function track(root: string, files: readonly string[], subdirectories: readonly string[] = []) {
  const builder = new FileIndexRunBuilder(files.length);
  for (const name of sortBytewise([...files])) {
    const stats = lstatSync(join(root, 'd', name), { throwIfNoEntry: false });
    const unknown = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 };
    builder.append(name, stats ?? unknown, hash);
  }
  return {
    path: 'd',
    runs: [builder.finish()],
    subdirectories: sortBytewise([...subdirectories]).join('\0'),
  };
}

type Tracked = ReturnType<typeof track>;

function compare(
  root: string,
  tracked: Tracked & { seen?: SeenDirectory },
  clock: Clock = systemClock,
): DirectoryComparison {
  const [comparison] = compareDirectories({ root, directories: [tracked] }, clock);
  if (comparison === undefined) throw new Error('no comparison');
  return comparison;
}

/** Compares until the times of the directory are old enough to be trusted. */
function remember(root: string, tracked: Tracked): SeenDirectory {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const { seen } = compare(root, tracked);
    if (seen !== undefined) return seen;
  }
  throw new Error('the directory was never seen');
}

const outcome = ({ seen: _, ...rest }: DirectoryComparison) => rest;

test.runIf(canTrust)('a directory that is as it was seen gives what a listing gives', () => {
  const root = workingTree({ 'd/.oxenignore': 'x', 'd/a': '1', 'd/b': '2', 'd/sub/c': '3' });
  const tracked = track(root, ['.oxenignore', 'a', 'b'], ['sub']);
  const seen = remember(root, tracked);
  const again = compare(root, { ...tracked, seen });
  expect(again.seen).toBeUndefined();
  expect(again).toMatchObject({ cleanCount: 3, listing: { names: '', hasIgnoreFile: true } });
  writeFileSync(join(root, 'd/a'), 'longer');
  expect(compare(root, { ...tracked, seen })).toMatchObject({ cleanCount: 2, changed: 'a' });
});

test('remembers no directory whose times are too young, or that holds other things', () => {
  const root = workingTree({ 'd/a': '1', 'd/new': '2' });
  const early: Clock = { now: () => ({ seconds: Date.now() / 1000 - 60, nanoseconds: 0 }) };
  const late: Clock = { now: () => ({ seconds: Date.now() / 1000 + 60, nanoseconds: 0 }) };
  expect(compare(root, track(root, ['a', 'new']), early).seen).toBeUndefined();
  expect(compare(root, track(root, ['a']), late).seen).toBeUndefined();
  expect(compare(root, track(root, ['a', 'b', 'new']), late).seen).toBeUndefined();
  expect(compare(root, track(root, ['a', 'new'], ['sub']), late).seen).toBeUndefined();
});

test.runIf(canTrust)('sees a name that came although mtime was put back', () => {
  const root = workingTree({ 'd/a': '1' });
  const tracked = track(root, ['a']);
  const seen = remember(root, tracked);
  const { atimeMs, mtimeMs } = lstatSync(join(root, 'd'));
  writeFileSync(join(root, 'd/b'), '2');
  utimesSync(join(root, 'd'), atimeMs / 1000, mtimeMs / 1000);
  expect(compare(root, { ...tracked, seen }).listing.names).toBe('b');
});

/** Things that may happen to a directory, on disk and to what is tracked in it. */
const changes: Readonly<Record<string, (root: string) => void>> = {
  'a new file': (root) => writeFileSync(join(root, 'd/new'), 'x'),
  'a file goes': (root) => rmSync(join(root, 'd/a'), { force: true }),
  'a file grows': (root) => writeFileSync(join(root, 'd/b'), 'longer'),
  'a file becomes a link': (root) => {
    rmSync(join(root, 'd/b'), { recursive: true, force: true });
    symlinkSync('a', join(root, 'd/b'));
  },
  'a file becomes a directory': (root) => {
    rmSync(join(root, 'd/c'), { recursive: true, force: true });
    mkdirSync(join(root, 'd/c'));
  },
  'a directory goes': (root) => rmSync(join(root, 'd/sub'), { recursive: true, force: true }),
  'a new directory': (root) => mkdirSync(join(root, 'd/other'), { recursive: true }),
  'another directory': (root) => {
    renameSync(join(root, 'd'), join(root, 'old'));
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'd/a'), '1');
    rmSync(join(root, 'old'), { recursive: true });
  },
  'another mode': (root) => chmodSync(join(root, 'd/a'), 0o755),
  nothing: () => {},
};
const known = ['a', 'b', 'c', 'ghost'];

test.runIf(canTrust)(
  'never says anything else than a listing does',
  () => {
    const change = fc.constantFrom(...Object.keys(changes));
    const names = fc.subarray(known, { minLength: 0 });
    const directories = fc.subarray(['sub', 'gone']);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), names, directories, (steps, files, below) => {
        const root = workingTree({ 'd/a': '1', 'd/b': '2', 'd/c': '3', 'd/sub/x': '4' });
        const seen = remember(root, track(root, ['a', 'b', 'c'], ['sub']));
        const tracked = track(root, files, below);
        for (const step of steps) {
          try {
            changes[step]?.(root);
          } catch {
            // What an earlier step took away cannot be changed.
          }
          const { subdirectories: _, ...plain } = tracked;
          expect(outcome(compare(root, { ...tracked, seen }))).toEqual(
            outcome(compare(root, plain as Tracked)),
          );
        }
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);
