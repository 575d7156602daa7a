import { readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { resolveRevision } from '../../../src/core/history/revision.js';
import { hashToBytes } from '../../../src/core/model/hash.js';
import { collectGarbage } from '../../../src/core/ops/gc.js';
import { SharedWriter } from '../../../src/core/ops/shared-writer.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { branchRef, tagRef } from '../../../src/core/store/ref-names.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import {
  ada,
  commitAll,
  committed,
  read,
  repository,
  steppingClock,
  write,
} from '../../helpers/repository.js';
import { startTestServer } from '../../helpers/server.js';

/** Bytes that no other seed gives. */
function noise(seed: number, length = 20_000): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed + 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function packBytes(root: string): number {
  const directory = join(root, '.oxen/versions/packs');
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
}

function packCount(root: string): number {
  return readdirSync(join(root, '.oxen/versions/packs')).length;
}

/** A repository with a deleted branch whose files nothing needs any more. */
async function withGarbage(size = 300_000): Promise<Repository> {
  const made = await committed({ a: noise(1), 'd/b': noise(2) });
  await made.checkoutNewBranch('doomed');
  await commitAll(made, 'doomed', { big: noise(3, size), 'd/b': noise(4) });
  await made.checkout('main');
  made.deleteBranch('doomed', { force: true });
  return made;
}

const now = { graceMs: 0, undoGraceMs: 0 };

describe('gc', () => {
  test('frees the space of a deleted branch, and keeps the rest as it was', async () => {
    const made = await withGarbage();
    const before = packBytes(made.root);
    const files = read(made.root);
    const report = await made.gc(now);
    expect(report.contents).toMatchObject({ scannedCount: 4, removedCount: 2 });
    expect(report.nodes.removedCount).toBeGreaterThanOrEqual(5);
    expect(report.freedBytes).toBe(before);
    expect(packBytes(made.root)).toBeLessThan(before - 300_000);
    expect((await made.fsck()).problems).toEqual([]);
    write(made.root, { a: null, d: null });
    await made.restore(['.']);
    expect(read(made.root)).toEqual(files);
  });

  test('does nothing the second time', async () => {
    const made = await withGarbage();
    await made.gc(now);
    const before = packBytes(made.root);
    const again = await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    expect(again.nodes.removedCount + again.contents.removedCount).toBe(0);
    expect(again.packs.filter(({ action }) => action === 'rewrite')).toEqual([]);
    expect(packBytes(made.root)).toBe(before);
  });

  test('keeps rewritten packs until the grace period is over', async () => {
    const made = await withGarbage();
    const before = packBytes(made.root);
    const first = await made.gc({ undoGraceMs: 0 });
    expect(first).toMatchObject({ freedBytes: 0, waitingBytes: before });
    expect(packBytes(made.root)).toBeGreaterThan(before);
    expect((await made.gc({ graceMs: 0, undoGraceMs: 0 })).freedBytes).toBe(before);
    expect(packBytes(made.root)).toBeLessThan(before);
  });

  test('leaves packs with little garbage alone, unless all are wanted', async () => {
    const made = await committed({ a: noise(1, 100_000), b: noise(2, 10_000) });
    await made.checkoutNewBranch('doomed');
    await commitAll(made, 'doomed', { c: noise(3, 5000) });
    await made.checkout('main');
    made.deleteBranch('doomed', { force: true });
    const little = await made.gc(now);
    expect(little.contents.removedCount).toBe(1);
    expect(little.packs.map(({ action }) => action)).toEqual(['keep']);
    const before = packBytes(made.root);
    await commitAll(made, 'more', { c: noise(4, 5000) });
    await made.gc(now);
    expect(packBytes(made.root)).toBeGreaterThanOrEqual(before);
  });

  test('cli.md 5: never takes content that is staged and not committed', async () => {
    const made = await committed({ a: noise(1) });
    write(made.root, { b: noise(2), a: noise(3) });
    await made.add(['.']);
    await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    const report = await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    expect(report.contents.removedCount).toBe(0);
    await made.commit('second', ada);
    expect((await made.fsck()).problems).toEqual([]);
    await made.checkout('HEAD~1');
    await made.checkout('main');
    expect(Buffer.from(read(made.root)['b'] ?? '')).toEqual(Buffer.from(noise(2).toString()));
  });

  test('takes contents that were staged once and replaced', async () => {
    const made = await committed({ a: noise(1) });
    write(made.root, { a: noise(2) });
    await made.add(['.']);
    write(made.root, { a: noise(3) });
    await made.add(['.']);
    expect((await made.gc(now)).contents.removedCount).toBe(1);
    write(made.root, { a: noise(2) });
    await made.add(['.']);
    await made.commit('back', ada);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('keeps what tags, a detached HEAD and branches of remotes point to', async () => {
    const made = await committed({ a: noise(1) });
    for (const name of ['tagged', 'remote', 'detached']) {
      await made.checkoutNewBranch(name, 'main');
      await commitAll(made, name, { [name]: noise(name.length + 10) });
    }
    const { refs } = made.stores;
    const ids = ['tagged', 'remote', 'detached'].map((name) => made.resolve(name));
    const [tagged, remote, detached = ''] = ids;
    refs.compareAndSwap({ name: tagRef('v1'), expected: undefined, next: tagged });
    const remoteName = 'remotes/origin/x' as ReturnType<typeof tagRef>;
    refs.compareAndSwap({ name: remoteName, expected: undefined, next: remote });
    await made.checkout(detached);
    for (const name of ['tagged', 'remote', 'detached']) made.deleteBranch(name, { force: true });
    const report = await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    expect(report.contents.removedCount + report.nodes.removedCount).toBe(0);
    for (const id of ids) expect(made.stores.commit(id as never)?.id).toBe(id);
  });

  test('keeps both sides of an unfinished merge although the other branch is deleted', async () => {
    const made = await committed({ a: 'base\n' });
    await made.checkoutNewBranch('other');
    await commitAll(made, 'theirs', { a: 'theirs\n', big: noise(5) });
    await made.checkout('main');
    await commitAll(made, 'ours', { a: 'ours\n' });
    await made.merge('other', ada);
    made.deleteBranch('other', { force: true });
    await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    await made.takeSide('theirs', ['a']);
    await made.add(['a']);
    await made.commit('merged', ada);
    expect(read(made.root)['a']).toBe('theirs\n');
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('removes the chunks of a large file that goes, and keeps those that another file shares', async () => {
    const shared = noise(1, 5_000_000);
    const made = await committed({ kept: shared });
    await made.checkoutNewBranch('doomed');
    await commitAll(made, 'doomed', { kept: Buffer.concat([shared, noise(2, 3_000_000)]) });
    await made.checkout('main');
    made.deleteBranch('doomed', { force: true });
    const report = await made.gc({ graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 });
    expect(report.chunks.removedCount).toBeGreaterThan(2);
    expect((await made.fsck()).problems).toEqual([]);
    expect(packBytes(made.root)).toBeLessThan(5_100_000);
  });

  test('a dry run says what would go and changes nothing', async () => {
    const made = await withGarbage();
    const before = packBytes(made.root);
    const report = await made.gc({ dryRun: true, undoGraceMs: 0 });
    expect(report).toMatchObject({ isDryRun: true, contents: { removedCount: 2 } });
    expect(report.freedBytes).toBeGreaterThan(300_000);
    expect(report.packs).toMatchObject([{ action: 'rewrite', sizeBytes: before }]);
    expect(report.packs[0]?.reason).toContain('% of it is dead');
    expect(packBytes(made.root)).toBe(before);
    expect((await made.gc(now)).contents.removedCount).toBe(2);
  });

  test('removes files that a stopped command left', async () => {
    const made = await committed({ a: noise(1) });
    writeFileSync(join(made.root, '.oxen/versions/packs/000000ff.pack'), noise(9));
    const report = await made.gc(now);
    expect(report.removedPacks).toEqual([{ id: 255, sizeBytes: 20_000, reason: 'unknown' }]);
    expect(packCount(made.root)).toBe(1);
  });

  test('removes temporary files that a crash left, and none that may be in use', async () => {
    const made = await committed({ a: 'a' });
    const control = join(made.root, '.oxen');
    for (const name of ['HEAD.4711.tmp', 'config.toml.12.tmp', 'notes.tmp']) {
      writeFileSync(join(control, name), 'half');
    }
    utimesSync(join(control, 'HEAD.4711.tmp'), 1, 1);
    await made.gc(now);
    const left = readdirSync(control).filter((name) => name.endsWith('.tmp'));
    expect(left.sort()).toEqual(['config.toml.12.tmp', 'notes.tmp']);
  });

  test('never gives the number of a removed pack to another one', async () => {
    const made = await repository({ a: noise(1) });
    const directory = join(made.root, '.oxen/versions/packs');
    await made.add(['a']);
    await made.unstage(['a']);
    const report = await made.gc(now);
    expect(report.packs).toMatchObject([{ action: 'drop' }]);
    expect(readdirSync(directory)).toEqual([]);
    await commitAll(made, 'first');
    expect(readdirSync(directory)).toEqual(['00000002.pack']);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('leaves a pack alone that another writer appends to', async () => {
    const made = await withGarbage();
    const { environment, packDirectory } = made.stores;
    using allocator = await PackAllocator.open(environment, packDirectory);
    const slot = allocator.lend();
    const report = await made.gc(now);
    expect(report.packs).toMatchObject([
      { id: slot.packId, action: 'keep', reason: 'another command appends to it' },
    ]);
    expect(report.contents.removedCount).toBe(2);
    allocator.giveBack(slot, slot.offset);
    allocator.close();
    expect((await made.gc(now)).packs).toMatchObject([{ action: 'rewrite' }]);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('replaces hints that name a commit which goes', async () => {
    const made = await committed({ a: noise(1) });
    await made.checkoutNewBranch('doomed');
    const doomed = await commitAll(made, 'doomed', { 'd/x': noise(2) });
    await made.checkout('main');
    const kept = await commitAll(made, 'kept', { 'd/x': noise(2) });
    await commitAll(made, 'later', { a: noise(3) });
    const hintOf = () => {
      const { node } = made.nodeAt('d/x');
      return node.kind === 'file' ? node.file.lastCommitId : undefined;
    };
    expect(hintOf()).toBe(doomed.id);
    made.deleteBranch('doomed', { force: true });
    const before = await made.fingerprint();
    await made.gc(now);
    expect(hintOf()).toBe(kept.id);
    expect(await made.fingerprint()).toBe(before);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('removes nothing while something needed is missing', async () => {
    const made = await withGarbage();
    const root = made.stores.headTree()?.rootId;
    if (root === undefined) throw new Error('no commit');
    made.stores.environment.transaction(() => made.stores.nodes.remove(root));
    const before = packBytes(made.root);
    await expect(made.gc(now)).rejects.toMatchObject({ kind: 'integrity' });
    expect(packBytes(made.root)).toBe(before);
  });

  test('does not rewrite a pack with a damaged record, and says so', async () => {
    const made = await withGarbage();
    const pack = join(made.root, '.oxen/versions/packs/00000001.pack');
    const { size } = statSync(pack);
    truncateSync(pack, 100);
    made.stores.packReader.close();
    const report = await made.gc(now);
    expect(report.packs).toMatchObject([{ action: 'keep' }]);
    expect(report.packs[0]?.reason).toContain('cut off');
    expect(size).toBeGreaterThan(100);
  });
});

describe('gc beside others', () => {
  test('keeps a branch that was made from garbage after the first look', async () => {
    const made = await withGarbage();
    const doomed = [...made.stores.commitsStartingWith('', 10)].find(
      (id) => made.stores.commit(id)?.message === 'doomed',
    );
    if (doomed === undefined) throw new Error('no garbage');
    let isBranched = false;
    const report = await collectGarbage(
      made.stores,
      {
        ...made.context,
        events: () => {
          if (!isBranched) made.createBranch('saved', doomed);
          isBranched = true;
        },
      },
      { graceMs: 0, undoGraceMs: 0 },
    );
    expect(isBranched).toBe(true);
    expect(report.contents.removedCount).toBe(0);
    expect((await made.fsck()).problems).toEqual([]);
    await made.checkout('saved');
    expect(read(made.root)['big']?.length).toBeGreaterThan(100_000);
  });

  test('keeps what is added and committed while packs are copied, also what was garbage before', async () => {
    const made = await withGarbage();
    const other = await Repository.open(made.root, {
      jobs: new InlineJobs(),
      clock: steppingClock(1_800_000_000),
      workingDirectory: made.root,
    });
    let work: Promise<unknown> | undefined;
    const start = () => {
      work ??= commitAll(other, 'meanwhile', { again: noise(3, 300_000), fresh: noise(21) });
    };
    await collectGarbage(
      made.stores,
      { ...made.context, events: start },
      { graceMs: 0, undoGraceMs: 0 },
    );
    await work;
    expect((await made.fsck()).problems).toEqual([]);
    const id = resolveRevision(
      {
        commit: (commitId) => made.stores.commit(commitId),
        head: () => made.stores.headCommitId(),
        reference: (name) => made.stores.reference(name),
        commitsStartingWith: () => [],
      },
      'HEAD',
    );
    expect(made.stores.commit(id)?.message).toBe('meanwhile');
    await other.close();
  });

  test('a reader with old places finds the records at their new ones', async () => {
    const made = await withGarbage();
    const other = await Repository.open(made.root, {
      jobs: new InlineJobs(),
      workingDirectory: made.root,
    });
    const reading = other.read('a');
    await made.gc(now);
    const pieces: Uint8Array[] = [];
    for await (const piece of reading) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(noise(1));
    await other.close();
  });

  test('two runs at once do not meet', async () => {
    const made = await withGarbage();
    const results = await Promise.allSettled([made.gc(now), made.gc(now)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('an empty repository has nothing to collect', async () => {
    const made = await repository();
    expect((await made.gc(now)).nodes).toEqual({
      scannedCount: 0,
      removedCount: 0,
      removedBytes: 0,
    });
  });
});

/** Removes the branch as if the push had not come to its end. */
function dropMain({ stores }: Repository): void {
  stores.refs.compareAndSwap({ name: branchRef('main'), expected: 'any', next: undefined });
}

describe('gc beside a push', () => {
  /** A repository that was pushed a moment ago. */
  async function pushedNow() {
    const made = await committed({ a: noise(1), 'd/b': noise(2) });
    const { directory, url } = await startTestServer();
    await createRemote(url('ada/farm'));
    made.setRemote('origin', url('ada/farm'));
    await made.push();
    return { made, path: join(directory, 'ada', 'farm') };
  }

  test('keeps what arrived and is not named yet, until the grace period is over', async () => {
    const { path } = await pushedNow();
    const served = await Repository.open(path, { jobs: new InlineJobs() });
    onTestFinished(() => served.close());
    dropMain(served);
    const kept = await served.gc({ undoGraceMs: 0 });
    expect(kept.contents.removedCount + kept.nodes.removedCount).toBe(0);
    const gone = await served.gc({ graceMs: 0, undoGraceMs: 0 });
    expect(gone.contents.removedCount).toBe(2);
    expect(gone.nodes.removedCount).toBeGreaterThanOrEqual(5);
  });

  test('keeps what a peer was told it need not send again', async () => {
    const { made, path } = await pushedNow();
    const later = {
      now: () => ({ seconds: Math.floor(Date.now() / 1000) + 3600, nanoseconds: 0 }),
    };
    const served = await Repository.open(path, { jobs: new InlineJobs(), clock: later });
    onTestFinished(() => served.close());
    const { stores } = served;
    dropMain(served);
    const head = made.stores.headCommitId();
    if (head === undefined) throw new Error('there is a commit');
    await new SharedWriter(stores, later).findMissing(hashToBytes(head), () => new Uint8Array(0));
    expect((await served.gc({ undoGraceMs: 0 })).contents.removedCount).toBe(0);
    expect(stores.versions.contentCount).toBe(2);
  });
});
