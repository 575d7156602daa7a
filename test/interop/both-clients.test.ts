/** Our client and the original one share a repository on our server: each continues what the other pushed. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOxen } from '../helpers/run-oxen.js';
import { listEmptyFolders, listFiles, noise, write, writeMixture } from './folders.js';
import { callClient, commitWithClient, makeHome, missingClient } from './real-client.js';
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

  const client = (cwd: string, ...words: [string, ...string[]]) => callClient(words, { cwd, home });

  async function oxen(cwd: string, ...words: string[]): Promise<string> {
    const run = await runOxen(words, { cwd, environment: { HOME: home } });
    if (run.exitCode !== 0) throw new Error(`oxen ${words.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  const ourCommits = async () => {
    const log: unknown = JSON.parse(await oxen(ours, 'log', '--json'));
    return (log as { commits: { id: string; parentIds: string[] }[] }).commits;
  };
  const ourLog = async () => (await ourCommits()).map(({ id }) => id);

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
    commitWithClient('by the real client', { cwd: real, home });
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

  test('a merge by the real client is pulled by ours, and one by ours by the real client', async () => {
    write(real, 'sides/real.txt', 'real\n');
    commitWithClient('of the real side', { cwd: real, home });
    write(ours, 'sides/ours.txt', 'ours\n');
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'of our side');
    await oxen(ours, 'push');
    client(real, 'pull', 'main');
    client(real, 'push', 'main');
    await oxen(ours, 'pull');
    expect(client(real, 'log')).toEqual(await ourLog());

    write(real, 'sides/real.txt', 'real again\n');
    commitWithClient('of the real side again', { cwd: real, home });
    client(real, 'push', 'main');
    write(ours, 'sides/ours.txt', 'ours again\n');
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'of our side again');
    await oxen(ours, 'pull');
    await oxen(ours, 'push');
    client(real, 'pull', 'main');
    expect(listFiles(real)).toEqual(listFiles(ours));
    expect(client(real, 'log')).toEqual(await ourLog());
    const merges = (await ourCommits()).filter(({ parentIds }) => parentIds.length === 2);
    expect(merges).toHaveLength(2);
  });

  test('the real client sees the commits of our tags and the branches that we push', async () => {
    await oxen(ours, 'tag', 'v1', 'HEAD~2');
    const tagged = JSON.parse(await oxen(ours, 'log', '--json', '-n', '1', 'v1')).commits[0].id;
    expect(client(real, 'log')).toContain(tagged);
    await oxen(ours, 'branch', 'release', 'v1');
    await oxen(ours, 'push', 'origin', 'release');
    const [head = ''] = await ourLog();
    const pushed = { main: head, release: tagged };
    expect(client(base, 'remote_branches', url)).toEqual(Object.entries(pushed));
    const released = join(base, 'released');
    client(base, 'clone_to', url, released, 'release');
    expect((client(released, 'log') as string[])[0]).toBe(tagged);
    await oxen(ours, 'push', '-d', 'origin', 'release');
    expect(client(base, 'remote_branches', url)).toEqual([['main', head]]);
  });

  test('what we upload without a clone the real client pulls, and we download it again', async () => {
    const host = ['--host', new URL(url).host];
    write(base, 'loose/upload.csv', 'a,b\n1,2\n');
    const words = ['upload', 'farm/shared', 'loose', '-d', 'incoming', '-m', 'loose files'];
    await oxen(base, ...words, ...host);
    client(real, 'pull', 'main');
    expect(Object.keys(listFiles(real))).toContain('incoming/loose/upload.csv');
    await oxen(ours, 'pull');
    expect(listFiles(ours)).toEqual(listFiles(real));
    await oxen(base, 'download', 'farm/shared', '.', '-o', 'downloaded', ...host);
    expect(listFiles(join(base, 'downloaded'))).toEqual(listFiles(real));
  });

  test('both clone a part of it, and what each adds there the other gets', async () => {
    const realPart = join(base, 'real-part');
    const ourPart = join(base, 'our-part');
    client(base, 'clone_part', url, realPart, 'names');
    await oxen(base, 'clone', '--filter', 'names', url, ourPart);
    expect(Object.keys(listFiles(realPart)).every((path) => path.startsWith('names/'))).toBe(true);
    expect(listFiles(ourPart)).toEqual(listFiles(realPart));
    write(ourPart, 'names/from-our-part.txt', 'part\n');
    await oxen(ourPart, 'add', '.');
    await oxen(ourPart, 'commit', '-m', 'in our part');
    await oxen(ourPart, 'push');
    client(real, 'pull', 'main');
    await oxen(ours, 'pull');
    expect(listFiles(real)).toEqual(listFiles(ours));
    expect(Object.keys(listFiles(ours))).toContain('names/from-our-part.txt');
    expect(await oxen(ourPart, 'fsck')).toContain('No problems found.');
  });

  test('the fingerprint of our last commit is that of a clone and of a fresh repository', async () => {
    const fresh = join(base, 'fresh');
    await oxen(base, 'clone', url, fresh);
    expect(listFiles(fresh)).toEqual(listFiles(ours));
    expect(listEmptyFolders(fresh)).toEqual(listEmptyFolders(ours));
    const anew = join(base, 'anew');
    cpSync(ours, anew, { recursive: true, filter: (path) => !path.endsWith('.oxen') });
    await oxen(anew, 'init', '.');
    await oxen(anew, 'add', '.');
    await oxen(anew, 'commit', '-m', 'the same files');
    const fingerprint = async (cwd: string) => (await oxen(cwd, 'info', '--fingerprint')).trim();
    expect(await fingerprint(fresh)).toBe(await fingerprint(ours));
    expect(await fingerprint(anew)).toBe(await fingerprint(ours));
    const root: unknown = JSON.parse(await oxen(ours, 'node', '--path', '', '--json'));
    expect(JSON.stringify(root)).toContain(await fingerprint(ours));
    for (const repository of [fresh, ours, anew]) {
      expect(await oxen(repository, 'fsck')).toContain('No problems found.');
    }
  });
});
