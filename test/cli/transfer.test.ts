/** The built program against a server: clones of a part, transfers without a clone, repairs. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRemote } from '../../src/api/remote.js';
import { committed } from '../helpers/repository.js';
import { runOxen } from '../helpers/run-oxen.js';
import { startTestServer } from '../helpers/server.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

/** A server with one repository of two directories, and the program run beside it. */
async function begin() {
  const { server } = await startTestServer();
  const host = `127.0.0.1:${server.port}`;
  const url = `http://${host}/ada/cats`;
  await createRemote(url);
  const origin = await committed({ 'readme.md': 'cats', 'images/a.txt': 'a', 'labels/b.csv': 'b' });
  origin.setRemote('origin', url);
  await origin.push();
  const base = temporaryDirectory();
  const environment = { HOME: base, OXEN_TMP_DIR: join(base, 'tmp'), OXEN_NUM_RETRIES: '0' };
  const oxen = async (cwd: string, ...words: string[]): Promise<string> => {
    const run = await runOxen(words, { cwd, environment });
    expect(run, words.join(' ')).toMatchObject({ exitCode: 0 });
    return run.stdout;
  };
  await oxen(base, 'config', '--name', 'Bessie', '--email', 'bessie@example.com');
  return { base, host, url, origin, oxen };
}

const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.oxen') && name.includes('.'))
    .sort();

test('clones a part, says so, and brings the rest when it is asked for', async () => {
  const { base, url, oxen } = await begin();
  const copy = join(base, 'copy');
  const words = ['clone', '--filter', './images/', '--filter', 'labels', url, 'copy'];
  expect(await oxen(base, ...words)).toContain('(2 files)');
  expect(filesIn(copy)).toEqual(['images/a.txt', 'labels/b.csv']);
  expect(await oxen(copy, 'status')).toContain('A part of the files is here: images, labels\n');
  expect(await oxen(copy, 'fsck')).toContain('1 version files were not fetched: oxen fetch --all');
  await oxen(copy, 'fetch', '--all');
  await oxen(copy, 'restore', 'readme.md');
  expect(filesIn(copy)).toHaveLength(3);
  await oxen(base, 'clone', '--depth', '1', url, 'shallow');
  expect(filesIn(join(base, 'shallow'))).toEqual(['readme.md']);
  await oxen(copy, 'fetch', '--missing-files');
  await oxen(copy, 'pull', '--missing-files');
}, 60_000);

test('uploads and downloads without a clone', async () => {
  const { base, host, origin, oxen } = await begin();
  writeFileSync(join(base, 'new.txt'), 'new');
  const words = ['upload', 'ada/cats', 'new.txt', '-d', 'images', '-m', 'one more'];
  expect(await oxen(base, ...words, '--host', host)).toContain("-> 'one more' complete!");
  await oxen(base, 'download', 'ada/cats', 'images', '-o', 'got', '--host', host);
  expect(filesIn(join(base, 'got'))).toEqual(['images/a.txt', 'images/new.txt']);
  await oxen(base, 'download', 'ada/cats', 'images/new.txt', '-o', 'as.txt', '--host', host);
  expect(readFileSync(join(base, 'as.txt'), 'utf8')).toBe('new');
  await origin.pull();
  expect(filesIn(origin.root)).toContain('images/new.txt');
}, 60_000);

test('repairs a remote', async () => {
  const { origin, oxen } = await begin();
  expect(await oxen(origin.root, 'push', '--missing-files')).toContain('Sent 0 missing files');
  const one = await oxen(origin.root, 'push', '--missing-files', '--commit', 'HEAD', '--json');
  expect(JSON.parse(one)).toMatchObject({ schema: 1, sentCount: 0, unavailable: [] });
  expect(await oxen(origin.root, 'push', '--revalidate')).toContain('Scanned:   3\nCorrupted: 0');
}, 60_000);

test('repairs this repository from a remote', async () => {
  const { base, url, oxen } = await begin();
  await oxen(base, 'clone', url, 'copy');
  const copy = join(base, 'copy');
  const packs = join(copy, '.oxen/versions/packs');
  for (const name of readdirSync(packs)) {
    chmodSync(join(packs, name), 0o600);
    writeFileSync(join(packs, name), '');
  }
  const repaired = JSON.parse(await oxen(copy, 'fsck', '--repair', '--json'));
  expect(repaired).toMatchObject({ problems: [], repaired: { contentCount: 3 } });
  expect(await oxen(copy, 'fsck', '--repair')).toBe(await oxen(copy, 'fsck'));
}, 60_000);
