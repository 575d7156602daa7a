import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CommitId, type Hash, hashToBytes } from '../../../src/core/model/hash.js';
import type { NodeColumns } from '../../../src/core/model/jobs.js';
import { nodeTypes } from '../../../src/core/model/node.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { NodeCache } from '../../../src/core/store/node-cache.js';
import { decodeNodeRow } from '../../../src/core/store/node-row.js';
import { NodeSink } from '../../../src/core/store/node-sink.js';
import { LmdbNodeStore, type PutNodeOptions } from '../../../src/core/store/node-store.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { idOf as id, plain, testNodeStore, vnodeOf as vnode } from './node-store-contract.js';
import { columnOf } from './version-store-contract.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

async function openStore(cacheBytes = 0) {
  const control = temporaryDirectory();
  const packDirectory = packDirectoryOf(control);
  const environment = await StoreEnvironment.open(control, { create: true });
  const allocator = await PackAllocator.open(environment, packDirectory);
  const reader = new PackReader(packDirectory);
  const store = new LmdbNodeStore(environment, reader, { cacheBytes });
  open.push(environment, allocator, reader);
  return { environment, allocator, reader, store, packDirectory };
}

testNodeStore('LmdbNodeStore', async () => (await openStore()).store);

describe.each([0, 1 << 20])('LmdbNodeStore with a cache of %i bytes', (cacheBytes) => {
  test('gives back small and large nodes in the order asked for', async () => {
    const { store, allocator } = await openStore(cacheBytes);
    const sizes = [0, 100, 4000, 4090, 5000, 300_000];
    const nodes = sizes.map((size) => ({ id: id(`${size}`), blobs: vnode(`${size}`, size) }));
    const sink = new NodeSink(store, allocator);
    for (const node of nodes) sink.add(node.id, node.blobs);
    expect(store.has(id('100'))).toBe(false);
    await sink.commit(() => undefined);
    for (let round = 0; round < 2; round++) {
      const ids = columnOf([...nodes.map((node) => node.id), id('absent')]);
      const found = await store.getMany(ids);
      expect(found.map(plain)).toEqual([...nodes.map((node) => plain(node.blobs)), undefined]);
    }
    const large = store.row(id('5000'));
    expect(large?.form === 'place' ? large.place.rawLength : 0).toBeGreaterThan(5000);
    expect(store.row(id('4000'))?.form).toBe('blobs');
  });

  test('keeps the stored node and asks about other bytes under its id', async () => {
    const { store } = await openStore(cacheBytes);
    const put = (text: string, options?: PutNodeOptions) =>
      store.putMany([{ id: id('a'), blobs: vnode(text) }], options);
    await put('first');
    expect(plain(store.read(id('a')))).toEqual(plain(vnode('first')));
    await put('second');
    expect(plain(store.read(id('a')))).toEqual(plain(vnode('first')));
    const keep = vi.fn((): 'keep' => 'keep');
    await put('first', { onConflict: keep });
    expect(keep).not.toHaveBeenCalled();
    await put('second', { onConflict: keep });
    expect(keep).toHaveBeenCalledOnce();
    expect(plain(store.read(id('a')))).toEqual(plain(vnode('first')));
    await put('second', { onConflict: () => 'replace' });
    expect(plain(store.read(id('a')))).toEqual(plain(vnode('second')));
  });

  test('compares large nodes with what lies in the pack', async () => {
    const { store, allocator } = await openStore(cacheBytes);
    const rule = vi.fn((): 'keep' => 'keep');
    for (const text of ['first', 'first', 'second']) {
      const sink = new NodeSink(store, allocator, { onConflict: rule });
      sink.add(id('large'), vnode(text, 9000));
      await sink.commit(() => undefined);
    }
    expect(rule).toHaveBeenCalledOnce();
    expect(plain(store.read(id('large')))).toEqual(plain(vnode('first', 9000)));
  });

  test('remembers who made a node', async () => {
    const { store, allocator } = await openStore(cacheBytes);
    await store.putMany([{ id: id('a'), blobs: vnode('a') }]);
    const sink = new NodeSink(store, allocator, { origin: 'foreign' });
    sink.add(id('b'), vnode('b'));
    sink.add(id('c'), vnode('c', 9000));
    await sink.commit(() => undefined);
    const origins = ['a', 'b', 'c', 'd'].map((text) => store.origin(id(text)));
    expect(origins).toEqual(['ours', 'foreign', 'foreign', undefined]);
  });

  test('lists commits by the start of their ids', async () => {
    const { store } = await openStore(cacheBytes);
    const commit = { node: Buffer.of(nodeTypes.commit, 1), children: Buffer.alloc(0) };
    const commits = ['abc1', 'abc2', 'abd', '1'].map((text) => text as CommitId);
    await store.putMany(commits.map((commitId) => ({ id: commitId, blobs: commit })));
    await store.putMany([{ id: 'abc3' as Hash, blobs: vnode('x') }]);
    expect(store.commitsStartingWith('abc', 10)).toEqual(['abc1', 'abc2']);
    expect(store.commitsStartingWith('ab', 2)).toEqual(['abc1', 'abc2']);
    expect(store.commitsStartingWith('', 10)).toEqual(['1', 'abc1', 'abc2', 'abd']);
    store.remove('abc1' as Hash);
    expect(store.commitsStartingWith('abc', 10)).toEqual(['abc2']);
    expect(store.read('abc1' as Hash)).toBeUndefined();
  });
});

test('nodes of columns are stored as they were encoded', async () => {
  const { store } = await openStore();
  const nodes = ['a', 'bb', ''].map((text) => vnode(text, text.length * 3));
  const columns: NodeColumns = {
    count: 3,
    ids: columnOf([id('a'), id('bb'), id('')]),
    nodeLengths: Uint32Array.from(nodes, (blobs) => blobs.node.length),
    childrenLengths: Uint32Array.from(nodes, (blobs) => blobs.children.length),
    bytes: Buffer.concat(nodes.flatMap((blobs) => [blobs.node, blobs.children])),
  };
  store.putColumns(columns);
  for (const [row, text] of ['a', 'bb', ''].entries()) {
    expect(plain(store.read(id(text)))).toEqual(plain(nodes[row]));
  }
  expect([...store.ids()].sort()).toEqual([id('a'), id('bb'), id('')].sort());
});

test('damage in a node is reported with its id', async () => {
  const { store, environment } = await openStore();
  await store.putMany([{ id: id('a'), blobs: vnode('a') }]);
  environment.transaction(() =>
    environment.database('nodes').put(hashToBytes(id('a')), Buffer.of(7)),
  );
  expect(() => store.read(id('a'))).toThrow('A row of the database nodes is not valid');
});

test('an aborted sink leaves nothing behind', async () => {
  const { store, allocator, packDirectory } = await openStore();
  const sink = new NodeSink(store, allocator);
  sink.add(id('large'), vnode('large', 9000));
  sink.close();
  allocator.close();
  expect(store.has(id('large'))).toBe(false);
  expect(readdirSync(packDirectory)).toEqual([]);
});

describe('NodeCache', () => {
  test('holds what was used last, within its bytes', () => {
    const cache = new NodeCache(100);
    const blobs = { node: new Uint8Array(20), children: new Uint8Array(20) };
    cache.put('a' as Hash, blobs);
    cache.put('b' as Hash, blobs);
    cache.get('a' as Hash);
    cache.put('c' as Hash, blobs);
    const held = ['a', 'b', 'c'].map((key) => cache.get(key as Hash) !== undefined);
    expect(held).toEqual([true, false, true]);
    cache.put('large' as Hash, { node: new Uint8Array(90), children: new Uint8Array(0) });
    expect(cache.get('large' as Hash)).toBeUndefined();
  });
});

test('any bytes are a row of a node or are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        decodeNodeRow(bytes);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'integrity' });
      }
    }),
  );
});
