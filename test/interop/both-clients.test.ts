/** Our client and the original one share a repository on our server: each continues what the other pushed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOxen } from '../helpers/run-oxen.js';
import { listFiles, noise, write, writeMixture } from './folders.js';
import { makeHome, missingClient, runRealClient } from './real-client.js';
import { type ServedProcess, serve } from './served.js';

describe.skipIf(missingClient !== undefined)('our client and the real client', () => {
  const base = mkdtempSync(join(tmpdir(), 'oxen-both-'));
  const home = join(base, 'home');
  const ours = join(base, 'ours');
  const real = join(base, 'real');
  let server: ServedProcess;
  let url: string;

  beforeAll(async () => {
    makeHome(home);
    mkdirSync(ours, { recursive: true });
    server = await serve(join(base, 'served'));
    url = `${server.url}/farm/shared`;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(base, { recursive: true });
  });

  function client(cwd: string, ...words: string[]): unknown {
    const output = runRealClient('client', words, { cwd, home });
    return JSON.parse(output.trim().split('\n').at(-1) ?? 'null');
  }

  async function oxen(cwd: string, ...words: string[]): Promise<string> {
    const run = await runOxen(words, { cwd, environment: { HOME: home } });
    if (run.exitCode !== 0) throw new Error(`oxen ${words.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  const ourLog = async () => {
    const log: unknown = JSON.parse(await oxen(ours, 'log', '--json'));
    return (log as { commits: { id: string }[] }).commits.map(({ id }) => id);
  };

  test('what we push the real client clones, large files too', async () => {
    await oxen(ours, 'init', '.');
    writeMixture(ours, { small: 320, largeBytes: 21 * 1024 * 1024 });
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'first');
    write(ours, 'large.bin', noise(21 * 1024 * 1024 + 3, 9));
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'second');
    await oxen(ours, 'create-remote', '--name', 'farm/shared', '--host', new URL(url).host);
    await oxen(ours, 'config', '--set-remote', 'origin', url);
    await oxen(ours, 'push');
    client(base, 'clone_to', url, real);
    expect(listFiles(real)).toEqual(listFiles(ours));
    expect(client(real, 'log')).toEqual(await ourLog());
  });

  test('what the real client pushes we pull, and continue', async () => {
    write(real, 'names/from-the-real-client.txt', 'moo\n');
    runRealClient('commit', ['by the real client'], { cwd: real, home });
    client(real, 'push', 'main');
    await oxen(ours, 'pull');
    expect(listFiles(ours)).toEqual(listFiles(real));
    write(ours, 'small/3/file3.txt', 'changed by us\n');
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'ours again');
    await oxen(ours, 'push');
    client(real, 'pull', 'main');
    expect(listFiles(real)).toEqual(listFiles(ours));
    expect(client(real, 'log')).toEqual(await ourLog());
  });

  test('the root of our last commit is that of a fresh repository with the same files', async () => {
    const fresh = join(base, 'fresh');
    await oxen(base, 'clone', url, fresh);
    expect(listFiles(fresh)).toEqual(listFiles(ours));
    const fingerprint = (cwd: string) => oxen(cwd, 'info', '--fingerprint');
    expect(await fingerprint(fresh)).toBe(await fingerprint(ours));
    expect(await oxen(fresh, 'fsck')).toContain('No problems found.');
    expect(await oxen(ours, 'fsck')).toContain('No problems found.');
  });
});
