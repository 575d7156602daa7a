import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  enterDirectory,
  type IgnoreRules,
  isIgnored,
  rootRules,
  rulesOfDirectory,
  splitIgnored,
} from '../../../src/core/worktree/ignore.js';
import { scanDirectories } from '../../../src/core/worktree/scan.js';
import { putEntry, type TreeEntry, withoutPrivileges, workingTree } from './working-tree.js';

/** Walks the tree as a scan does and returns the paths of all entries that are ignored, or lie in ignored directories. */
function ignoredPaths(root: string): string[] {
  const ignored: string[] = [];
  const walk = (directory: string, rulesOf: (hasIgnoreFile: boolean) => IgnoreRules) => {
    const [listing] = scanDirectories({ root, directories: [directory] });
    if (listing === undefined || listing.names === '') return;
    const rules = rulesOf(listing.hasIgnoreFile);
    listing.names.split('\0').forEach((name, index) => {
      const path = directory === '' ? name : `${directory}/${name}`;
      const isDirectory = listing.kinds[index] === 'd';
      if (isIgnored(rules, name, isDirectory)) ignored.push(path);
      if (isDirectory) walk(path, (has) => enterDirectory(root, rules, path, has));
    });
  };
  walk('', (has) => rootRules(root, has));
  return ignored.sort();
}

test('ignores only .git when there is no ignore file', () => {
  const root = workingTree({
    '.git/x': '',
    'a/.git/x': '',
    'b/.git': '',
    'a/git': '',
    '.gitignore': '',
  });
  expect(ignoredPaths(root)).toEqual(['.git', '.git/x', 'a/.git', 'a/.git/x', 'b/.git']);
});

test('takes .git back by a rule', () => {
  const root = workingTree({ '.git/x': '', '.oxenignore': '!.git\n' });
  expect(ignoredPaths(root)).toEqual([]);
});

test('lets deeper files override, but not below an ignored directory', () => {
  const root = workingTree({
    '.oxenignore': '*.log\nbuild/\n',
    'keep/.oxenignore': '!*.log\n!build/\n',
    'keep/a.log': '',
    'keep/build/x': '',
    'build/.oxenignore': '!*\n',
    'build/x': '',
    'a.log': '',
  });
  expect(ignoredPaths(root)).toEqual(['a.log', 'build', 'build/.oxenignore', 'build/x']);
});

test('reads the rules of a directory that is named directly as a walk would', () => {
  const root = workingTree({ '.oxenignore': '/a/b\n', 'a/b/c/x': '', 'a/.oxenignore': 'q' });
  expect(isIgnored(rulesOfDirectory(root, ''), 'a', true)).toBe(false);
  expect(isIgnored(rulesOfDirectory(root, 'a'), 'b', true)).toBe(true);
  expect(isIgnored(rulesOfDirectory(root, 'a'), 'q', false)).toBe(true);
  expect(rulesOfDirectory(root, 'a/b/c').ignoresAll).toBe(true);
});

test('takes a character for one place in a pattern, where git counts its bytes', () => {
  const root = workingTree({ '.oxenignore': '?.txt\n[äé]x', 'é.txt': '', éx: '', ab: '' });
  expect(ignoredPaths(root)).toEqual(['éx', 'é.txt'].sort());
});

test('keeps tracked entries that a rule names', () => {
  const root = workingTree({
    '.oxenignore': '*.bin\nout/\n',
    'a.bin': '',
    'b.bin': '',
    'out/x': '',
    c: '',
  });
  const [listing] = scanDirectories({ root, directories: [''] });
  if (listing === undefined) throw new Error('no listing');
  const tracked = new Set(['a.bin', 'out']);
  const { kept, ignored } = splitIgnored(rootRules(root, true), listing, (name) =>
    tracked.has(name),
  );
  expect(kept).toEqual({ names: ['.oxenignore', 'a.bin', 'c', 'out'], kinds: 'fffd' });
  expect(ignored).toEqual({ names: ['b.bin'], kinds: 'f' });
});

test('is not led out of the tree by an ignore file that is a link', () => {
  const outside = workingTree({ rules: '*' });
  const root = workingTree({ '.oxenignore': { link: join(outside, 'rules') }, x: '' });
  expect(isIgnored(rootRules(root, true), 'x', false)).toBe(false);
});

test('refuses to go on when an ignore file cannot be read', () => {
  const root = workingTree({ '.oxenignore': 'secret' });
  chmodSync(join(root, '.oxenignore'), 0);
  withoutPrivileges(root, () => {
    expect(() => rootRules(root, true)).toThrow(/ignore file .* permission denied/);
  });
});

const git = spawnSync('git', ['--version']);

const name = fc.constantFrom('a', 'b', 'ab', 'a.c', 'B', 'a b', '[x]', 'x', '!n', '#h', '*');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'ab',
    '.c',
    '*',
    '**',
    '?',
    '/',
    '/',
    '[ab]',
    '[!a]',
    '[a-c]',
    '\\',
    ' ',

    '!',
    '#',
    'x',
    '[',
    ']',
  ],
);
const pattern = fc.oneof(
  path,
  path.map((text) => `${text}/`),
  path.map((text) => `/${text}`),
  path.map((text) => `!${text}`),
  fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => `!${pieces.join('')}`),
);
/** git cuts the literal start off a pattern before it matches, so that the `**` of `a**` + `/b` crosses directories by mistake. */
const isMisreadByGit = (text: string) => text.includes('/') && /(?!^!)[^/]\*\*/.test(text);
const ignoreFile = fc
  .tuple(
    fc.array(
      pattern.filter((text) => !isMisreadByGit(text)),
      { minLength: 1, maxLength: 5 },
    ),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([patterns, end]) => patterns.join(end));
const trees = fc.record({
  files: fc.uniqueArray(path, { minLength: 3, maxLength: 12 }),
  rules: fc.dictionary(fc.oneof(fc.constant(''), path), ignoreFile, { minKeys: 1, maxKeys: 3 }),
});

/** Puts the tree on disk; paths that meet an entry of another kind are left out. */
function plant(files: readonly string[], rules: Readonly<Record<string, string>>): string {
  const root = workingTree();
  const put = (path: string, entry: TreeEntry) => {
    try {
      putEntry(root, path, entry);
    } catch {}
  };
  for (const file of files) put(file, '');
  for (const [directory, text] of Object.entries(rules)) {
    put(join(directory, '.oxenignore'), text);
    put(join(directory, '.gitignore'), text);
  }
  return root;
}

/** What `git check-ignore` says about every path below `root`. */
function ignoredByGit(root: string, paths: readonly string[]): string[] {
  const options = {
    cwd: root,
    input: paths.map((path) => `${path}\0`).join(''),
    encoding: 'utf8',
  } as const;
  spawnSync('git', ['-c', 'init.defaultBranch=main', 'init', '-q'], options);
  const run = spawnSync('git', ['check-ignore', '--no-index', '-z', '--stdin'], options);
  if (run.status !== 0 && run.status !== 1) throw new Error(run.stderr);
  return run.stdout
    .split('\0')
    .filter((path) => path !== '')
    .sort();
}

test.skipIf(git.status !== 0)(
  'ignores exactly what git ignores, for random trees and rules',
  () => {
    fc.assert(
      fc.property(trees, ({ files, rules }) => {
        const root = plant(files, rules);
        const all = everyPath(root);
        expect(ignoredPaths(root)).toEqual(ignoredByGit(root, all));
      }),
      { numRuns: 150 },
    );
  },
);

function everyPath(root: string, directory = ''): string[] {
  const [listing] = scanDirectories({ root, directories: [directory] });
  if (listing === undefined || listing.names === '') return [];
  return listing.names.split('\0').flatMap((name, index) => {
    const path = directory === '' ? name : `${directory}/${name}`;
    return listing.kinds[index] === 'd' ? [path, ...everyPath(root, path)] : [path];
  });
}
