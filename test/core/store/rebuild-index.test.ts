import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { ContentSink } from '../../../src/core/store/content-sink.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { NodeSink } from '../../../src/core/store/node-sink.js';
import { LmdbNodeStore } from '../../../src/core/store/node-store.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { packDirectoryOf, packPath } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { scanPack } from '../../../src/core/store/pack-scan.js';
import { PackTable } from '../../../src/core/store/pack-table.js';
import { rebuildIndex } from '../../../src/core/store/rebuild-index.js';
import { PackVersionStore } from '../../../src/core/store/version-store.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { noise } from './version-store-contract.js';

const open: { close(): unknown }[] = [];

afterEach(closeAll);

async function closeAll(): Promise<void> {
  for (const closable of open.splice(0).reverse()) await closable.close();
}

async function openStores(control = temporaryDirectory()) {
  const packDirectory = packDirectoryOf(control);
  const environment = await StoreEnvironment.open(control, { create: true });
  const allocator = await PackAllocator.open(environment, packDirectory);
  const reader = new PackReader(packDirectory);
  const versions = new PackVersionStore(environment, reader);
  const nodes = new LmdbNodeStore(environment, reader, { cacheBytes: 0 });
  open.push(environment, allocator, reader);
  return { control, packDirectory, environment, allocator, reader, versions, nodes };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

const contents = [0, 1, 100, 5000, 4096 - 48, 5_000_000].map((size) => noise(size, size + 1));
const largeNode = { node: Buffer.of(2, 1, 2), children: noise(20_000, 3) };
const nodeId = hashBytes(Buffer.from('node'));

/** Fills a repository in several commits, so that its pack has gaps. */
async function filled() {
  const stores = await openStores();
  const { versions, nodes, allocator } = stores;
  for (const content of contents) {
    const sink = new ContentSink(versions, allocator);
    await sink.addStream(once(content));
    await sink.commit(() => undefined);
  }
  const sink = new NodeSink(nodes, allocator);
  sink.add(nodeId, largeNode);
  await sink.commit(() => undefined);
  return stores;
}

describe('rebuildIndex', () => {
  test('brings back contents, chunks and large nodes of a lost database', async () => {
    const { control, packDirectory } = await filled();
    await closeAll();
    rmSync(join(control, 'db'), { recursive: true });
    const { environment, versions, nodes } = await openStores(control);
    const report = rebuildIndex(environment, { versions, nodes }, packDirectory);
    expect(report).toMatchObject({ packCount: 1, problems: [] });
    expect(report.recordCounts.get('content')).toBe(5);
    expect(report.recordCounts.get('manifest')).toBe(1);
    expect(report.recordCounts.get('node')).toBe(1);
    for (const content of contents) {
      expect(Buffer.from(versions.readSmall(hashBytes(content))).equals(content)).toBe(true);
    }
    expect(nodes.read(nodeId)?.children.length).toBe(20_000);
  });

  test('recognises a torn tail, which the next writer then cuts off', async () => {
    const { packDirectory, environment, versions, nodes, allocator } = await filled();
    allocator.close();
    const path = packPath(packDirectory, 1);
    const good = readFileSync(path);
    const start = scanPack(path).places.offsets[3] ?? 0;
    appendFileSync(path, good.subarray(start, start + 4000));
    const report = rebuildIndex(environment, { versions, nodes }, packDirectory);
    expect(report.problems).toEqual([]);
    expect(scanPack(path).hasTornTail).toBe(true);
    const next = await PackAllocator.open(environment, packDirectory);
    open.push(next);
    expect(next.lend().packId).toBe(1);
    expect(readFileSync(path).equals(good)).toBe(true);
  });

  test('goes on behind damage and reports it', async () => {
    const { packDirectory, environment, versions, nodes } = await filled();
    const path = packPath(packDirectory, 1);
    const places = scanPack(path).places;
    const bytes = readFileSync(path);
    const lost = [places.offsets[2] ?? 0, (places.offsets[3] ?? 0) + 60];
    for (const at of lost) bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const report = rebuildIndex(environment, { versions, nodes }, packDirectory);
    expect(report.problems).toHaveLength(2);
    expect(scanPack(path).places.count).toBe(places.count - 2);
    const last = contents[contents.length - 1] ?? Buffer.alloc(0);
    expect(Buffer.from(versions.readSmall(hashBytes(last))).equals(last)).toBe(true);
  });

  test('reports recorded bytes that are gone', async () => {
    const { packDirectory, environment, versions, nodes } = await filled();
    const path = packPath(packDirectory, 1);
    writeFileSync(path, readFileSync(path).subarray(0, 9000));
    const report = rebuildIndex(environment, { versions, nodes }, packDirectory);
    expect(report.problems[0]).toContain('lost the');
    expect(new PackTable(environment).get(1)?.length).toBeLessThanOrEqual(9000);
  });
});

test('scanPack gives an answer for any bytes', () => {
  const path = join(temporaryDirectory(), 'any.pack');
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constant(Buffer.from('OXNR')),
    fc.integer({ min: 0, max: 5000 }).map((length) => Buffer.alloc(length)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = Buffer.concat(pieces);
      writeFileSync(path, bytes);
      const scan = scanPack(path);
      expect(scan).toMatchObject({ end: 0, fileSize: bytes.length, problems: [] });
      expect(scan.hasTornTail).toBe(bytes.some((byte) => byte !== 0));
    }),
  );
});
