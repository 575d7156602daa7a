import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { recordKinds } from '../../../src/core/format/pack-record.js';
import { hashFromBytes } from '../../../src/core/model/hash.js';
import { ContentSink } from '../../../src/core/store/content-sink.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { orderOfHashes } from '../../../src/core/store/hash-order.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { packDirectoryOf, packPath } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { PackVersionStore } from '../../../src/core/store/version-store.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { collect, columnOf, noise, testVersionStore } from './version-store-contract.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

async function openStore(targetBytes = 64 * 1024 * 1024) {
  const control = temporaryDirectory();
  const packDirectory = packDirectoryOf(control);
  const environment = await StoreEnvironment.open(control, { create: true });
  const allocator = await PackAllocator.open(environment, packDirectory, { targetBytes });
  const reader = new PackReader(packDirectory);
  const store = new PackVersionStore(environment, reader);
  const sink = new ContentSink(store, allocator);
  open.push(environment, allocator, reader, sink);
  return { control, packDirectory, environment, allocator, reader, store, sink };
}

async function* inPieces(content: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) {
    yield content.subarray(start, start + size);
  }
}

testVersionStore('PackVersionStore', async () => {
  const { store, sink } = await openStore();
  const put = async (contents: readonly Uint8Array[]) => {
    for (const content of contents) await sink.addStream(inPieces(Buffer.from(content), 300_000));
    await sink.commit(() => undefined);
  };
  return { store, put };
});

function packedBytes(directory: string): number {
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
}

describe('PackVersionStore', () => {
  test('stores an edited copy of a large file as its new chunks', async () => {
    const { sink, store, packDirectory } = await openStore();
    const original = noise(20_000_000, 7);
    const edited = Buffer.concat([
      original.subarray(0, 9_000_000),
      Buffer.from('inserted'),
      original.subarray(9_000_000),
    ]);
    await sink.addStream(inPieces(original, 1 << 20));
    await sink.commit(() => undefined);
    const before = packedBytes(packDirectory);
    const { hash } = await sink.addStream(inPieces(edited, 77_777));
    await sink.commit(() => undefined);
    expect(packedBytes(packDirectory) - before).toBeLessThan(2_500_000);
    expect(Buffer.from(store.readSmall(hash)).equals(edited)).toBe(true);
  });

  test('lists the pieces of contents in order', async () => {
    const { sink, store, reader } = await openStore();
    const contents = [noise(5_000_000, 1), noise(10, 2)];
    for (const content of contents) await sink.addStream(inPieces(content, 1 << 20));
    await sink.commit(() => undefined);
    const absent = hashBytes(Buffer.from('absent'));
    const hashes = contents.map((content) => hashBytes(content));
    const { pieceCounts, pieces } = store.pieces(columnOf([...hashes, absent]));
    expect(pieceCounts[0]).toBeGreaterThan(4);
    expect([...pieceCounts.slice(1)]).toEqual([1, 0]);
    const read = Array.from(pieces.packIds, (packId, row) => {
      const offset = pieces.offsets[row] ?? 0;
      const place = { packId, offset, storedLength: pieces.storedLengths[row] ?? 0 };
      const kind =
        pieces.kinds[row] === recordKinds.chunk ? recordKinds.chunk : recordKinds.content;
      const record = reader.read(place, { kind, hash: pieces.hashes, hashOffset: row * 16 });
      return Buffer.from(record.content);
    });
    expect(Buffer.concat(read).equals(Buffer.concat(contents))).toBe(true);
    const manifest = store.readManifest(hashBytes(contents[0] ?? Buffer.alloc(0)));
    expect(manifest.chunkLengths.reduce((sum, length) => sum + length, 0)).toBe(5_000_000);
  });

  test('lists the pieces of as many contents as fit, and those of the others when asked again', async () => {
    const { sink, store } = await openStore();
    const [first, large, last] = [noise(10, 1), noise(5_000_000, 2), noise(10, 3)] as const;
    for (const content of [first, large, last]) await sink.addStream(inPieces(content, 1 << 20));
    await sink.commit(() => undefined);
    const absent = hashBytes(Buffer.from('absent'));
    const hashes = [first, large, last].map((content) => hashBytes(content));
    const column = columnOf([absent, ...hashes, ...hashes]);
    const all = store.pieces(column);
    const counts: number[] = [];
    const offsets: number[] = [];
    const found: Buffer[] = [];
    while (counts.length < 7) {
      const { pieceCounts, pieces } = store.pieces(column.subarray(counts.length * 16), 3);
      counts.push(...pieceCounts);
      offsets.push(...pieces.offsets);
      found.push(Buffer.from(pieces.hashes));
    }
    expect(store.pieces(column, 3).pieceCounts).toHaveLength(3);
    expect(store.pieces(column, 1).pieceCounts).toHaveLength(2);
    expect(counts).toEqual([...all.pieceCounts]);
    expect(offsets).toEqual([...all.pieces.offsets]);
    expect(Buffer.concat(found).equals(all.pieces.hashes)).toBe(true);
  });

  test('spreads contents over packs and finds them all', async () => {
    const { sink, store, packDirectory } = await openStore(50_000);
    const contents = Array.from({ length: 300 }, (_, seed) => noise(1000, seed + 1));
    for (const content of contents) sink.add(content);
    await sink.commit(() => undefined);
    expect(readdirSync(packDirectory).length).toBeGreaterThan(5);
    expect(store.findMissing(columnOf(contents.map((c) => hashBytes(c))))).toHaveLength(0);
    for (const content of contents) {
      expect(Buffer.from(store.readSmall(hashBytes(content))).equals(content)).toBe(true);
    }
  });

  test('lists contents and chunks, and forgets them', async () => {
    const { sink, store, environment } = await openStore();
    for (const size of [100, 5_000_000]) await sink.addStream(inPieces(noise(size, size), 1 << 20));
    await sink.commit(() => undefined);
    const sizes = [...store.contents()].map(({ place }) => place.rawLength);
    expect(sizes.sort((left, right) => left - right)).toEqual([100, 5_000_000]);
    const chunks = [...store.chunks()];
    const total = chunks.reduce((sum, { place }) => sum + place.rawLength, 0);
    expect(total).toBe(5_000_000);
    const column = new Uint8Array(Buffer.concat(chunks.map(({ hash }) => hash)));
    environment.transaction(() => store.remove(columnOf([hashBytes(noise(100, 100))]), column));
    expect([...store.contents()].map(({ place }) => place.rawLength)).toEqual([5_000_000]);
    expect([...store.chunks()]).toEqual([]);
    const { pieceCounts } = store.pieces(columnOf([hashBytes(noise(5_000_000, 5_000_000))]));
    expect([...pieceCounts]).toEqual([0]);
  });

  test('knows nothing before the commit, and nothing of a commit that fails', async () => {
    const { sink, store } = await openStore();
    const content = noise(100, 1);
    const { hash } = sink.add(content);
    expect(store.has(hash)).toBe(false);
    const failing = sink.commit(() => {
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(store.has(hash)).toBe(false);
  });

  test('refuses a content that arrives under another hash', async () => {
    const { sink } = await openStore();
    const wrong = hashBytes(Buffer.from('other'));
    expect(() => sink.add(noise(100, 1), wrong)).toThrow('arrived as');
    const large = sink.addStream(inPieces(noise(5_000_000, 1), 1 << 20), wrong);
    await expect(large).rejects.toMatchObject({ kind: 'integrity' });
  });

  test('refuses to rely on a content that was removed before the commit', async () => {
    const { sink, environment, store } = await openStore();
    const { hash } = sink.add(noise(100, 1));
    await sink.commit(() => undefined);
    expect(sink.add(noise(100, 1)).isNew).toBe(false);
    const second = new ContentSink(store, (await openStore()).allocator);
    expect(second.add(noise(100, 1)).isNew).toBe(false);
    environment.transaction(() => {
      const [key] = [...environment.database('versions').keys()];
      if (key !== undefined) environment.database('versions').remove(key);
    });
    await expect(second.commit(() => undefined)).rejects.toMatchObject({ kind: 'busy' });
    expect(store.has(hash)).toBe(false);
  });

  test('reports damage in a content, a chunk and a manifest', async () => {
    const { sink, store, packDirectory } = await openStore();
    const contents = [noise(1000, 1), noise(5_000_000, 2)];
    for (const content of contents) await sink.addStream(inPieces(content, 1 << 20));
    await sink.commit(() => undefined);
    const path = packPath(packDirectory, 1);
    const good = readFileSync(path);
    for (const at of [500, 2_000_000, good.length - 5]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(path, bad);
      const reading = async () => {
        for (const content of contents) await collect(store.readContent(hashBytes(content)));
      };
      await expect(reading()).rejects.toMatchObject({ kind: 'integrity' });
      writeFileSync(path, good);
    }
  });

  test('looks again when gc moves a content while it is read', async () => {
    const { sink, store, environment, packDirectory, reader } = await openStore();
    const content = noise(1000, 1);
    const { hash } = sink.add(content);
    await sink.commit(() => undefined);
    const move = () => {
      renameSync(packPath(packDirectory, 1), packPath(packDirectory, 9));
      const places = {
        count: 1,
        kinds: Uint8Array.of(recordKinds.content),
        codecs: Uint8Array.of(0),
        hashes: columnOf([hash]),
        offsets: Uint32Array.of(0),
        storedLengths: Uint32Array.of(1000),
        rawLengths: Float64Array.of(1000),
      };
      environment.transaction(() => store.putPlaces([{ packId: 9, places }]));
    };
    const read = vi.spyOn(reader, 'read').mockImplementationOnce((...request) => {
      move();
      return reader.read(...request);
    });
    expect(Buffer.from(store.readSmall(hash)).equals(content)).toBe(true);
    expect(read).toHaveBeenCalledTimes(3);
    renameSync(packPath(packDirectory, 9), packPath(packDirectory, 1));
    reader.close();
    expect(() => store.readSmall(hash)).toThrow('is missing');
  });
});

test('orderOfHashes orders by the first bytes of the hashes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 })), (list) => {
      const order = orderOfHashes(new Uint8Array(Buffer.concat(list)));
      const sorted = [...order].map((row) => Buffer.from(list[row] ?? []));
      expect([...order].sort((a, b) => a - b)).toEqual(list.map((_, row) => row));
      for (const [index, hash] of sorted.entries()) {
        const next = sorted[index + 1];
        if (next === undefined) continue;
        expect(hash.subarray(0, 4).compare(next.subarray(0, 4))).toBeLessThanOrEqual(0);
      }
      expect(sorted.map((hash) => hashFromBytes(hash))).toHaveLength(list.length);
    }),
  );
});
