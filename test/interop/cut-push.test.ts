/** A push that was cut leaves contents behind; another push names them, gc runs, and the real client gets every byte. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../helpers/counting-proxy.js';
import { type OxenRun, runOxen } from '../helpers/run-oxen.js';
import { listFiles, writeMixture } from './folders.js';
import { callClient, commitWithClient, makeHome, missingClient } from './real-client.js';
import { type ServedProcess, serve } from './served.js';

describe.skipIf(missingClient !== undefined)('a push that was cut', () => {
  const base = mkdtempSync(join(tmpdir(), 'oxen-cut-'));
  const home = join(base, 'home');
  let server: ServedProcess;

  beforeAll(async () => {
    makeHome(home);
    server = await serve(join(base, 'served'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(base, { recursive: true });
  });

  const oxen = (cwd: string, ...words: string[]): Promise<OxenRun> =>
    runOxen(words, { cwd, environment: { HOME: home, OXEN_NUM_RETRIES: '0' } });

  /** Makes a folder with the files that both clients have. */
  function folder(name: string): string {
    const path = join(base, name);
    mkdirSync(path);
    writeMixture(path, { small: 100, largeBytes: 20 * 1024 * 1024 });
    return path;
  }

  test('loses nothing of what another clone pushes again, though gc runs', async () => {
    const ours = folder('ours');
    const host = new URL(server.url).host;
    await oxen(ours, 'init', '.');
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'cut');
    await oxen(ours, 'create-remote', '--name', 'farm/cut', '--host', host);
    const proxy = await startProxy(Number(new URL(server.url).port));
    // Everything has arrived by then, by whichever way it was sent.
    proxy.breaks = ({ method, path }) => method !== 'GET' && path.startsWith('R/branches');
    await oxen(ours, 'config', '--set-remote', 'origin', `${proxy.origin}/farm/cut`);
    expect(await oxen(ours, 'push')).toMatchObject({ exitCode: 6 });
    expect(proxy.requests.some((request) => proxy.breaks(request))).toBe(true);

    const url = `${server.url}/farm/cut`;
    const place = { cwd: folder('real'), home };
    commitWithClient('again', place);
    callClient(['set_remote', url], place);
    callClient(['push', 'main'], place);
    const served = join(base, 'served', 'farm', 'cut');
    expect(await oxen(served, 'gc', '--all', '--grace', '0')).toMatchObject({ exitCode: 0 });
    callClient(['clone_to', url, join(base, 'reader')], { cwd: base, home });
    expect(listFiles(join(base, 'reader'))).toEqual(listFiles(ours));
    expect(await oxen(served, 'fsck')).toMatchObject({ exitCode: 0 });
  });
});
