/** Clones of a part: what is not here is known not to be here, is never lost and never called damage. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../../src/api/repository.js';
import type { ClonePart } from '../../../src/core/model/clone-part.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { isClean } from '../../../src/core/model/status.js';
import { commitAll, read, temporaryDirectory, write } from '../../helpers/repository.js';
import { cloneOf, files, optionsOf, pushed } from '../../helpers/shared-repository.js';

const images: ClonePart = { subtrees: ['images' as RepoPath], depth: undefined };
const bessie = { name: 'Bessie', email: 'bessie@example.com' };

describe.each([
  ['by the standard requests', false],
  ['on the fast path', true],
])('%s', (_, offersFast) => {
  /** Two commits on a server, and a clone of a part of the second. */
  async function partOf(part: ClonePart) {
    const place = await pushed({ offersFast });
    await commitAll(place.origin, 'second', { 'readme.md': '# more cats\n' });
    await place.origin.push();
    place.proxy.reset();
    const { repository, result } = await cloneOf(place.url, undefined, { part, offersFast });
    return { ...place, repository, result };
  }

  test('a clone of a subtree has its files, one commit, and the whole tree', async () => {
    const { origin, repository, result, proxy } = await partOf(images);
    expect(Object.keys(read(repository.root)).sort()).toEqual([
      'images/a.txt',
      'images/deep/er/b.txt',
    ]);
    expect(result.fileCount).toBe(2);
    expect([...repository.log()].map(({ message }) => message)).toEqual(['second']);
    expect(await repository.fingerprint()).toBe(await origin.fingerprint());
    const request = offersFast ? 'POST R/fast/' : `GET R/tree/download/${result.commitId}`;
    expect(proxy.lines().some((line) => line.startsWith(request))).toBe(true);
    expect(isClean(await repository.status())).toBe(true);
    const report = await repository.fsck();
    expect(report.problems).toEqual([]);
    expect(report.absentCount).toBe(3);
  });

  test('a clone of some levels has the files in them', async () => {
    const root = await partOf({ subtrees: [], depth: 1 });
    expect(Object.keys(read(root.repository.root)).sort()).toEqual(['empty.txt', 'readme.md']);
    expect(existsSync(join(root.repository.root, 'hollow'))).toBe(true);
    const one = await cloneOf(root.url, undefined, { part: { ...images, depth: 1 }, offersFast });
    expect(Object.keys(read(one.repository.root))).toEqual(['images/a.txt']);
  });

  test('a commit in a partial clone keeps everything that is not there', async () => {
    const { origin, repository } = await partOf(images);
    await commitAll(repository, 'third', {
      'images/c.txt': 'c',
      'images/a.txt': null,
      'new.txt': 'n',
    });
    await repository.push();
    await origin.pull();
    expect(Object.keys(read(origin.root)).sort()).toEqual(
      [
        'images/c.txt',
        'images/deep/er/b.txt',
        'new.txt',
        'readme.md',
        'empty.txt',
        'ünïcode/ключ.txt',
      ].sort(),
    );
    expect((await origin.fsck()).problems).toEqual([]);
    expect((await repository.fsck()).problems).toEqual([]);
    expect(isClean(await repository.status())).toBe(true);
  });

  test('a pull brings what changed in the part, and notes the rest', async () => {
    const { origin, repository } = await partOf(images);
    await commitAll(origin, 'third', {
      'images/a.txt': 'A',
      'readme.md': 'new',
      'hollow/x.txt': 'x',
    });
    await origin.push();
    expect(await repository.pull()).toMatchObject({ fileCount: 1 });
    expect(Object.keys(read(repository.root)).sort()).toEqual([
      'images/a.txt',
      'images/deep/er/b.txt',
    ]);
    expect(isClean(await repository.status())).toBe(true);
    expect((await repository.fsck()).problems).toEqual([]);
  });

  test('a branch is checked out in the part alone, and back', async () => {
    const { origin, repository } = await partOf(images);
    await origin.checkoutNewBranch('tigers');
    await commitAll(origin, 'tigers', {
      'images/t.txt': 't',
      'images/a.txt': null,
      'readme.md': 'x',
    });
    await origin.push();
    await repository.fetch('origin', { branch: 'tigers' });
    repository.createBranch('tigers', 'origin/tigers');
    await repository.checkout('tigers');
    expect(Object.keys(read(repository.root)).sort()).toEqual([
      'images/deep/er/b.txt',
      'images/t.txt',
    ]);
    await repository.checkout('main');
    expect(Object.keys(read(repository.root)).sort()).toEqual([
      'images/a.txt',
      'images/deep/er/b.txt',
    ]);
    expect(isClean(await repository.status())).toBe(true);
  });

  test('histories that went apart are merged in a partial clone, the rest of the tree as well', async () => {
    const { origin, repository } = await partOf(images);
    await commitAll(origin, 'theirs', {
      'readme.md': 'theirs',
      'empty.txt': null,
      'images/a.txt': 'A',
    });
    await origin.push();
    await commitAll(repository, 'ours', { 'images/c.txt': 'c' });
    const { merge } = await repository.pull(undefined, { identity: bessie });
    expect(merge?.kind).toBe('merged');
    expect(Object.keys(read(repository.root)).sort()).toEqual([
      'images/a.txt',
      'images/c.txt',
      'images/deep/er/b.txt',
    ]);
    expect(isClean(await repository.status())).toBe(true);
    await repository.push();
    await origin.pull();
    expect(read(origin.root)['readme.md']).toBe('theirs');
    expect(read(origin.root)['empty.txt']).toBeUndefined();
    expect((await origin.fsck()).problems).toEqual([]);
  });

  test('a merge that needs what is not here names it, and changes nothing', async () => {
    const { origin, repository } = await partOf(images);
    await commitAll(origin, 'theirs', { 'readme.md': '# more cats\nand tigers\n' });
    await origin.push();
    write(repository.root, { 'readme.md': '# more cats\nand lions\n' });
    await repository.add(['readme.md']);
    await repository.commit('ours', bessie);
    const before = repository.branchCommit('main');
    const missing = { kind: 'not-found', message: expect.stringContaining('readme.md') };
    await expect(repository.pull(undefined, { identity: bessie })).rejects.toMatchObject(missing);
    expect(repository.branchCommit('main')).toBe(before);
    expect(isClean(await repository.status())).toBe(true);
    await repository.fetch('origin', { allContents: true });
    const { merge } = await repository.pull(undefined, { identity: bessie });
    expect(merge?.kind).toBe('conflicts');
  });

  test('a file of the part that is lost is damage, one outside is not', async () => {
    const { repository } = await partOf(images);
    const packs = join(repository.root, '.oxen/versions/packs');
    await repository.close();
    for (const name of readdirSync(packs)) if (name.endsWith('.pack')) rmSync(join(packs, name));
    const again = await Repository.open(repository.root, optionsOf(repository.root));
    onTestFinished(() => again.close());
    const { problems, absentCount } = await again.fsck();
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'images/a.txt',
      'images/deep/er/b.txt',
    ]);
    expect(absentCount).toBe(3);
  });

  test('what a partial clone does not hold is not restored by the way, but when it is named and here', async () => {
    const { repository } = await partOf(images);
    write(repository.root, { 'images/a.txt': null });
    expect(await repository.restore(['.'])).toEqual({ restoredCount: 1 });
    const missing = {
      kind: 'not-found',
      message: expect.stringContaining('not in this repository'),
    };
    await expect(repository.restore(['readme.md'])).rejects.toMatchObject(missing);
    expect(existsSync(join(repository.root, 'readme.md'))).toBe(false);
    expect(await repository.fetch('origin', { allContents: true })).toMatchObject({ fileCount: 3 });
    await repository.restore(['ünïcode']);
    expect(read(repository.root)['ünïcode/ключ.txt']).toBe('кот');
    expect(isClean(await repository.status())).toBe(true);
    expect((await repository.fsck()).absentCount).toBe(0);
  });

  test('status tells which part is here', async () => {
    const { origin, repository } = await partOf(images);
    expect((await repository.status()).part).toEqual(images);
    expect((await origin.status()).part).toBeUndefined();
  });

  test('what lies before the clone is not found, and said to lie before it', async () => {
    const { repository } = await partOf(images);
    const failure = { kind: 'not-found', hint: expect.stringContaining('ends before it') };
    await expect(repository.checkout('HEAD~1')).rejects.toMatchObject(failure);
  });

  test('gc in a partial clone keeps it whole', async () => {
    const { repository } = await partOf(images);
    await repository.gc({ graceMs: 0 });
    expect((await repository.fsck()).problems).toEqual([]);
    expect(read(repository.root)['images/a.txt']).toBe(files['images/a.txt']);
  });

  test('a clone of a part that was cut goes on with the same part only', async () => {
    const { url, proxy } = await pushed({ offersFast });
    const path = join(temporaryDirectory(), 'copy');
    proxy.breaks = ({ path: at }) => /^R\/(tree\/download|fast\/)/.test(at);
    await expect(cloneOf(url, path, { part: images, offersFast })).rejects.toMatchObject({
      kind: 'remote',
    });
    proxy.breaks = () => false;
    const { repository } = await cloneOf(url, path, { part: images, offersFast });
    expect(Object.keys(read(repository.root))).toHaveLength(2);
  });

  test('a pull brings directories that only commits before the clone had', async () => {
    const { origin, repository } = await partOf(images);
    // The directories of the first commit come back, under the ids that they had.
    await commitAll(origin, 'back', { 'readme.md': files['readme.md'] });
    await origin.push();
    await repository.pull();
    expect(await repository.fingerprint()).toBe(await origin.fingerprint());
    expect((await repository.fsck()).problems).toEqual([]);
  });

  test('a branch that parted before the clone is fetched with its commits, not with what is before', async () => {
    const { origin, repository } = await partOf(images);
    origin.createBranch('old', 'HEAD~1');
    await origin.checkout('old');
    await commitAll(origin, 'beside', { 'images/old.txt': 'o' });
    await origin.push();
    await repository.fetch('origin', { branch: 'old' });
    repository.createBranch('old', 'origin/old');
    await repository.checkout('old');
    expect(read(repository.root)['images/old.txt']).toBe('o');
    expect((await repository.fsck()).problems).toEqual([]);
  });
});
