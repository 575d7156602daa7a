/** Repositories on disk belong to one program: each refuses the other's and leaves it as it is. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOxen } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { makeHome, missingClient, runRealClient } from './real-client.js';

function place(): { cwd: string; home: string } {
  const root = temporaryDirectory();
  const home = join(root, 'home');
  const cwd = join(root, 'files');
  makeHome(home);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'a.txt'), 'one\n');
  return { cwd, home };
}

function listControlDirectory(cwd: string): string[] {
  return readdirSync(join(cwd, '.oxen'), { recursive: true, encoding: 'utf8' }).sort();
}

describe.skipIf(missingClient !== undefined)('repositories on disk', () => {
  test('of ours are refused by the real client', async () => {
    const { cwd, home } = place();
    const environment = { HOME: home };
    for (const words of [['init'], ['add', '.'], ['commit', '-m', 'first']]) {
      expect(await runOxen(words, { cwd, environment })).toMatchObject({ exitCode: 0 });
    }
    const before = listControlDirectory(cwd);
    expect(() => runRealClient('status', [], { cwd, home })).toThrow(/config|parse/i);
    expect(listControlDirectory(cwd)).toEqual(before);
    expect(await runOxen(['fsck'], { cwd, environment })).toMatchObject({ exitCode: 0 });
  });

  test('of the real client are refused by ours', async () => {
    const { cwd, home } = place();
    runRealClient('commit', ['first'], { cwd, home });
    const before = listControlDirectory(cwd);
    const run = await runOxen(['status'], { cwd, environment: { HOME: home } });
    expect(run.exitCode).not.toBe(0);
    expect(run.exitCode).not.toBe(null);
    expect(run.stderr).toMatch(/^Error: /);
    expect(listControlDirectory(cwd)).toEqual(before);
    expect(runRealClient('status', [], { cwd, home }).trim()).toBe('True');
  });
});
