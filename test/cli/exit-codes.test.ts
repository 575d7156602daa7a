/** One real way to each exit code that needs no other machine, and the streams it leaves behind. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type OxenRun, runOxen } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const home = temporaryDirectory();

function oxen(cwd: string, ...words: string[]): Promise<OxenRun> {
  return runOxen(words, { cwd, environment: { HOME: home } });
}

/** Returns a repository with one commit of `data.txt`. */
async function repository(): Promise<string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'data.txt'), 'one\n');
  for (const words of [['init'], ['add', 'data.txt'], ['commit', '-m', 'first']]) {
    expect((await oxen(directory, ...words)).exitCode, words.join(' ')).toBe(0);
  }
  return directory;
}

beforeAll(async () => {
  const run = await oxen(home, 'config', '--name', 'Bessie', '--email', 'bessie@example.com');
  expect(run.exitCode).toBe(0);
});

describe('the exit code', () => {
  test('is 0 when all is well', async () => {
    const { exitCode, stderr } = await oxen(await repository(), 'status');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  test('is 1 when there is nothing to do', async () => {
    const { exitCode, stderr } = await oxen(await repository(), 'commit', '-m', 'again');
    expect(stderr).toContain('No changes to commit');
    expect(exitCode).toBe(1);
  });

  test('is 2 when the command line is wrong', async () => {
    expect((await oxen(await repository(), 'status', '--limit', 'x')).exitCode).toBe(2);
  });

  test.each([
    'http://host.example:3000/a/b',
    'http://me:secret@host.example/ns/repo',
    'ftp://host.example/ns/repo',
  ])('is 2 for a remote that nobody could push to, and it is not kept: %s', async (url) => {
    const directory = await repository();
    const { exitCode, stderr } = await oxen(directory, 'config', '--set-remote', 'origin', url);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([
      2,
      expect.stringContaining('is not the URL of a remote repository'),
    ]);
    expect(stderr).not.toContain('secret');
    expect((await oxen(directory, 'remote', '-v')).stdout).toBe('');
  });

  test('is 3 outside of a repository, with a hint', async () => {
    const { exitCode, stdout, stderr } = await oxen(temporaryDirectory(), 'status');
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: No oxen repository found at .*\n {2}hint: .*oxen init.*\n$/);
  });

  test('is 3 for a revision that does not exist', async () => {
    expect((await oxen(await repository(), 'log', 'nope')).exitCode).toBe(3);
    expect((await oxen(await repository(), 'checkout', 'nope')).exitCode).toBe(3);
  });

  test('is 4 when local changes are in the way', async () => {
    const directory = await repository();
    await oxen(directory, 'checkout', '-b', 'other');
    writeFileSync(join(directory, 'data.txt'), 'two\n');
    await oxen(directory, 'add', '.');
    await oxen(directory, 'commit', '-m', 'second');
    writeFileSync(join(directory, 'data.txt'), 'three\n');
    const { exitCode, stderr } = await oxen(directory, 'checkout', 'main');
    expect(stderr).toContain('data.txt');
    expect(exitCode).toBe(4);
  });

  test('is 7 when stored bytes are damaged', async () => {
    const directory = await repository();
    const packs = join(directory, '.oxen/versions/packs');
    const pack = join(packs, readdirSync(packs).find((file) => file.endsWith('.pack')) ?? '');
    const bytes = readFileSync(pack);
    const place = bytes.indexOf('one\n');
    expect(place).toBeGreaterThan(0);
    bytes[place] = 0x4f;
    writeFileSync(pack, bytes);
    expect((await oxen(directory, 'fsck')).exitCode).toBe(7);
  });

  test('stands in the document of an error too', async () => {
    const { exitCode, stdout } = await oxen(temporaryDirectory(), 'status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, error: { exitCode: 3 } });
    expect(exitCode).toBe(3);
  });
});

describe('names for the shells', () => {
  test('are those of the repository', async () => {
    const directory = await repository();
    await oxen(directory, 'branch', 'feature');
    expect((await oxen(directory, '__complete', 'branch', 'f')).stdout).toBe('feature\n');
    expect((await oxen(directory, '__complete', 'path', 'da')).stdout).toBe('data.txt\n');
  });
});
