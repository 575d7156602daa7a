/** Push, clone, fetch and pull between two of ours on the fast path: the same results with fewer and smaller requests. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../../src/api/repository.js';
import type { CountingProxy } from '../../helpers/counting-proxy.js';
import { commitAll, committed, read, temporaryDirectory } from '../../helpers/repository.js';
import { cloneOf, emptyRemote, optionsOf, pushed } from '../../helpers/shared-repository.js';
import { expectCutPushesToGoOn, expectOnePushToWin } from '../../helpers/sync-flows.js';

const fast = { offersFast: true };
const mebibyte = 1024 * 1024;

/** Bytes that do not compress and hold no equal chunks. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, word = seed; at + 4 <= length; at += 4) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((word ^ (word >>> 15)) >>> 0, at);
  }
  return bytes;
}

function sentBytes(proxy: CountingProxy): number {
  return proxy.requests.reduce((sum, request) => sum + request.sentBytes, 0);
}

function receivedBytes(proxy: CountingProxy): number {
  return proxy.requests.reduce((sum, request) => sum + request.receivedBytes, 0);
}

test('a push and a clone take few requests, and everything is whole', async () => {
  const { origin, url, proxy } = await pushed(fast);
  expect(proxy.lines()).toEqual([
    'GET R',
    'POST R/fast/push',
    'POST R/fast/missing',
    'POST R/fast/missing',
    'POST R/fast/objects',
    'PUT R/branches/main',
  ]);
  proxy.reset();
  const { repository, result } = await cloneOf(url, undefined, fast);
  expect(proxy.lines().slice(0, 3)).toEqual(['GET R', 'GET R/branches/main', 'POST R/fast/fetch']);
  expect(new Set(proxy.lines().slice(3))).toEqual(new Set(['POST R/fast/wishes']));
  expect(read(repository.root)).toEqual(read(origin.root));
  expect([...repository.log()]).toEqual([...origin.log()]);
  expect(await repository.fingerprint()).toBe(await origin.fingerprint());
  expect(result).toMatchObject({ branch: 'main', fileCount: 5 });
  expect((await repository.fsck()).problems).toEqual([]);
});

test.each([
  [true, false],
  [false, true],
])('what was pushed fast (%s) is cloned fast (%s) with the same result', async (pushFast, cloneFast) => {
  const { origin, url, directory } = await pushed({ offersFast: pushFast });
  await commitAll(origin, 'large', {
    'large.bin': noise(5 * mebibyte, 1),
    'readme.md': '# dogs\n',
  });
  await origin.push();
  const { repository } = await cloneOf(url, undefined, { offersFast: cloneFast, all: true });
  expect(read(repository.root)).toEqual(read(origin.root));
  expect([...repository.log()]).toEqual([...origin.log()]);
  expect((await repository.fsck()).problems).toEqual([]);
  const served = await Repository.open(join(directory, 'ada', 'cats'), optionsOf(directory));
  onTestFinished(() => served.close());
  expect((await served.fsck()).problems).toEqual([]);
});

test('a push of nothing new sends nothing', async () => {
  const { origin, proxy } = await pushed(fast);
  proxy.reset();
  expect(await origin.push()).toMatchObject({ isUpToDate: true, commitCount: 0 });
  expect(proxy.lines()).toEqual(['GET R', 'POST R/fast/push']);
});

test('a push sends neither contents nor nodes that the server has', async () => {
  const { origin, proxy } = await pushed(fast);
  await commitAll(origin, 'moved', { 'images/a.txt': null, 'pictures/a.txt': 'a cat' });
  proxy.reset();
  await origin.push();
  expect(proxy.lines().filter((line) => line === 'POST R/fast/objects')).toHaveLength(1);
  expect(sentBytes(proxy)).toBeLessThan(4000);
});

test('of an edited large file only the new chunks travel, in both directions', async () => {
  const before = noise(12 * mebibyte, 7);
  const { origin, url, proxy } = await pushed(fast);
  await commitAll(origin, 'large', { 'large.bin': before });
  await origin.push();
  const { repository } = await cloneOf(url, undefined, fast);
  const inserted = Buffer.from('an insertion');
  const after = Buffer.concat([before.subarray(0, 1000), inserted, before.subarray(1000)]);
  await commitAll(origin, 'edited', { 'large.bin': after });
  proxy.reset();
  await origin.push();
  expect(sentBytes(proxy)).toBeLessThan(2 * mebibyte);
  proxy.reset();
  await repository.pull();
  expect(receivedBytes(proxy)).toBeLessThan(2 * mebibyte);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect((await repository.fsck()).problems).toEqual([]);
});

test('a pull fetches what is new, and a commit of a clone comes back', async () => {
  const { origin, url, proxy } = await pushed(fast);
  const { repository } = await cloneOf(url, undefined, fast);
  await commitAll(origin, 'second', { 'images/a.txt': 'a tiger', 'empty.txt': null, 'new/x': 'x' });
  await origin.push();
  proxy.reset();
  expect(await repository.pull()).toMatchObject({ isUpToDate: false, fileCount: 2 });
  expect(receivedBytes(proxy)).toBeLessThan(8000);
  expect(read(repository.root)).toEqual(read(origin.root));
  const commit = await commitAll(repository, 'by the clone', { 'images/c.txt': 'a third cat' });
  await repository.push();
  await origin.pull();
  expect(origin.branchCommit('main')).toBe(commit.id);
  expect((await origin.fsck()).problems).toEqual([]);
});

test('a partial clone brings one commit and its part', async () => {
  const { origin, url } = await pushed(fast);
  await commitAll(origin, 'second', { 'more.txt': 'more' });
  await origin.push();
  const part = { depth: undefined, subtrees: ['images' as never] };
  const { repository } = await cloneOf(url, undefined, { ...fast, part });
  expect(Object.keys(read(repository.root)).sort()).toEqual([
    'images/a.txt',
    'images/deep/er/b.txt',
  ]);
  expect([...repository.log()]).toHaveLength(1);
});

test('of two pushes at once one wins and the other is told', () => expectOnePushToWin(fast));

test('a push that is cut anywhere is finished by the same push', () =>
  expectCutPushesToGoOn(8, fast));

test('a push that was cut sends nothing again that was acknowledged', async () => {
  const place = await emptyRemote();
  const many = Array.from({ length: 13 }, (_, index) => [
    `${index}.bin`,
    noise(3.5 * mebibyte, index + 1),
  ]);
  const origin = await committed(Object.fromEntries(many));
  origin.setRemote('origin', place.url);
  const impatient = await Repository.open(origin.root, { ...optionsOf(origin.root), ...fast });
  onTestFinished(() => impatient.close());
  let count = 0;
  const isObjects = (path: string) => path === 'R/fast/objects';
  place.proxy.breaks = ({ path }) => isObjects(path) && ++count === 3;
  const target = { remote: 'origin', branch: 'main' };
  await expect(impatient.push(target)).rejects.toMatchObject({ kind: 'remote' });
  place.proxy.breaks = () => false;
  const objects = place.proxy.requests.filter(({ path }) => isObjects(path));
  const acknowledged = objects.slice(0, 2).reduce((sum, request) => sum + request.sentBytes, 0);
  expect(acknowledged).toBeGreaterThan(30 * mebibyte);
  place.proxy.reset();
  await impatient.push(target);
  const all = 13 * 3.5 * mebibyte;
  expect(sentBytes(place.proxy)).toBeLessThan(all - 0.95 * acknowledged);
});

test('a clone that was cut fetches nothing again that had arrived', async () => {
  const { origin, url, proxy } = await pushed(fast);
  const many = Array.from({ length: 12 }, (_, index) => [
    `${index}.bin`,
    noise(3 * mebibyte, index + 1),
  ]);
  await commitAll(origin, 'many', Object.fromEntries(many));
  await origin.push();
  const path = join(temporaryDirectory(), 'copy');
  proxy.reset();
  proxy.mostAnswerBytes = 20 * mebibyte;
  await expect(cloneOf(url, path, fast)).rejects.toMatchObject({ kind: 'remote' });
  await expect(Repository.open(path)).rejects.toThrow('was interrupted');
  proxy.mostAnswerBytes = Number.POSITIVE_INFINITY;
  proxy.reset();
  const { repository } = await cloneOf(url, path, fast);
  // Six contents of 3 MiB are whole when a stream of 20 MiB breaks.
  expect(receivedBytes(proxy)).toBeLessThan(19 * mebibyte);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect((await repository.fsck()).problems).toEqual([]);
});
