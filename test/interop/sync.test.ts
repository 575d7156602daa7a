/** The original client pushes to our server, clones from it and pulls: every byte and every commit id must come back. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOxen } from '../helpers/run-oxen.js';
import { listFiles, noise, write, writeMixture } from './folders.js';
import { callClient, commitWithClient, makeHome, missingClient } from './real-client.js';
import { type ServedProcess, serve } from './served.js';

describe.skipIf(missingClient !== undefined)('the real client and our server', () => {
  const base = mkdtempSync(join(tmpdir(), 'oxen-sync-'));
  const home = join(base, 'home');
  let server: ServedProcess;
  let url: string;

  beforeAll(async () => {
    makeHome(home);
    server = await serve(join(base, 'served'));
    url = `${server.url}/farm/mixture`;
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    const failures = server.readLog().filter((line) => line.includes('"level":"error"'));
    expect(failures).toEqual([]);
    rmSync(base, { recursive: true });
  });

  function folder(name: string): string {
    const path = join(base, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  const client = (cwd: string, ...words: [string, ...string[]]) => callClient(words, { cwd, home });
  const commit = (cwd: string, message: string) => commitWithClient(message, { cwd, home });

  test('makes a repository, pushes a mixture and clones it', () => {
    const author = folder('author');
    writeMixture(author, { small: 3000, largeBytes: 150 * 1024 * 1024 });
    commit(author, 'first');
    client(author, 'create_remote', url);
    client(author, 'set_remote', url);
    client(author, 'push', 'main');
    client(base, 'clone_to', url, join(base, 'reader'));
    expect(listFiles(join(base, 'reader'))).toEqual(listFiles(author));
    // The real client stores empty folders, but does not make them again.
    expect(client(base, 'remote_ls', url, '')).toContain('empty folder');
    expect(client(join(base, 'reader'), 'log')).toEqual(client(author, 'log'));
  });

  test('pulls what another clone pushed: changes, deletions, several commits', () => {
    const author = join(base, 'author');
    const reader = join(base, 'reader');
    write(author, 'README.md', '# Changed\n');
    write(author, 'more/new.csv', 'a\n1\n');
    commit(author, 'change');
    client(author, 'remove', 'small/3');
    client(author, 'commit_staged', 'remove');
    write(author, 'large.bin', noise(30 * 1024 * 1024 + 5, 8));
    commit(author, 'large again');
    client(author, 'push', 'main');
    client(reader, 'pull', 'main');
    expect(listFiles(reader)).toEqual(listFiles(author));
    expect(client(reader, 'log')).toEqual(client(author, 'log'));
    expect(client(reader, 'log')).toHaveLength(4);
  });

  test('pushes nothing and pulls nothing when nothing is new', () => {
    client(join(base, 'author'), 'push', 'main');
    client(join(base, 'reader'), 'pull', 'main');
  });

  test('is refused when the histories have diverged, merges, and pushes the merge', () => {
    const author = join(base, 'author');
    const reader = join(base, 'reader');
    write(author, 'from-author.txt', 'a\n');
    commit(author, 'of the author');
    client(author, 'push', 'main');
    write(reader, 'from-reader.txt', 'r\n');
    commit(reader, 'of the reader');
    expect(() => client(reader, 'push', 'main')).toThrow();
    client(reader, 'pull', 'main');
    client(reader, 'push', 'main');
    client(author, 'pull', 'main');
    expect(listFiles(author)).toEqual(listFiles(reader));
    expect(client(author, 'log')).toEqual(client(reader, 'log'));
  });

  test('pushes a second branch, clones everything, and deletes the branch', () => {
    const author = join(base, 'author');
    client(author, 'checkout', 'feature', 'create');
    write(author, 'feature.txt', 'f\n');
    const id = commit(author, 'feature');
    client(author, 'push', 'feature');
    expect(client(author, 'remote_branches', url)).toContainEqual(['feature', id]);
    client(base, 'clone_all', url, join(base, 'everything'));
    client(base, 'clone_to', url, join(base, 'feature'), 'feature');
    expect(listFiles(join(base, 'feature'))).toEqual(listFiles(author));
    client(join(base, 'everything'), 'checkout', 'main');
    expect(listFiles(join(base, 'everything'))).toEqual(listFiles(join(base, 'reader')));
    client(author, 'delete_remote_branch', 'feature');
    expect(client(author, 'remote_branches', url)).toHaveLength(1);
    client(author, 'checkout', 'main');
  });

  test('pushes thirty small commits at once', () => {
    const author = join(base, 'author');
    client(author, 'small_commits', '30');
    client(author, 'push', 'main');
    client(base, 'clone_to', url, join(base, 'fresh'));
    expect(listFiles(join(base, 'fresh'))).toEqual(listFiles(author));
    expect(client(join(base, 'fresh'), 'log')).toEqual(client(author, 'log'));
  });

  test('pulls what our client changed in a clone of its own', async () => {
    const author = join(base, 'author');
    const ours = join(base, 'ours');
    const oxen = async (cwd: string, ...words: string[]) => {
      expect(await runOxen(words, { cwd, environment: { HOME: home } })).toMatchObject({
        exitCode: 0,
      });
    };
    await oxen(base, 'clone', '--all', url, ours);
    expect(listFiles(ours)).toEqual(listFiles(author));
    write(ours, 'by-ours.csv', 'a,b\n1,2\n');
    write(ours, 'README.md', '# Ours\n');
    await oxen(ours, 'rm', 'names/no-extension');
    await oxen(ours, 'add', '.');
    await oxen(ours, 'commit', '-m', 'by our client');
    await oxen(ours, 'push');
    client(author, 'pull', 'main');
    expect(listFiles(author)).toEqual(listFiles(ours));
    await oxen(ours, 'fsck');
  });

  test('lists, reads the history and downloads without a clone', () => {
    expect(client(base, 'remote_ls', url, 'names')).toEqual([
      'with space & + %41 [x].txt',
      'ünïcödé 文件 🐂.txt',
    ]);
    const history = client(join(base, 'author'), 'log') as string[];
    expect(client(base, 'remote_log', url)).toEqual(history.slice(0, 10));
    client(base, 'remote_download', url, 'images', join(base, 'download'));
    expect(Object.keys(listFiles(join(base, 'download')))).toHaveLength(1);
  });

  test('leaves a repository in which our fsck finds nothing', async () => {
    const served = join(base, 'served', 'farm', 'mixture');
    const { exitCode, stdout } = await runOxen(['fsck'], { cwd: served });
    expect(stdout).toContain('commits');
    expect(exitCode).toBe(0);
  });

  test('deletes the repository', () => {
    expect(client(base, 'remote_exists', url)).toBe(true);
    client(base, 'delete_remote', url);
    expect(client(base, 'remote_exists', url)).toBe(false);
  });
});
