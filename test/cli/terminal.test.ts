/** How the command line behaves on a terminal, and towards Ctrl-C. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type OxenRunOptions,
  oxenLauncher,
  plainEnvironment,
  runOxen,
  runShell,
} from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const hasScript = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;
const redError = '\u001b[1;31mError:\u001b[0m';

/** Runs `oxen` with `words` on a terminal of its own; both streams come back as one. */
async function onTerminal(words: string, options: OxenRunOptions = {}): Promise<string> {
  const command = `'${process.execPath}' '${oxenLauncher}' ${words}`;
  const { stdout } = await runShell(`script -qec "${command}" /dev/null </dev/null`, options);
  return stdout.replaceAll('\r\n', '\n');
}

/** Returns the directory of a repository with one commit of the file `name`. */
async function repository(name: string, content: string | Uint8Array): Promise<string> {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, name), content);
  const script = `oxen config --name ox --email ox@example.com && oxen init && oxen add '${name}' && oxen commit -m first`;
  expect((await runShell(script, { cwd, environment: { HOME: cwd } })).exitCode).toBe(0);
  return cwd;
}

describe.skipIf(!hasScript)('on a terminal', () => {
  test('errors are coloured, unless the user wants none', async () => {
    expect(await onTerminal('frobnicate')).toContain(redError);
    expect(await onTerminal('frobnicate', { environment: { NO_COLOR: '1' } })).toContain(
      'Error: Unknown',
    );
    expect(await onTerminal('frobnicate', { environment: { TERM: 'dumb' } })).toContain(
      'Error: Unknown',
    );
    expect(await onTerminal('frobnicate --color never')).toContain('Error: Unknown');
  });

  test('an unknown command is refused without a question', async () => {
    expect(await onTerminal('mooo')).toContain('Did you mean `oxen moo`?');
  });

  test('long output goes through the pager', async () => {
    const cwd = await repository('a.txt', '1');
    const environment = { HOME: cwd, OXEN_PAGER: 'sed s/commit/paged/' };
    expect(await onTerminal('log', { cwd, environment })).toContain('paged');
    expect(await onTerminal('log --no-pager', { cwd, environment })).toContain('commit');
    expect((await runOxen(['log'], { cwd, environment })).stdout).toMatch(/^commit /);
  });
});

describe('Ctrl-C', () => {
  test('stops a long output at once with exit code 130', async () => {
    const sizeBytes = 32 << 20;
    const cwd = await repository('large.bin', randomBytes(sizeBytes));
    const child = spawn(process.execPath, [oxenLauncher, 'cat', 'large.bin'], {
      cwd,
      env: { ...plainEnvironment, HOME: cwd },
    });
    let received = 0;
    const exitCode = await new Promise((done) => {
      // Far less than the file fits into the pipe, so the program still writes when the signal comes.
      child.stdout.once('data', () => child.kill('SIGINT'));
      child.stdout.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      child.on('close', done);
    });
    expect(exitCode).toBe(130);
    expect(received).toBeLessThan(sizeBytes);
  });
});
