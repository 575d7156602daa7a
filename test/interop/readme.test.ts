/** The lines of the front page for Python work as written, but for the port and the token. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOxen } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { missingClient, runPython } from './real-client.js';
import { serve } from './served.js';

describe.skipIf(missingClient !== undefined)('the README', () => {
  test('shows how to share a repository with Python', async () => {
    const lines = /<!-- python:.*?```python\n(.*?)```/s.exec(
      readFileSync('README.md', 'utf8'),
    )?.[1];
    const base = temporaryDirectory();
    const farm = join(base, 'farm');
    const served = join(base, 'served');
    const oxen = async (cwd: string, ...words: string[]) => {
      const run = await runOxen(words, { cwd, environment: { HOME: base } });
      expect(run, words.join(' ')).toMatchObject({ exitCode: 0 });
    };
    mkdirSync(farm);
    writeFileSync(join(farm, 'cow.txt'), 'a cow');
    await oxen(base, 'config', '--name', 'Bessie', '--email', 'bessie@example.com');
    const user = ['--email', 'bessie@example.com', '--name', 'Bessie', '--dir', served];
    await oxen(base, 'serve', 'add-user', ...user, '--output', 'auth_config.toml');
    const server = await serve(served, ['--auth']);
    const { host } = new URL(server.url);
    const settings = readFileSync(join(base, 'auth_config.toml'), 'utf8');
    const token = /auth_token = "([^"]+)"/.exec(settings)?.[1] ?? '';
    await oxen(base, 'config', '--auth', host, token);
    for (const words of [
      ['init'],
      ['add', '.'],
      ['commit', '-m', 'a cow'],
      ['create-remote', '--name', 'bessie/farm', '--host', host],
      ['config', '--set-remote', 'origin', `${server.url}/bessie/farm`],
      ['push'],
    ]) {
      await oxen(farm, ...words);
    }
    const home = join(base, 'home');
    mkdirSync(home);
    const code = (lines ?? '').replaceAll('127.0.0.1:3000', host).replace('TOKEN', token);
    runPython(['-c', code], { cwd: base, home });
    await oxen(farm, 'pull');
    expect(readFileSync(join(farm, 'calf.txt'), 'utf8')).toBe('a calf');
    expect(await server.stop()).toBe(0);
  });
});
