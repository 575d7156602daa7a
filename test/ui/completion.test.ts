import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeNames, type NameProvider } from '../../src/ui/complete-names.js';
import { bashCompletion } from '../../src/ui/completion-bash.js';
import { fishCompletion } from '../../src/ui/completion-fish.js';
import { completedVerbs } from '../../src/ui/completion-model.js';
import { zshCompletion } from '../../src/ui/completion-zsh.js';
import type { ManifestVerb } from '../../src/ui/manifest.js';

const quiet = { name: 'quiet', char: 'q', type: 'boolean', description: "Don't chat." } as const;

const manifest: readonly ManifestVerb[] = [
  {
    id: 'checkout',
    aliases: [],
    hidden: false,
    summary: "Switch to a branch's files",
    flags: { quiet, create: { name: 'create', char: 'b', type: 'option' } },
    args: { name: { name: 'name' } },
    completions: { name: 'branch' },
  },
  {
    id: 'log',
    aliases: ['history'],
    hidden: false,
    summary: 'Show commits',
    flags: {
      color: { name: 'color', type: 'option', options: ['auto', 'never'] },
      output: { name: 'output', type: 'option', helpValue: 'FILE' },
      revision: { name: 'revision', type: 'option' },
    },
    args: {},
    completions: { '--revision': 'revision' },
  },
  {
    id: 'workspace:create',
    aliases: [],
    hidden: false,
    summary: 'Create a workspace',
    flags: {},
    args: {},
  },
  {
    id: 'workspace:df:get',
    aliases: [],
    hidden: false,
    summary: 'Read rows',
    flags: {},
    args: {
      first: { name: 'first', options: ['one', 'two'] },
      rest: { name: 'rest', multiple: true },
    },
    completions: { rest: 'remote' },
  },
];

const verbs = completedVerbs(manifest);

/** Runs the completion of bash for `words`, the last of which is being typed, with an `oxen` that echoes its words. */
function completeInBash(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${bashCompletion(verbs)}
oxen() { printf '%s\\n' "$*"; }
compopt() { COMPREPLY=("compopt $*"); }
COMP_WORDS=(oxen ${quoted}); COMP_CWORD=${words.length}
_oxen; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the completion of bash', () => {
  test('offers commands, aliases and the words that follow', () => {
    expect(completeInBash('')).toEqual(['checkout', 'help', 'history', 'log', 'workspace']);
    expect(completeInBash('ch')).toEqual(['checkout']);
    expect(completeInBash('workspace', '')).toEqual(['create', 'df']);
    expect(completeInBash('workspace', 'df', '')).toEqual(['get']);
  });

  test('offers the flags of a command', () => {
    expect(completeInBash('checkout', '-')).toEqual(['--quiet', '-q', '--create', '-b']);
    expect(completeInBash('log', '--c')).toEqual(['--color']);
    expect(completeInBash('history', '--c')).toEqual(['--color']);
  });

  test('offers the values of a flag', () => {
    expect(completeInBash('log', '--color', '')).toEqual(['auto', 'never']);
    expect(completeInBash('log', '--revision', 'ma')).toEqual(['__complete revision ma']);
    expect(completeInBash('log', '--output', '')).toEqual(['compopt -o default']);
    expect(completeInBash('checkout', '-b', '')).toEqual([]);
  });

  test('offers arguments by their place', () => {
    expect(completeInBash('checkout', '')).toEqual(['__complete branch ']);
    expect(completeInBash('checkout', '-b', 'x', '-q', 'm')).toEqual(['__complete branch m']);
    expect(completeInBash('workspace', 'df', 'get', '')).toEqual(['one', 'two']);
    expect(completeInBash('workspace', 'df', 'get', 'one', '')).toEqual(['__complete remote ']);
    expect(completeInBash('workspace', 'df', 'get', 'one', 'x', 'y')).toEqual([
      '__complete remote y',
    ]);
    expect(completeInBash('log', '')).toEqual([]);
  });

  test('offers commands and guides after help', () => {
    expect(completeInBash('help', '')).toContain('environment');
    expect(completeInBash('help', 'w')).toEqual(['workspace']);
  });
});

describe('the scripts', () => {
  const hasShell = (shell: string): boolean =>
    spawnSync(shell, ['-c', 'true'], { stdio: 'ignore' }).status === 0;

  test.each([
    ['bash', bashCompletion(verbs)],
    ['zsh', zshCompletion(verbs)],
    ['fish', fishCompletion(verbs)],
  ])('of %s is understood by it, where it is installed', (shell, script) => {
    if (!hasShell(shell)) return;
    const file = join(mkdtempSync(join(tmpdir(), 'completion-')), 'script');
    writeFileSync(file, script);
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('of zsh and fish tell what each word is for', () => {
    expect(zshCompletion(verbs)).toContain("'log:Show commits'");
    expect(fishCompletion(verbs)).toContain("-a 'log' -d 'Show commits'");
    expect(fishCompletion(verbs)).toContain("-l quiet -s q -d 'Don\\'t chat.'");
  });
});

describe('names of a repository', () => {
  const provider: NameProvider = {
    branches: async () => ['main', 'feature/b', 'feature/a'],
    tags: async () => ['v1'],
    stash: async () => ['0', '1'],
    remotes: async () => ['origin'],
    paths: async (prefix) => [`${prefix}one`, `${prefix}\n`],
  };

  test('are those that begin with what was typed, in order', async () => {
    expect(await completeNames('branch', '', provider)).toBe('feature/a\nfeature/b\nmain\n');
    expect(await completeNames('branch', 'fea', provider)).toBe('feature/a\nfeature/b\n');
    expect(await completeNames('remote', 'x', provider)).toBe('');
    expect(await completeNames('revision', 'H', provider)).toBe('HEAD\n');
    expect(await completeNames('path', 'images/', provider)).toBe('images/one\n');
    expect(await completeNames('tag', '', provider)).toBe('v1\n');
    expect(await completeNames('revision', 'v', provider)).toBe('v1\n');
    expect(await completeNames('revision-or-path', 'm', provider)).toBe('main\nmone\n');
    expect(await completeNames('stash', '', provider)).toBe('0\n1\n');
  });

  test('of an unknown kind are none', async () => {
    expect(await completeNames('nope', '', provider)).toBe('');
  });
});
