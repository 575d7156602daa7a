import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHome, missingClient, runRealClient } from './real-client.js';

describe.skipIf(missingClient !== undefined)('the real client', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'oxen-interop-'));
  const home = `${cwd}-home`;
  beforeAll(() => makeHome(home));
  afterAll(() => {
    for (const folder of [cwd, home]) rmSync(folder, { recursive: true });
  });

  test('starts and has the version whose protocol we speak', () => {
    expect(runRealClient('version', [], { cwd, home }).trim()).toMatch(/^0\.65\./);
  });

  test('commits without a network and without settings of the user', () => {
    writeFileSync(join(cwd, 'a.txt'), 'one\n');
    const output = runRealClient('commit', ['first'], { cwd, home });
    expect(output.trim().split('\n').at(-1)).toMatch(/^[0-9a-f]{24,32}$/);
  });
});
