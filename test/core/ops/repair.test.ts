/** Damage of packs, nodes and references: fsck names exactly what is lost, a sample finds it in its turn, a remote repairs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RepositoryOptions } from '../../../src/api/options.js';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { hashToBytes } from '../../../src/core/model/hash.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { flipContent, noise } from '../../helpers/damage.js';
import { commitAll, committed, read, steppingClock, write } from '../../helpers/repository.js';
import { startTestServer } from '../../helpers/server.js';

const large = noise(9, 5_000_000); // chunks
const files = {
  a: noise(1, 3000),
  'd/b': noise(2, 3000),
  'd/e/large': large,
  same: noise(1, 3000),
};

/** A repository of two commits that a server has too. */
async function pushed(options: RepositoryOptions = {}): Promise<Repository> {
  const made = await committed(files, options);
  await commitAll(made, 'second', { a: noise(3, 3000), 'd/e/f': noise(4, 3000) });
  const { url } = await startTestServer();
  await createRemote(url('ada/farm'));
  made.setRemote('origin', url('ada/farm'));
  await made.push();
  return made;
}

async function reopened(made: Repository): Promise<Repository> {
  const again = await Repository.open(made.root, {
    jobs: new InlineJobs(),
    clock: steppingClock(1_800_000_000),
    workingDirectory: made.root,
  });
  onTestFinished(() => again.close());
  return again;
}

/** Closes a repository, flips a bit in rows of its database file, and opens it again. */
async function withFlippedRows(
  made: Repository,
  database: 'nodes' | 'refs',
  keys: readonly Uint8Array[],
): Promise<Repository> {
  const rows = made.stores.environment.database(database);
  const entries = keys.map((key) => Buffer.concat([key, rows.get(key) ?? new Uint8Array(0)]));
  await made.close();
  const path = join(made.root, '.oxen/db/data.mdb');
  const bytes = readFileSync(path);
  for (const [index, entry] of entries.entries()) {
    const middle = ((keys[index]?.length ?? 0) + entry.length) >> 1;
    for (let at = bytes.indexOf(entry); at >= 0; at = bytes.indexOf(entry, at + 1)) {
      bytes[at + middle] = (bytes[at + middle] ?? 0) ^ 4;
    }
  }
  writeFileSync(path, bytes);
  return reopened(made);
}

describe('fsck', () => {
  test('names every commit and path that lost a content', async () => {
    const made = await pushed();
    flipContent(made, files.same);
    const { problems, losses } = await made.fsck();
    expect(problems).toHaveLength(1);
    const [second, first] = [made.resolve('HEAD'), made.resolve('HEAD~1')];
    expect(losses).toEqual([
      { commitId: second, paths: ['same'] },
      { commitId: first, paths: ['a', 'same'] },
    ]);
  });

  test('names the directory that cannot be read, in each commit that has it', async () => {
    const made = await pushed();
    const { node } = made.nodeAt('d');
    if (node.kind !== 'dir') throw new Error('it is a directory');
    made.stores.environment.transaction(() => made.stores.nodes.remove(node.dir.hash));
    expect((await made.fsck()).losses).toEqual([{ commitId: made.resolve('HEAD'), paths: ['d/'] }]);
  });

  test('has no losses when there is no problem', async () => {
    expect((await (await pushed()).fsck()).losses).toEqual([]);
  });
});

describe('fsck --sample', () => {
  test('comes around to everything, the oldest part first', async () => {
    const made = await pushed();
    let checkedBytes = 0;
    let rounds = 0;
    for (; rounds < 20; rounds++) {
      const { sample, checkedBytes: bytes } = await made.fsck({ sampleShare: 0.2 });
      expect(bytes).toBeLessThan(large.length);
      checkedBytes += bytes;
      if (sample?.uncheckedBytes === 0) break;
    }
    expect(rounds).toBeGreaterThan(1);
    expect(checkedBytes).toBeGreaterThan(large.length);
    const { sample: before } = await made.fsck({ sampleShare: 0.2 });
    for (let round = 0; round < 10; round++) await made.fsck({ sampleShare: 0.2 });
    const { sample: after } = await made.fsck({ sampleShare: 0.2 });
    expect(after?.oldestMs).toBeGreaterThan(before?.oldestMs ?? 0);
  });

  test('finds damage in its turn, and again until it is repaired', async () => {
    const made = await pushed();
    for (let round = 0; round < 8; round++) await made.fsck({ sampleShare: 0.2 });
    flipContent(made, large, 5);
    let found = 0;
    for (let round = 0; round < 12; round++) {
      if ((await made.fsck({ sampleShare: 0.2 })).problems.length > 0) found++;
    }
    expect(found).toBeGreaterThan(1);
  });
});

describe('fsck --repair', () => {
  test('fetches damaged contents and chunks, and keeps the sound ones', async () => {
    const made = await pushed();
    flipContent(made, files['d/b']);
    flipContent(made, large, 3);
    const before = made.stores.versions.chunkCount;
    const { contentCount, nodeCount, after } = await made.repair();
    expect({ contentCount, nodeCount, problems: after.problems }).toEqual({
      contentCount: 2,
      nodeCount: 0,
      problems: [],
    });
    expect(made.stores.versions.chunkCount).toBe(before);
    write(made.root, { d: null });
    await made.restore(['.']);
    expect(Object.keys(read(made.root))).toEqual(['a', 'd/b', 'd/e/f', 'd/e/large', 'same']);
  });

  test('fetches missing contents and lists of chunks', async () => {
    const made = await pushed();
    const hashes = [...made.stores.versions.contents()].map(({ hash }) => hash.slice());
    made.stores.environment.transaction(() =>
      made.stores.versions.remove(Buffer.concat(hashes), new Uint8Array(0)),
    );
    expect((await made.fsck()).problems.length).toBe(hashes.length);
    expect((await made.repair()).after.problems).toEqual([]);
  });

  test('reads all contents once where no content had to be fetched', async () => {
    const jobs = new InlineJobs();
    const made = await pushed({ jobs });
    const run = vi.spyOn(jobs, 'run');
    const checkCount = () => run.mock.calls.filter(([name]) => name === 'verifyPack').length;
    const { problems } = await made.fsck();
    const once = checkCount();
    expect((await made.repair()).after.problems).toEqual(problems);
    expect([once > 0, checkCount()]).toEqual([true, 2 * once]);
  });

  test('fetches nodes that are damaged or missing', async () => {
    const made = await pushed();
    const ids = [...made.stores.nodes.ids()];
    const flipped = ids.filter((_, index) => index % 2 === 0);
    made.stores.environment.transaction(() => {
      for (const id of ids) if (!flipped.includes(id)) made.stores.nodes.remove(id);
    });
    const broken = await withFlippedRows(made, 'nodes', flipped.map(hashToBytes));
    expect((await broken.fsck()).problems.length).toBeGreaterThan(0);
    const { nodeCount, after } = await broken.repair();
    expect(after.problems).toEqual([]);
    expect(nodeCount).toBe(ids.length);
  });

  test('leaves what the remote lacks as it is, and says so', async () => {
    const made = await pushed();
    await commitAll(made, 'not pushed', { z: noise(7, 3000) });
    flipContent(made, noise(7, 3000));
    flipContent(made, files['d/b']);
    const { contentCount, after } = await made.repair();
    expect(contentCount).toBe(1);
    expect(after.problems.map(({ path }) => path)).toEqual(['z']);
    expect(after.losses).toEqual([{ commitId: made.resolve('HEAD'), paths: ['z'] }]);
  });

  test('names a damaged reference and checks the others', async () => {
    const made = await pushed();
    made.createBranch('other');
    const broken = await withFlippedRows(made, 'refs', [Buffer.from('heads/other')]);
    const { problems, branchCount, commitCount } = await broken.fsck();
    expect(problems.some(({ kind }) => kind === 'reference')).toBe(true);
    expect(problems.map(({ message }) => message).join()).toContain('other');
    expect([branchCount, commitCount]).toEqual([3, 2]);
    broken.forceBranch('other', 'HEAD');
    expect((await broken.fsck()).problems).toEqual([]);
  });
});
