/** Contents that one side lacks are brought there without moving a branch: to a remote, and from it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { hashToBytes } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { OpenRepository } from '../../../src/core/repository.js';
import { commitAll, read, write } from '../../helpers/repository.js';
import { cloneOf, files, pushed } from '../../helpers/shared-repository.js';

const served = (directory: string) => join(directory, 'ada', 'cats');
const cat = hashBytes(Buffer.from(files['images/a.txt']));

/** Takes a content away, as a disk that lost a file would have in a stock server. */
async function forget(root: string, hash = cat): Promise<void> {
  const stores = await OpenRepository.open(root);
  const bytes = new Uint8Array(hashToBytes(hash));
  stores.environment.transaction(() => stores.versions.remove(bytes, new Uint8Array(0)));
  await stores.close();
}

/** Flips a bit of `text` in the packs of a repository. */
function damage(root: string, text: string): void {
  const packs = join(root, '.oxen/versions/packs');
  for (const name of readdirSync(packs).filter((file) => file.endsWith('.pack'))) {
    const bytes = readFileSync(join(packs, name));
    const place = bytes.indexOf(text);
    if (place < 0) continue;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(join(packs, name), bytes);
  }
}

test('a push of missing files asks for every commit, sends what is lacking, and leaves the branch', async () => {
  const { origin, directory, proxy } = await pushed();
  const second = await commitAll(origin, 'second', { 'readme.md': 'two' });
  await origin.push();
  await forget(served(directory));
  proxy.reset();
  const result = await origin.pushMissing();
  expect(result).toMatchObject({ sentCount: 1, commitId: second.id, unavailable: [] });
  expect(proxy.lines()).toEqual([
    'GET R',
    'POST R/action/started/push',
    'GET R/branches/main',
    'GET R/commits/missing_files',
    'GET R/commits/missing_files',
    'POST R/versions',
    'PUT R/branches/main',
    'POST R/action/completed/push',
  ]);
  expect(await origin.pushMissing(undefined, { revision: 'HEAD' })).toMatchObject({ sentCount: 0 });
});

test('what is missing on both sides is named', async () => {
  const { origin, directory } = await pushed();
  await forget(served(directory));
  await forget(origin.root);
  const { sentCount, unavailable } = await origin.pushMissing();
  expect(sentCount).toBe(0);
  expect(unavailable.map(({ path }) => path)).toEqual(['images/a.txt']);
});

test('a remote that checks its contents drops damaged ones and gets them again', async () => {
  const { origin, url, directory } = await pushed();
  damage(served(directory), 'another cat');
  const { check, sentCount } = await origin.pushMissing(undefined, { revalidate: true });
  expect(check).toMatchObject({ scannedCount: 5, corruptedCount: 1, cleanedCount: 1 });
  expect(sentCount).toBe(1);
  const { repository } = await cloneOf(url);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect((await repository.fsck()).problems).toEqual([]);
});

test('a damaged chunk of a large content is replaced as well', async () => {
  const { origin, url, directory } = await pushed();
  const large = Buffer.alloc(9_000_000);
  for (let index = 0; index < large.length; index += 4) {
    large.writeUInt32LE(Math.imul(index, 2_654_435_761) >>> 0, index);
  }
  large.write('a mark in the middle', 5_000_000);
  write(origin.root, { 'images/large.bin': large });
  await commitAll(origin, 'large', {});
  await origin.push();
  damage(served(directory), 'a mark in the middle');
  const { check, sentCount } = await origin.pushMissing(undefined, { revalidate: true });
  expect(check).toMatchObject({ corruptedCount: 1 });
  expect(sentCount).toBe(1);
  const { repository } = await cloneOf(url);
  expect((await repository.fsck()).problems).toEqual([]);
});

test('a push of missing files needs the commits of the remote', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  await commitAll(origin, 'second', { 'readme.md': 'two' });
  await origin.push();
  await expect(repository.pushMissing()).rejects.toMatchObject({ kind: 'conflict' });
});

test('a fetch of missing files brings what the checked-out commit lacks', async () => {
  const { url } = await pushed();
  const part = { subtrees: ['images' as RepoPath], depth: undefined };
  const { repository } = await cloneOf(url, undefined, { part });
  await forget(repository.root);
  write(repository.root, { 'images/a.txt': null });
  await expect(repository.restore(['.'])).rejects.toThrow('not in this repository');
  const before = await repository.status();
  expect(before.unrestorableFiles).toEqual(['images/a.txt']);
  expect(await repository.fetchMissingFiles()).toMatchObject({ fileCount: 1 });
  await repository.restore(['.']);
  expect(read(repository.root)['images/a.txt']).toBe('a cat');
});
