/** The verbs `stash`, `undo`, `save`, `load`, and the new forms of `log` and `diff`, as they are typed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type OxenRun, runOxen, runShell } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const home = temporaryDirectory();

function oxen(cwd: string, line: string): Promise<OxenRun> {
  return runOxen(line.split(' '), { cwd, environment: { HOME: home } });
}

/** A repository with one commit of a table, and a change of it. */
async function changedTable(): Promise<string> {
  const cwd = temporaryDirectory();
  const script = `oxen init && printf 'id,n\\n1,a\\n' > t.csv && oxen add . && oxen commit -m first && printf 'id,n\\n1,b\\n' > t.csv`;
  expect((await runShell(script, { cwd, environment: { HOME: home } })).exitCode).toBe(0);
  return cwd;
}

const table = (cwd: string) => readFileSync(join(cwd, 't.csv'), 'utf8');

beforeAll(async () => {
  expect((await oxen(home, 'config --name ox --email ox@example.com')).exitCode).toBe(0);
});

test('a stash is put away, listed, shown and brought back; what is in the way ends in exit code 4', async () => {
  const cwd = await changedTable();
  expect((await oxen(cwd, 'stash -m half')).stdout).toBe('Stashed: On main: half\n');
  expect(table(cwd)).toBe('id,n\n1,a\n');
  expect((await oxen(cwd, 'stash list')).stdout).toMatch(/^stash@\{0\}: On main: half {2}\(\d{4}-/);
  expect((await oxen(cwd, 'stash show 0')).stdout).toContain('1 file changed');
  writeFileSync(join(cwd, 't.csv'), 'mine');
  const refused = await oxen(cwd, 'stash pop');
  expect(refused).toMatchObject({ exitCode: 4, stdout: '' });
  expect(refused.stderr).toContain('would be overwritten');
  await oxen(cwd, 'restore t.csv');
  expect((await oxen(cwd, 'stash pop')).exitCode).toBe(0);
  expect(table(cwd)).toBe('id,n\n1,b\n');
  expect((await oxen(cwd, 'stash pop')).exitCode).toBe(3);
  expect((await oxen(cwd, 'stash drop x')).exitCode).toBe(2);
}, 60_000);

test('a commit is taken back and the list says so', async () => {
  const cwd = await changedTable();
  await oxen(cwd, 'commit -m none');
  await oxen(cwd, 'add .');
  await oxen(cwd, 'commit -m second');
  expect((await oxen(cwd, 'undo')).stdout).toMatch(/^Undid: commit second\nHEAD is now at /);
  expect((await oxen(cwd, 'status')).stdout).toContain('modified: t.csv');
  const list = JSON.parse((await oxen(cwd, 'undo --list --json')).stdout) as {
    operations: { verb: string; summary: string }[];
  };
  expect(list.operations.map(({ verb, summary }) => `${verb} ${summary}`)).toEqual([
    'undo commit second',
    'commit second',
    'commit first',
  ]);
  expect((await oxen(cwd, 'undo 99')).exitCode).toBe(3);
}, 60_000);

test('a repository goes through a pipe, and a damaged archive ends in exit code 2 or 7', async () => {
  const cwd = await changedTable();
  const script = 'oxen save - | oxen load - copy && cat copy/t.csv';
  const run = await runShell(script, { cwd, environment: { HOME: home } });
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toContain('id,n\n1,a\n');
  expect((await oxen(cwd, 'save a.tar')).stdout).toContain('✅ Saved oxen repo to "a.tar"');
  const archive = readFileSync(join(cwd, 'a.tar'));
  archive.write('X', archive.indexOf('id,n'));
  writeFileSync(join(cwd, 'damaged.tar'), archive);
  expect((await oxen(cwd, 'load damaged.tar other')).exitCode).toBe(7);
  writeFileSync(join(cwd, 'cut.tar'), archive.subarray(0, 2000));
  expect((await oxen(cwd, 'load cut.tar third')).exitCode).toBe(2);
}, 60_000);

test('log and diff take paths, and diff two files without a repository', async () => {
  const cwd = await changedTable();
  expect((await oxen(cwd, 'log --oneline t.csv')).stdout).toMatch(/^[0-9a-f]{10} first\n$/);
  expect((await oxen(cwd, 'log --oneline -- gone.csv')).stdout).toBe('');
  expect((await oxen(cwd, 'log nope')).exitCode).toBe(3);
  expect((await oxen(cwd, 'log --since soon')).exitCode).toBe(2);
  const plain = temporaryDirectory();
  writeFileSync(join(plain, 'a.csv'), 'id,n\n1,a\n');
  writeFileSync(join(plain, 'b.csv'), 'id,n\n1,b\n');
  const diff = await oxen(plain, 'diff a.csv b.csv -k id -o c.csv --exit-code');
  expect(diff.exitCode).toBe(1);
  expect(readFileSync(join(plain, 'c.csv'), 'utf8')).toBe(
    'id,n.left,n.right,_oxen_diff_status\n1,a,b,modified\n',
  );
}, 60_000);

test('progress can be a document a line, beside the result', async () => {
  const cwd = await changedTable();
  const { stdout, stderr } = await oxen(cwd, 'add . --progress json');
  expect(stdout).toContain('oxen added 1 files');
  const documents = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(documents.at(-1)).toMatchObject({ schema: 1, event: 'progress', phase: 'add' });
}, 60_000);
