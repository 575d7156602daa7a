/** Rows of the lists of weaknesses that a user meets on the command line, by the built program (docs/weaknesses.md). */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { AdaptiveJobs } from '../../src/workers/adaptive.js';
import { type OxenRun, runOxen } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const home = temporaryDirectory();
const offline = { NODE_OPTIONS: `--require ${resolve('test/fixtures/no-network.cjs')}` };

function oxen(cwd: string, ...words: string[]): Promise<OxenRun> {
  return runOxen(words, { cwd, environment: { HOME: home, ...offline } });
}

/** Runs commands that must succeed. */
async function all(cwd: string, ...commands: string[][]): Promise<void> {
  for (const words of commands) {
    const { exitCode, stderr } = await oxen(cwd, ...words);
    expect(exitCode, `${words.join(' ')}: ${stderr}`).toBe(0);
  }
}

/** Makes a repository with one commit of these files. */
async function repository(files: Record<string, string | Buffer>): Promise<string> {
  const directory = temporaryDirectory();
  await all(directory, ['init']);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  await all(directory, ['add', '.'], ['commit', '-m', 'first']);
  return directory;
}

beforeAll(() => all(home, ['config', '--name', 'Bessie', '--email', 'bessie@example.com']));

test('weakness 3.8, case 5.5: no failure ends with exit code 0', async () => {
  const directory = await repository({ a: 'base\n' });
  await all(directory, ['checkout', '-b', 'other']);
  writeFileSync(join(directory, 'a'), 'theirs\n');
  await all(directory, ['add', 'a'], ['commit', '-m', 'theirs'], ['checkout', 'main']);
  writeFileSync(join(directory, 'a'), 'ours\n');
  await all(directory, ['add', 'a'], ['commit', '-m', 'ours']);
  const codes: [string[], number][] = [
    [['checkout', 'nope'], 3],
    [['log', '--revision', 'nope'], 3],
    [['log', 'nope'], 3],
    [['restore', '--staged', 'nope'], 3],
    [['restore', 'nope'], 3],
    [['status', 'nope'], 3],
    [['schemas', 'add', 'a'], 2],
    [['merge', 'nope'], 3],
    [['merge', 'other'], 4],
    [['commit', '-m', 'too early'], 4],
    [['merge', 'other'], 4],
    [['checkout', '--theirs', 'nope'], 3],
  ];
  for (const [words, code] of codes) {
    const run = await oxen(directory, ...words);
    expect([words.join(' '), run.exitCode]).toEqual([words.join(' '), code]);
    if (code !== 4 || words[0] !== 'merge') expect(run.stderr).toMatch(/^Error: (?!Error)/m);
  }
  const packs = join(directory, '.oxen/versions/packs');
  for (const name of readdirSync(packs)) {
    const bytes = readFileSync(join(packs, name));
    bytes.fill(0x5a, bytes.length - 40);
    writeFileSync(join(packs, name), bytes);
  }
  expect((await oxen(directory, 'verify')).exitCode).toBe(7);
  expect((await oxen(directory, 'fsck')).exitCode).toBe(7);
}, 60_000);

test('weakness 3.8, case 5.5: a server that cannot have its port says so and fails', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const words = ['serve', '--dir', temporaryDirectory(), '--port', port];
  const { exitCode, stderr } = await runOxen(words, { environment: { HOME: home } });
  expect(stderr).toMatch(/^Error: .*in use/);
  expect(exitCode).not.toBe(0);
});

test('weakness 3.9: init, and all work on this machine, asks no other machine and writes no token file', async () => {
  const directory = await repository({ a: '1' });
  await all(directory, ['status'], ['branch', 'b'], ['gc'], ['fsck'], ['info', 'a']);
  expect(existsSync(join(home, '.config/oxen/auth_config.toml'))).toBe(false);
});

test('weakness 3.19: set-remote works offline, and a token belongs to a host with its port', async () => {
  const directory = await repository({ a: '1' });
  await all(directory, ['config', '--set-remote', 'origin', 'http://nowhere.example:3000/ns/repo']);
  await all(directory, ['config', '--auth', 'http://nowhere.example:3000/', 'secret']);
  const { stdout } = await oxen(directory, 'remote', '-v');
  expect(stdout).toContain('http://nowhere.example:3000/ns/repo');
  const config = readFileSync(join(home, '.config/oxen/auth_config.toml'), 'utf8');
  expect(config).toContain('"nowhere.example:3000"');
});

test('weakness 3.11: as many threads as there are cores, not eight at most', () => {
  expect(new AdaptiveJobs().parallelism).toBe(availableParallelism());
  expect(new AdaptiveJobs(64).parallelism).toBe(64);
});

test('weakness 3.12: commit takes its message as an argument, as the README says', async () => {
  const directory = await repository({ a: '1' });
  writeFileSync(join(directory, 'a'), '2');
  await all(directory, ['add', 'a'], ['commit', 'a message']);
  expect((await oxen(directory, 'log', '--oneline')).stdout).toContain('a message');
});

test('weakness 3.14: paths start where the user is, flags have dashes, and no error says Error twice', async () => {
  const directory = await repository({ 'd/e/a': '1', b: '1' });
  writeFileSync(join(directory, 'd/e/a'), '2');
  writeFileSync(join(directory, 'b'), '2');
  const below = join(directory, 'd');
  const { stdout } = await oxen(below, 'status', 'e', '--print-all');
  expect(stdout).toContain('modified: d/e/a');
  expect(stdout).not.toContain('modified: b');
  expect((await oxen(below, 'status', '../b')).stdout).toContain('modified: b');
  for (const words of [
    ['log', 'nope'],
    ['add', 'nope'],
    ['node', 'zz'],
    ['tree', '-c', 'nope'],
  ]) {
    const { stderr } = await oxen(below, ...words);
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).not.toMatch(/Error:.*(Error|Err):/);
  }
});

test('weakness 3.15: ls lists what is in the repository', async () => {
  const directory = await repository({ 'd/a': '1', b: '22' });
  const { stdout } = await oxen(directory, 'ls');
  expect(stdout).toMatch(/2 B +b\n/);
  expect(stdout).toMatch(/d\/\n/);
  expect((await oxen(directory, 'ls', 'd')).stdout).toMatch(/1 B +a\n/);
});

test('case 5.6: a changed binary file is said to differ, and the rest of the diff is shown', async () => {
  const binary = Buffer.from([0, 1, 2, 255, 254]);
  const directory = await repository({ 'a.bin': binary, 'b.txt': 'one\n', z: 'z\n' });
  writeFileSync(join(directory, 'a.bin'), Buffer.from([0, 9, 9, 255]));
  writeFileSync(join(directory, 'b.txt'), 'two\n');
  const local = await oxen(directory, 'diff');
  await all(directory, ['add', '.'], ['commit', '-m', 'second']);
  const committed = await oxen(directory, 'diff', 'HEAD~1', 'HEAD');
  for (const { exitCode, stdout } of [local, committed]) {
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/[Bb]inary files.* differ/);
    expect(stdout).toMatch(/^-one$/m);
    expect(stdout).toMatch(/^\+two$/m);
  }
});

test('case 5.9: names that git refuses are refused for branches, HEAD among them', async () => {
  const directory = await repository({ a: '1' });
  for (const name of ['HEAD', '-x', '.a', 'a/', 'a.lock', 'a b', 'a..b', '@', 'a~1', 'a^', 'a:b']) {
    const { exitCode } = await oxen(directory, 'branch', '--', name);
    expect([name, exitCode]).toEqual([name, 2]);
  }
  expect((await oxen(directory, 'branch')).stdout).toBe('* main\n');
});
