/** Push, clone, fetch and pull between two repositories of ours over a server of ours, by the requests of stock peers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { setToken } from '../../../src/api/user.js';
import { isClean } from '../../../src/core/model/status.js';
import { startProxy } from '../../helpers/counting-proxy.js';
import { commitAll, read, temporaryDirectory, write } from '../../helpers/repository.js';
import { scriptedServer } from '../../helpers/scripted-server.js';
import { startTestServer } from '../../helpers/server.js';
import { cloneOf, emptyRemote, optionsOf, pushed } from '../../helpers/shared-repository.js';
import { expectCutPushesToGoOn, expectOnePushToWin } from '../../helpers/sync-flows.js';

test('a clone of a push has the same files, commits and ids, and is whole', async () => {
  const { origin, url } = await pushed();
  const { repository, result } = await cloneOf(url);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect(existsSync(join(repository.root, 'hollow'))).toBe(true);
  expect([...repository.log()]).toEqual([...origin.log()]);
  expect(await repository.fingerprint()).toBe(await origin.fingerprint());
  expect(result).toMatchObject({ branch: 'main', fileCount: 5 });
  expect((await repository.fsck()).problems).toEqual([]);
  expect((await repository.status()).branch).toBe('main');
});

test('a push by the standard requests makes those of a stock client, contents before nodes', async () => {
  const { origin, proxy } = await pushed();
  expect(proxy.lines()).toEqual([
    'GET R',
    'POST R/action/started/push',
    'GET R/branches/main',
    'GET R/branches',
    'POST R/commits/missing',
    'POST R/versions',
    'POST R/tree/nodes',
    'POST R/fsck/rebuild-dir-hashes',
    'POST R/branches',
    'POST R/action/completed/push',
  ]);
  expect(origin.remoteBranches()).toEqual([
    { remote: 'origin', name: 'main', commitId: origin.branchCommit('main') },
  ]);
});

test('a push of nothing new sends nothing', async () => {
  const { origin, proxy } = await pushed();
  proxy.reset();
  expect(await origin.push()).toMatchObject({ isUpToDate: true, commitCount: 0 });
  expect(proxy.lines()).toEqual([
    'GET R',
    'POST R/action/started/push',
    'GET R/branches/main',
    'POST R/action/completed/push',
  ]);
});

test('an incremental push sends the changed content, the nodes above it, and no more', async () => {
  const { origin, proxy } = await pushed();
  const bulk = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`bulk/${index % 7}/${index}.txt`, `file ${index}`]),
  );
  await commitAll(origin, 'bulk', bulk);
  await origin.push();
  proxy.reset();
  await commitAll(origin, 'one file', { 'bulk/3/3.txt': 'changed' });
  // root, bulk and bulk/3 with a vnode each, and the commit
  expect(await origin.push()).toMatchObject({ commitCount: 1, contentCount: 1, nodeCount: 7 });
  expect(proxy.requests).toHaveLength(9);
  expect(proxy.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBeLessThan(6000);
});

test('a pull fetches what is new and moves branch and files forward', async () => {
  const { origin, url, proxy } = await pushed();
  const { repository } = await cloneOf(url);
  await commitAll(origin, 'second', { 'images/a.txt': 'a tiger', 'empty.txt': null, 'new/x': 'x' });
  await origin.push();
  proxy.reset();
  const result = await repository.pull();
  expect(result).toMatchObject({ isUpToDate: false, fileCount: 2 });
  expect(proxy.lines()).toContain(`GET R/tree/download/${result.before}..${result.commitId}`);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect([...repository.log()]).toEqual([...origin.log()]);
  expect(isClean(await repository.status())).toBe(true);
  expect(await repository.pull()).toMatchObject({ isUpToDate: true, fileCount: 0 });
});

test('a commit of a clone comes back to the origin with the same ids', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  const commit = await commitAll(repository, 'by the clone', { 'images/c.txt': 'a third cat' });
  await repository.push();
  await origin.pull();
  expect(origin.branchCommit('main')).toBe(commit.id);
  expect(read(origin.root)).toEqual(read(repository.root));
  expect((await origin.fsck()).problems).toEqual([]);
});

test('a push that would lose commits of the remote is refused, and allowed with force', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  const theirs = await commitAll(origin, 'theirs', { 'x.txt': '1' });
  await origin.push();
  const ours = await commitAll(repository, 'ours', { 'y.txt': '2' });
  await expect(repository.push()).rejects.toMatchObject({
    kind: 'conflict',
    hint: expect.stringContaining('oxen pull'),
  });
  expect(await repository.branchesOf()).toEqual([{ name: 'main', commitId: theirs.id }]);
  await repository.push(undefined, { force: true });
  expect(await repository.branchesOf()).toEqual([{ name: 'main', commitId: ours.id }]);
});

test('of two pushes at once one wins and the other is told', () => expectOnePushToWin({}));

test('histories that went apart end a pull in a conflict that keeps what was fetched', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  const theirs = await commitAll(origin, 'theirs', { 'x.txt': '1' });
  await origin.push();
  const ours = await commitAll(repository, 'ours', { 'y.txt': '2' });
  await expect(repository.pull()).rejects.toMatchObject({
    kind: 'conflict',
    hint: expect.stringContaining('oxen merge'),
  });
  expect(repository.branchCommit('main')).toBe(ours.id);
  expect(repository.resolve(theirs.id)).toBe(theirs.id);
  expect(isClean(await repository.status())).toBe(true);
});

test('a pull does not overwrite local changes', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  await commitAll(origin, 'theirs', { 'images/a.txt': 'theirs' });
  await origin.push();
  write(repository.root, { 'images/a.txt': 'mine' });
  const before = repository.branchCommit('main');
  await expect(repository.pull()).rejects.toMatchObject({ kind: 'conflict' });
  expect(read(repository.root)['images/a.txt']).toBe('mine');
  expect(repository.branchCommit('main')).toBe(before);
});

test('a push that is cut anywhere is finished by the same push', () =>
  expectCutPushesToGoOn(10, {}));

test('a clone that is cut anywhere is refused by other verbs and finished by the same clone', async () => {
  const big = Buffer.alloc(3_000_000);
  for (let at = 0, word = 1; at < big.length; at += 4) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    big.writeUInt32LE(word, at);
  }
  const { origin, url, proxy } = await pushed();
  await commitAll(origin, 'big', { 'big.bin': big });
  await origin.push();
  const path = join(temporaryDirectory(), 'copy');
  for (const cut of ['tree/download', 'versions']) {
    proxy.breaks = (request) => request.path.startsWith(`R/${cut}`);
    await expect(cloneOf(url, path)).rejects.toMatchObject({ kind: 'remote' });
    await expect(Repository.open(path)).rejects.toThrow('was interrupted');
  }
  proxy.breaks = () => false;
  proxy.mostAnswerBytes = 1_000_000;
  await expect(cloneOf(url, path)).rejects.toMatchObject({ kind: 'remote' });
  proxy.mostAnswerBytes = Number.POSITIVE_INFINITY;
  const { repository } = await cloneOf(url, path);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect((await repository.fsck()).problems).toEqual([]);
});

test('a clone leaves nothing behind when there is nothing to clone', async () => {
  const { url } = await pushed();
  const path = join(temporaryDirectory(), 'copy');
  await expect(cloneOf(`${url}-not`, path)).rejects.toMatchObject({ kind: 'not-found' });
  await expect(
    Repository.clone(url, path, { ...optionsOf(path), branch: 'nope' }),
  ).rejects.toMatchObject({ kind: 'not-found', hint: 'There are: main' });
  expect(existsSync(path)).toBe(false);
});

test('a clone does not touch a directory with something in it', async () => {
  const { url } = await pushed();
  const path = temporaryDirectory();
  write(path, { 'mine.txt': 'mine' });
  await expect(cloneOf(url, path)).rejects.toThrow('Directory already exists');
  expect(read(path)).toEqual({ 'mine.txt': 'mine' });
});

test('a clone of an empty repository can commit and push', async () => {
  const { url } = await emptyRemote();
  const { repository, result } = await cloneOf(url);
  expect(result.commitId).toBeUndefined();
  await commitAll(repository, 'first', { 'a.txt': '1' });
  await repository.push();
  const again = await cloneOf(url);
  expect(read(again.repository.root)).toEqual({ 'a.txt': '1' });
});

test('branches are pushed, fetched and deleted by name', async () => {
  const { origin, url } = await pushed();
  const { repository } = await cloneOf(url);
  origin.createBranch('topic/new+ideas');
  await origin.push({ remote: 'origin', branch: 'topic/new+ideas' });
  expect((await repository.fetch()).branches.map(({ name }) => name)).toEqual([
    'main',
    'topic/new+ideas',
  ]);
  await origin.pushDelete({ remote: 'origin', branch: 'topic/new+ideas' });
  expect((await repository.branchesOf()).map(({ name }) => name)).toEqual(['main']);
  await expect(
    origin.pushDelete({ remote: 'origin', branch: 'topic/new+ideas' }),
  ).rejects.toMatchObject({ kind: 'not-found' });
});

test('a fetch leaves out branches whose names are not allowed, and says so', async () => {
  const notes: string[] = [];
  const { origin, url, proxy } = await pushed();
  const { origin: liar } = await scriptedServer(async (exchange) => {
    const { method, target } = exchange.request;
    if (!target.endsWith('/branches')) {
      const answer = await globalThis.fetch(`${proxy.origin}${target}`, { method });
      const body = Buffer.from(await answer.arrayBuffer());
      return exchange.bytes(answer.status, body);
    }
    const commit_id = origin.branchCommit('main');
    const names = ['main', '../../escape', 'HEAD'];
    return exchange.success({ branches: names.map((name) => ({ name, commit_id })) });
  });
  const { repository } = await cloneOf(url);
  repository.setRemote('origin', url.replace(proxy.origin, liar));
  const again = await Repository.open(repository.root, {
    ...optionsOf(repository.root),
    events: (event) => event.type === 'note' && notes.push(event.path),
  });
  onTestFinished(() => again.close());
  expect((await again.fetch()).branches.map(({ name }) => name)).toEqual(['main']);
  expect(notes).toEqual(['../../escape', 'HEAD']);
});

test('a plain clone has the contents of the newest commit, a clone of all those of every commit', async () => {
  const { origin, url } = await pushed();
  await commitAll(origin, 'second', { 'readme.md': 'changed' });
  await origin.push();
  const plain = await cloneOf(url);
  const path = join(temporaryDirectory(), 'copy');
  const whole = await Repository.clone(url, path, { ...optionsOf(path), all: true });
  onTestFinished(() => whole.repository.close());
  expect(whole.result.fileCount).toBe(plain.result.fileCount + 1);
  await whole.repository.checkout('HEAD~1');
  expect(read(path)['readme.md']).toBe('# cats\n');
  expect((await plain.repository.fsck()).problems).toEqual([]);
  await plain.repository.fetch('origin', { allContents: true });
  await plain.repository.checkout('HEAD~1');
  expect(read(plain.repository.root)['readme.md']).toBe('# cats\n');
});

test('a node that is shared with an unpushed branch names only commits that the remote has', async () => {
  const { origin, url } = await pushed();
  const secret = await commitAll(origin, 'secret', { 'shared/file.txt': 'shared' });
  await origin.checkout('HEAD~1');
  await origin.checkoutNewBranch('open');
  const open = await commitAll(origin, 'open', { 'shared/file.txt': 'shared', 'other.txt': '1' });
  await origin.push({ remote: 'origin', branch: 'open' });
  const path = join(temporaryDirectory(), 'copy');
  const { repository } = await Repository.clone(url, path, { ...optionsOf(path), branch: 'open' });
  onTestFinished(() => repository.close());
  const { node } = repository.nodeAt(join(path, 'shared/file.txt'));
  expect(node.kind === 'file' ? node.file.lastCommitId : '').toBe(open.id);
  expect(() => repository.resolve(secret.id)).toThrow();
});

test('a token goes to its own host and to no other', async () => {
  const { server } = await startTestServer();
  const own = await startProxy(server.port);
  const other = await startProxy(server.port);
  const home = temporaryDirectory();
  const configPlace = { homeDirectory: home, configDirectory: home };
  setToken(configPlace, own.origin, 'oxen_secret');
  await createRemote(`${own.origin}/ada/cats`, { configPlace });
  await createRemote(`${other.origin}/ada/dogs`, { configPlace });
  expect(own.requests.map(({ token }) => token)).toEqual(['Bearer oxen_secret']);
  expect(other.requests.map(({ token }) => token)).toEqual([undefined]);
});

test('a fetch brings contents of a branch that only its push has named here', async () => {
  const { origin, url } = await pushed();
  write(origin.root, { 'only-old': 'in the first commits' });
  await commitAll(origin, 'old', {});
  const old = origin.branchCommit('main');
  write(origin.root, { 'only-old': 'newer' });
  await commitAll(origin, 'new', {});
  await origin.push();
  const { repository } = await cloneOf(url);
  repository.createBranch('kept', old);
  await repository.push({ remote: 'origin', branch: 'kept' });
  await expect(repository.checkout('kept')).rejects.toThrow(/is not in this repository/);
  await repository.fetch();
  await repository.checkout('kept');
  expect(read(repository.root)['only-old']).toBe('in the first commits');
});
