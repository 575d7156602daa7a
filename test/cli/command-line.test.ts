import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { productVersion } from '../../src/core/model/version.js';
import type { ManifestVerb } from '../../src/ui/manifest.js';
import { verbGroups } from '../../src/ui/verb-groups.js';
import { runOxen, runShell } from '../helpers/run-oxen.js';

const escapeCode = '\u001b';

describe('oxen --version', () => {
  test('prints one line with its version and the Oxen it is compatible with', async () => {
    for (const flag of ['--version', '-V']) {
      const { exitCode, stdout } = await runOxen([flag]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^oxen \d+\.\d+\.\d+ .*compatible with Oxen 0\.65.*\n$/);
    }
  });

  test('is the version of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(productVersion).toBe(version);
  });

  test('prints a document with --json', async () => {
    const { stdout } = await runOxen(['--version', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, version: productVersion });
  });
});

describe('help', () => {
  test('of oxen alone is the short list on the standard output', async () => {
    const { exitCode, stdout, stderr } = await runOxen([]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('Usage: oxen COMMAND');
  });

  test('lists every command under its heading, guides and exit codes', async () => {
    for (const words of [['help'], ['--help'], ['-h']]) {
      const { exitCode, stdout } = await runOxen(words);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^ {2}moo +Moo like an ox$/m);
      expect(stdout).toContain('environment  Variables of the environment');
      expect(stdout).toContain('130 interrupted');
    }
  });

  test('of a command shows its flags and examples', async () => {
    for (const words of [
      ['help', 'moo'],
      ['moo', '--help'],
      ['moo', '-h'],
    ]) {
      const { exitCode, stdout } = await runOxen(words);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('-n, --number');
      expect(stdout).toContain('$ oxen moo -n 5 --loud');
      expect(stdout).toContain('GLOBAL FLAGS');
    }
  });

  test('knows guides', async () => {
    expect((await runOxen(['help', 'environment'])).stdout).toContain('OXEN_CONFIG_DIR');
    expect((await runOxen(['help', 'exit-codes'])).stdout).toContain('  8  Another process');
  });

  test('of an unknown command is a usage error', async () => {
    const { exitCode, stderr } = await runOxen(['help', 'mooo']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('Error: Unknown command `oxen mooo`.\n  hint: Did you mean `oxen moo`?\n');
  });

  test('of a word after the dashes is not asked for', async () => {
    expect((await runOxen(['moo', '--', '--help'])).exitCode).toBe(2);
  });
});

describe('a command', () => {
  test('prints its result', async () => {
    expect((await runOxen(['moo'])).stdout).toBe('moo\n');
    expect((await runOxen(['moo', '-n', '3', '-l'])).stdout).toBe('MOOO!\n');
  });

  test('prints one document with --json', async () => {
    expect((await runOxen(['moo', '--json'])).stdout).toBe('{"schema":1,"sound":"moo"}\n');
  });

  test('accepts the common flags in front of its name', async () => {
    const { exitCode, stdout } = await runOxen(['--config-dir', '/tmp', '-q', 'moo', '-l']);
    expect(stdout).toBe('MOO!\n');
    expect(exitCode).toBe(0);
  });
});

test('a command that oclif runs does the same as one that the launcher runs', async () => {
  const script = `
    const { run, settings } = require('@oclif/core');
    settings.enableAutoTranspile = false;
    void run(['moo', '-n', '3', '--loud'], { root: process.cwd() });`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: 'MOOO!\n', stderr: '', status: 0 });
});

describe('oxen completion', () => {
  test('prints a script that knows all commands', async () => {
    const { exitCode, stdout } = await runOxen(['completion', 'bash']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("'') echo '");
    expect(stdout).toContain("'moo --number'|'moo -n'");
  });

  test('refuses a shell that it does not know', async () => {
    const { exitCode, stderr } = await runOxen(['completion', 'tcsh']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Expected tcsh to be one of: bash, zsh, fish.');
  });
});

describe('the build', () => {
  test('describes every verb: summary, examples, group, a line for each argument and flag', () => {
    const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
      commands: Record<string, ManifestVerb>;
    };
    const files = readdirSync('src/commands', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.replace(/\.ts$/, '').replaceAll('/', ':'));
    expect(Object.keys(commands).sort()).toEqual(files.sort());
    for (const verb of Object.values(commands).filter(({ hidden }) => !hidden)) {
      expect(verb.summary, verb.id).toMatch(/^.{5,60}(?<!\.)$/);
      expect(verb.examples?.length, verb.id).toBeGreaterThanOrEqual(2);
      expect(Object.keys(verbGroups), verb.id).toContain(verb.group);
      for (const declared of [...Object.values(verb.flags), ...Object.values(verb.args)]) {
        expect(declared.description, `${verb.id} ${declared.name}`).toMatch(/\.$/);
      }
    }
  });

  test('has every flag that an example shows', () => {
    const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
      commands: Record<string, ManifestVerb>;
    };
    for (const { id, examples = [] } of Object.values(commands)) {
      for (const shown of examples) {
        const example = typeof shown === 'string' ? shown : shown.command;
        // `oxen serve add-user` is another verb.
        const words = new Set(example.split(' '));
        const verbs = Object.entries(commands).filter(
          ([key]) => key === id || key.split(':').every((word) => words.has(word)),
        );
        const own = verbs.flatMap(([, { flags }]) => Object.keys(flags));
        for (const [, name] of example.matchAll(/ --([a-z][a-z-]*)/g)) {
          expect([...own, 'json', 'quiet', 'help'], example).toContain(name);
        }
      }
    }
  });

  test('writes a manual page for every verb', () => {
    expect(readFileSync('dist/man/oxen.1', 'utf8')).toContain('oxen\\-moo(1)');
    expect(readFileSync('dist/man/oxen-moo.1', 'utf8')).toContain('Moo like an ox');
  });
});

describe('wrong use ends with exit code 2', () => {
  const cases: readonly (readonly [words: readonly string[], message: string])[] = [
    [['nope'], 'Error: Unknown command `oxen nope`.'],
    [['mo'], '  hint: Did you mean `oxen moo`?'],
    [['moo', '--nope'], 'Error: `oxen moo` has no flag --nope.'],
    [['moo', '--lod'], '  hint: Did you mean `--loud`?'],
    [['moo', 'extra'], "Error: `oxen moo` takes no argument 'extra'."],
    [['moo', '-n', 'x'], '--number: Expected an integer but received: x.'],
    [['moo', '-n'], 'Flag --number expects a value.'],
    [['moo', '--color', 'pink'], 'Expected --color=pink to be one of: auto, always, never.'],
    [['help', '--nope'], 'Nonexistent flag: --nope'],
  ];

  test.each(cases)('oxen %j', async (words, message) => {
    const { exitCode, stdout, stderr } = await runOxen(words);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  test('as a document with --json', async () => {
    const { exitCode, stdout, stderr } = await runOxen(['qqqqqqq', '--json']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: {
        kind: 'usage',
        message: 'Unknown command `oxen qqqqqqq`.',
        hint: 'Run `oxen help` to see all commands.',
        exitCode: 2,
      },
    });
  });

  test('with a stack only when it is asked for', async () => {
    const plain = await runOxen(['moo', '--nope']);
    const debug = await runOxen(['moo', '--nope'], { environment: { OXEN_DEBUG: '1' } });
    expect(plain.stderr.split('\n')).toHaveLength(3);
    expect(debug.stderr).toMatch(/\n {4}at /);
  });
});

describe('streams', () => {
  test('have no colours when they are no terminal', async () => {
    expect((await runOxen(['nope'])).stderr).not.toContain(escapeCode);
  });

  test('have colours when they are forced, and NO_COLOR wins over that', async () => {
    const forced = await runOxen(['nope'], { environment: { FORCE_COLOR: '1' } });
    expect(forced.stderr).toContain(`${escapeCode}[1;31mError:${escapeCode}[0m`);
    const both = await runOxen(['nope'], { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(both.stderr).not.toContain(escapeCode);
    const typed = await runOxen(['nope', '--color=always'], { environment: { NO_COLOR: '1' } });
    expect(typed.stderr).toContain(escapeCode);
  });

  test('may be closed by their reader', async () => {
    const script = 'oxen moo -n 10000 | head -c 1; echo ":$PIPESTATUS"';
    expect(await runShell(script)).toMatchObject({ stdout: 'm:0\n', stderr: '' });
    const help = await runShell('oxen help | head -1; echo $PIPESTATUS');
    expect(help.stdout).toMatch(/^oxen .*\n0\n$/);
    expect(help.stderr).toBe('');
  });

  test('may be closed from the start', async () => {
    expect((await runShell('oxen moo <&-')).stdout).toBe('moo\n');
    expect((await runShell('oxen moo >&-; echo $?')).stdout).toBe('0\n');
    expect((await runShell('oxen nope 2>&-; echo $?')).stdout).toBe('2\n');
  });
});
