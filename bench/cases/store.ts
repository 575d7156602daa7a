/** What storing costs: appending to a pack, naming the places, reading back, and changing runs of rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { FileIndexRun, FileIndexRunBuilder } from '../../src/core/format/file-index-run.js';
import { getKernel } from '../../src/core/format/hashing.js';
import { recordKinds } from '../../src/core/format/pack-record.js';
import type { PackSlot, PlaceColumns } from '../../src/core/model/jobs.js';
import type { RepoPath } from '../../src/core/model/path.js';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { FileIndex } from '../../src/core/store/file-index.js';
import { PackAllocator } from '../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../src/core/store/pack-files.js';
import { PackReader } from '../../src/core/store/pack-reader.js';
import { PackWriter } from '../../src/core/store/pack-writer.js';
import { PackVersionStore } from '../../src/core/store/version-store.js';

const recordCount = 4096;
const recordBytes = 4096;
const rowCount = 512;

/** Returns the bench, not run yet. Its repository is removed when the process ends. */
export async function storeBench(): Promise<Bench> {
  const bench = new Bench({ name: 'store', time: 500 });
  const control = mkdtempSync(join(tmpdir(), 'oxen-store-bench-'));
  process.on('exit', () => rmSync(control, { recursive: true, force: true }));
  const environment = await StoreEnvironment.open(control, { create: true });
  await addPackTasks(bench, environment, packDirectoryOf(control));
  addRunTasks(bench, environment);
  return bench;
}

async function addPackTasks(
  bench: Bench,
  environment: StoreEnvironment,
  packDirectory: string,
): Promise<void> {
  const allocator = await PackAllocator.open(environment, packDirectory);
  const slot = allocator.lend();
  const places = appendRecords(slot);
  const reader = new PackReader(packDirectory, { inArena: true });
  const versions = new PackVersionStore(environment, reader);
  const group = { packId: slot.packId, places };
  bench.add(`append ${recordCount} records [${recordCount * recordBytes} B]`, () => {
    appendRecords(slot);
  });
  bench.add(`durable transaction of ${recordCount} places`, () => {
    environment.transaction(() => versions.putPlaces([group]));
  });
  bench.add(`look up ${recordCount} places`, () => {
    versions.places(places.hashes);
  });
  bench.add(`read and check ${recordCount} records [${recordCount * recordBytes} B]`, () => {
    for (let row = 0; row < recordCount; row++) {
      const place = {
        packId: slot.packId,
        offset: places.offsets[row] ?? 0,
        storedLength: recordBytes,
      };
      reader.read(place, {
        kind: recordKinds.content,
        hash: places.hashes,
        hashOffset: row * 16,
      });
    }
  });
}

/** Appends records that all differ, as `add` does: into the arena, hashed where they lie. */
function appendRecords(slot: PackSlot): PlaceColumns {
  const kernel = getKernel();
  const writer = new PackWriter(slot, { inArena: true });
  for (let record = 0; record < recordCount; record++) {
    const address = writer.reserve(recordBytes);
    writer.memory.fill(record & 0xff, address, address + recordBytes);
    writer.memory.writeUInt32LE(record, address);
    kernel.hashAt(address, recordBytes, kernel.digestStart);
    writer.commit(recordKinds.content, recordBytes, kernel.memory, kernel.digestStart);
  }
  return writer.finish().places;
}

function addRunTasks(bench: Bench, environment: StoreEnvironment): void {
  const index = new FileIndex(environment);
  const directory = 'directory' as RepoPath;
  const names = Array.from(
    { length: rowCount },
    (_, row) => `image-${String(row).padStart(6, '0')}.jpg`,
  );
  const build = (of: readonly string[]): FileIndexRun => {
    const builder = new FileIndexRunBuilder(of.length);
    const stat = { size: 4096, mtimeMs: 1.5, ctimeMs: 2.5, ino: 7, mode: 0o100644 };
    for (const name of of) builder.append(name, stat, hash);
    return new FileIndexRun(builder.finish());
  };
  const full = build(names);
  const half = build(names.filter((_, row) => row % 2 === 1));
  bench.add(`build a run of ${rowCount} rows`, () => {
    build(names);
  });
  bench.add(`open a run of ${rowCount} rows and decode its names`, () => {
    new FileIndexRun(full.bytes).names.all.at(-1);
  });
  bench.add(`durable transaction that replaces every other row of ${rowCount}`, () => {
    index.apply(directory, { upserts: [half] });
  });
  bench.add('the same, 20 directories in one transaction', () => {
    environment.transaction(() => {
      for (let count = 0; count < 20; count++) {
        index.apply(`${directory}/${count}` as RepoPath, { upserts: [half] });
      }
    });
  });
  environment.transaction(() => {
    index.apply(directory, { upserts: [full] });
    for (let count = 0; count < 20; count++) {
      index.apply(`${directory}/${count}` as RepoPath, { upserts: [full] });
    }
  });
}

const hash = new Uint8Array(16).fill(3);
