/** A repository whose contents are compressed: every way out of it gives the bytes that went in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { type Hash, hashFromBytes } from '../../../src/core/model/hash.js';
import { packPath } from '../../../src/core/store/pack-files.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { PoolJobs } from '../../../src/workers/pool.js';
import { commitAll, committed, read, temporaryDirectory, write } from '../../helpers/repository.js';
import { startTestServer } from '../../helpers/server.js';

function table(rowCount: number, label = 'cat'): string {
  return Array.from({ length: rowCount }, (_, row) => `${row},images/${row}.jpg,${label}\n`).join(
    '',
  );
}

const large = table(400_000); // over 4 MiB: chunks
const small = table(2000);
const files = { 'large.csv': large, 'small.csv': small, 'tiny.txt': 'cat\n' };

async function compressed(): Promise<Repository> {
  const made = await committed({ 'hollow/': '' });
  made.setCompression('add');
  await commitAll(made, 'tables', files);
  return made;
}

function packsOf({ stores }: Repository): string[] {
  const ids = new Set([...stores.versions.contents()].map(({ place }) => place.packId));
  return [...ids].map((id) => packPath(stores.packDirectory, id));
}

async function contentOf(made: Repository, hash: Hash): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of made.stores.versions.readContent(hash)) pieces.push(piece.slice());
  return Buffer.concat(pieces).toString();
}

describe('compression at add', () => {
  test('takes tables from 8 KiB on, and tells in info --storage what it saved', async () => {
    const made = await compressed();
    const report = made.storage();
    const contentBytes = large.length + small.length + 4;
    expect(report.contentBytes).toBe(contentBytes);
    expect(report.compressedBytes).toBeGreaterThan(contentBytes / 2);
    expect(report.storedBytes).toBeLessThan(contentBytes / 2);
    const codecs = [...made.stores.versions.contents()].map(({ place }) => place.codec);
    expect(codecs.filter((codec) => codec === 0)).toHaveLength(2); // the list of chunks and the tiny file
  });

  test('is not done unless it is asked for', async () => {
    const made = await committed(files);
    expect(made.storage().compressedBytes).toBe(0);
  });

  test('changes no id', async () => {
    const made = await compressed();
    const plain = await committed({ 'hollow/': '' });
    await commitAll(plain, 'tables', files);
    expect(await made.fingerprint()).toBe(await plain.fingerprint());
  });

  test('is undone by restore and checkout', async () => {
    const made = await compressed();
    write(made.root, { 'large.csv': null, 'small.csv': 'changed' });
    await made.restore(['.']);
    expect(read(made.root)).toEqual(files);
    await made.checkoutNewBranch('other');
    await commitAll(made, 'other', { 'large.csv': `${large}more\n` });
    await made.checkout('main');
    expect(read(made.root)).toEqual(files);
  });

  test('is undone by everything that reads a content', async () => {
    const made = await compressed();
    for (const { hash, place } of [...made.stores.versions.contents()]) {
      expect((await contentOf(made, hashFromBytes(hash))).length).toBe(place.rawLength);
    }
    write(made.root, { 'small.csv': small.replace('7,images/7.jpg,cat', '7,images/7.jpg,dog') });
    for await (const difference of made.diff()) expect(JSON.stringify(difference)).toContain('dog');
    expect((await made.fsck()).problems).toEqual([]);
  });

  test('is undone for peers by push and clone', async () => {
    const url = (await startTestServer()).url('ada/tables');
    await createRemote(url);
    const made = await compressed();
    made.setRemote('origin', url);
    await made.push();
    const { repository } = await Repository.clone(url, join(temporaryDirectory(), 'copy'), {
      jobs: new InlineJobs(),
    });
    onTestFinished(() => repository.close());
    expect(read(repository.root)).toEqual(files);
    expect((await repository.fsck()).problems).toEqual([]);
  });
});

describe('compression at gc', () => {
  test('is done to packs that are rewritten', async () => {
    const made = await committed({ 'hollow/': '' });
    await made.checkoutNewBranch('doomed');
    await commitAll(made, 'doomed', { doomed: table(100_000, 'dog') });
    await made.checkout('main');
    await commitAll(made, 'tables', { 'small.csv': small });
    made.deleteBranch('doomed', { force: true });
    await made.gc({ graceMs: 0, undoGraceMs: 0 });
    expect(made.storage().compressedBytes).toBeGreaterThan(small.length / 2);
    expect((await made.fsck()).problems).toEqual([]);
    write(made.root, { 'small.csv': null });
    await made.restore(['.']);
    expect(read(made.root)).toEqual({ 'small.csv': small });
  });
});

describe('gc --compress', () => {
  test('rewrites packs without garbage, once', async () => {
    const made = await committed(files);
    await made.gc({ graceMs: 0 });
    expect(made.storage().compressedBytes).toBe(0);
    const { packs } = await made.gc({ graceMs: 0, compress: true });
    expect(packs.map(({ action, reason }) => `${action}: ${reason}`)).toEqual([
      expect.stringMatching(/^rewrite: [\d.]+ % of it is not compressed$/),
    ]);
    expect(made.storage().compressedBytes).toBeGreaterThan(large.length / 2);
    expect((await made.fsck()).problems).toEqual([]);
    const again = await made.gc({ graceMs: 0, compress: true });
    expect(again.packs.map(({ action }) => action)).toEqual(['keep']);
  });

  test('stores the same on threads as on one', async () => {
    const sizes = [];
    for (const jobs of [new InlineJobs(), new PoolJobs(2)]) {
      const made = await committed(files);
      await made.gc({ graceMs: 0 });
      const other = await Repository.open(made.root, { jobs, workingDirectory: made.root });
      await other.gc({ graceMs: 0, compress: true });
      expect((await other.fsck()).problems).toEqual([]);
      const { storedBytes, compressedBytes } = other.storage();
      sizes.push({ storedBytes, compressedBytes });
      await other.close();
      await jobs.close();
    }
    expect(sizes[0]).toEqual(sizes[1]);
  });

  test('does nothing where compression is off', async () => {
    const made = await committed(files);
    made.setCompression('none');
    const { packs } = await made.gc({ graceMs: 0, compress: true });
    expect(packs.map(({ action }) => action)).toEqual(['keep']);
  });
});

describe('a damaged compressed record', () => {
  test('is an integrity error wherever the bit flips', async () => {
    const made = await committed({ 'hollow/': '' });
    made.setCompression('add');
    await commitAll(made, 'table', { 'small.csv': small });
    const [content] = [...made.stores.versions.contents()];
    const [pack] = packsOf(made);
    if (content === undefined || pack === undefined) throw new Error('nothing was stored');
    const good = readFileSync(pack);
    const { offset, storedLength } = content.place;
    for (const at of [9, 13, 20, 34, 41, 48, 48 + (storedLength >> 1), 47 + storedLength]) {
      const bad = Buffer.from(good);
      bad[offset + at] = (bad[offset + at] ?? 0) ^ 16;
      writeFileSync(pack, bad);
      const [problem] = (await made.fsck()).problems;
      expect(problem, `byte ${at}`).toMatchObject({ path: 'small.csv' });
      made.stores.packReader.close();
    }
    writeFileSync(pack, good);
    expect((await made.fsck()).problems).toEqual([]);
  });
});
