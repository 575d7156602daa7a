import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { hashToBytes } from '../../../src/core/model/hash.js';
import { joinNames } from '../../../src/core/model/name-list.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { PackVersionStore } from '../../../src/core/store/version-store.js';
import { ingestFiles } from '../../../src/core/worktree/ingest.js';
import { ingestLargeFile } from '../../../src/core/worktree/ingest-large.js';
import { openStoredContents } from '../../../src/core/worktree/stored-contents.js';
import { workingTree } from './working-tree.js';

/** A repository's store, and a working tree whose files can be ingested and made known. */
async function openStore(files: Readonly<Record<string, string | Uint8Array>>) {
  const root = workingTree({ '.oxen': null, ...files });
  const control = join(root, '.oxen');
  const environment = await StoreEnvironment.open(control, { create: true });
  const packs = packDirectoryOf(control);
  const allocator = await PackAllocator.open(environment, packs);
  const versions = new PackVersionStore(environment, new PackReader(packs));
  onTestFinished(async () => {
    allocator.close();
    await environment.close();
  });
  return { root, environment, allocator, versions, databasePath: environment.path };
}

type Store = Awaited<ReturnType<typeof openStore>>;

/** Runs one job in a lent slot with what is stored, makes its records known and returns how many there were. */
async function store(open: Store, names: readonly string[], isLarge: boolean): Promise<number> {
  const { root, allocator, versions, databasePath } = open;
  const contents = await openStoredContents(databasePath);
  const slot = allocator.lend();
  const common = { root, directory: '', known: [], slot, databasePath };
  const output = isLarge
    ? ingestLargeFile({ ...common, name: names[0] ?? '' }, { contents })
    : ingestFiles({ ...common, names: joinNames(names) }, { contents });
  allocator.giveBack(slot, output.slotEnd);
  await allocator.commit(() =>
    versions.putPlaces([{ packId: slot.packId, places: output.places }]),
  );
  await contents.close();
  return output.places.count;
}

test('finds what a store holds, and only that', async () => {
  const open = await openStore({ a: 'stored', b: 'other' });
  await store(open, ['a'], false);
  const contents = await openStoredContents(open.databasePath);
  expect(contents.hasContent(hashToBytes(hashBytes(Buffer.from('stored'))))).toBe(true);
  expect(contents.hasContent(hashToBytes(hashBytes(Buffer.from('other'))))).toBe(false);
  expect(contents.hasChunk(hashToBytes(hashBytes(Buffer.from('stored'))))).toBe(false);
  await contents.close();
  expect(open.versions.has(hashBytes(Buffer.from('stored')))).toBe(true);
});

test('keeps a content from being stored twice by two jobs', async () => {
  const open = await openStore({ a: 'same', b: 'same', c: 'other' });
  expect(await store(open, ['a'], false)).toBe(1);
  expect(await store(open, ['a', 'b', 'c'], false)).toBe(1);
  expect(await store(open, ['a', 'b', 'c'], false)).toBe(0);
});

test('keeps the chunks of a large file from being stored twice', async () => {
  const big = Buffer.alloc(6_000_000, 'some text that repeats ');
  const longer = Buffer.concat([big, Buffer.alloc(100, 'x')]);
  const open = await openStore({ big, longer });
  expect(await store(open, ['big'], true)).toBeGreaterThan(1);
  expect(await store(open, ['big'], true)).toBe(0);
  expect(await store(open, ['longer'], true)).toBeLessThanOrEqual(2);
  const stored = Buffer.from(open.versions.readSmall(hashBytes(longer)));
  expect(stored.equals(longer)).toBe(true);
});
