import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileIndexRun, FileIndexRunBuilder } from '../../../src/core/format/file-index-run.js';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { recordKinds } from '../../../src/core/format/pack-record.js';
import { StagedRun, StagedRunBuilder } from '../../../src/core/format/staged-run.js';
import { type CommitId, type Hash, hashToBytes } from '../../../src/core/model/hash.js';
import { nodeTypes } from '../../../src/core/model/node.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { FileIndex } from '../../../src/core/store/file-index.js';
import { inspectDatabase, listDatabases } from '../../../src/core/store/inspect.js';
import { LmdbNodeStore } from '../../../src/core/store/node-store.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { PackTable } from '../../../src/core/store/pack-table.js';
import { branchRef } from '../../../src/core/store/ref-names.js';
import { RefStore } from '../../../src/core/store/refs.js';
import { Staging } from '../../../src/core/store/staging.js';
import { PackVersionStore } from '../../../src/core/store/version-store.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let environment: StoreEnvironment;
const hash = hashBytes(Buffer.from('content'));
const directory = 'a/b' as RepoPath;

beforeEach(async () => {
  environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
});

afterEach(() => environment.close());

const lines = (name: Parameters<typeof inspectDatabase>[1]) => [
  ...inspectDatabase(environment, name),
];

test('shows references', () => {
  const refs = new RefStore(environment);
  refs.compareAndSwap({ name: branchRef('main'), expected: undefined, next: 'abc' as CommitId });
  expect(lines('refs')).toEqual(['heads/main\tabc']);
});

test('shows nodes and places', () => {
  const reader = new PackReader('nowhere');
  const nodes = new LmdbNodeStore(environment, reader);
  nodes.put('1f' as Hash, { node: Buffer.of(nodeTypes.vnode, 1), children: Buffer.alloc(9) });
  const places = {
    count: 2,
    kinds: Uint8Array.of(recordKinds.content, recordKinds.node),
    codecs: Uint8Array.of(0, 1),
    hashes: Buffer.concat([hashToBytes(hash), hashToBytes('2f' as Hash)]),
    offsets: Uint32Array.of(0, 4096),
    storedLengths: Uint32Array.of(7, 100),
    rawLengths: Float64Array.of(7, 5000),
  };
  const groups = [{ packId: 26, places }];
  environment.transaction(() => new PackVersionStore(environment, reader).putPlaces(groups));
  nodes.putPlaces(groups, { origin: 'foreign' });
  expect(lines('versions')).toEqual([
    `${hash}\tcontent pack 0000001a offset 0 stored 7 raw 7 codec 0`,
  ]);
  expect(lines('nodes')).toEqual([
    '1f\tours vnode 2+9 bytes',
    '2f\tforeign node pack 0000001a offset 4096 stored 100 raw 5000 codec 1',
  ]);
});

test('shows the rows of runs', () => {
  const index = new FileIndexRunBuilder();
  const stat = { size: 5, mtimeMs: 1.5, ctimeMs: 2.5, ino: 3, mode: 0o100644 };
  index.append('f', stat, hashToBytes(hash), 1);
  new FileIndex(environment).apply(directory, { upserts: [new FileIndexRun(index.finish())] });
  expect(lines('files')).toEqual([
    `a/b/f\t${hash} 5 bytes mtime 1.5 ctime 2.5 inode 3 mode 100644 racy`,
  ]);
  const staged = new StagedRunBuilder();
  const row = {
    hash: hashToBytes(hash),
    sizeBytes: 5,
    mtimeSeconds: 1,
    mtimeNanoseconds: 2,
    dataType: 1,
    mimeType: 'text/plain',
    metadataHash: undefined,
    metadata: new Uint8Array(0),
  };
  staged.append('d', { ...row, status: 2, kind: 0 });
  staged.append('f', { ...row, status: 1, kind: 1 });
  new Staging(environment, 4).apply(directory, { upserts: [new StagedRun(staged.finish())] });
  expect(lines('staged')).toEqual([
    '[4] a/b/d\tR dir',
    `[4] a/b/f\tM file ${hash} 5 bytes text text/plain`,
  ]);
});

test('shows facts, and goes on behind a damaged entry', () => {
  environment.transaction(() => {
    new PackTable(environment).put({ id: 26, length: 100, state: 'sealed', retiredAtMs: 0 });
    environment.database('meta').put(Buffer.from('files/root'), hashToBytes(hash));
    environment.database('files').put(Buffer.of(0, 0, 0, 0, 0, 65), Buffer.of(1));
  });
  expect(lines('meta')).toEqual([
    `files/root\t${hash}`,
    'format\t1',
    'pack/0000001a\t100 bytes sealed',
  ]);
  expect(lines('files')[0]).toContain('A file index run cannot be read: it is cut off.');
  const counts = listDatabases(environment).map(({ name, count }) => `${name} ${count}`);
  expect(counts).toContain('meta 3');
});
