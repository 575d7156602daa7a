/** The fast path as a client sees it that lies or is broken: 4xx with an envelope, and nothing of it is stored. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashBytes } from '../../src/core/format/hashing.js';
import { recordKinds } from '../../src/core/format/pack-record.js';
import type { Hash } from '../../src/core/model/hash.js';
import { hashToBytes } from '../../src/core/model/hash.js';
import { OpenRepository } from '../../src/core/repository.js';
import {
  encodeFrameHeader,
  encodePreamble,
  maxPayloadBytes,
} from '../../src/core/wire/fast/frame.js';
import { recordsFrame } from '../../src/core/wire/fast/payloads.js';
import {
  contentRecord,
  hashStream,
  manifestRecord,
  recordStream,
  streamOf,
  vnodeRecord,
} from '../helpers/frames.js';
import { makeRepository, type TestServer, testServer } from '../helpers/served.js';

const cat = Buffer.from('a cat');
const cow = Buffer.from('a cow');
const id = 'abcdef0123456789abcdef0123456789' as Hash;

async function served(server: TestServer): Promise<OpenRepository> {
  const stores = await OpenRepository.open(join(server.directory, 'farm', 'cows'));
  onTestFinished(() => stores.close());
  return stores;
}

async function send(server: TestServer, path: string, body: Uint8Array) {
  return server.request('POST', `${path}/fast/objects`, { body });
}

test('keeps records that are what they say, and tells what is missing', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const body = await recordStream([contentRecord(cat), contentRecord(cow), vnodeRecord(id, ['a'])]);
  expect((await send(server, path, body)).status).toBe(200);
  const stores = await served(server);
  expect(stores.versions.contentCount).toBe(2);
  expect(Buffer.from(stores.versions.readSmall(hashBytes(cat)))).toEqual(cat);
  expect(stores.nodes.isForeign(id)).toBe(true);
  const asked = Buffer.concat([hashBytes(cat), id].map((hash) => hashToBytes(hash)));
  const question = { body: await hashStream('contents', asked) };
  const { bytes } = await server.request('POST', `${path}/fast/missing`, question);
  expect(bytes[8 + 20]).toBe(0b10);
});

test('refuses what is not what it says, and keeps nothing of the request', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const good = contentRecord(cat);
  const flipped = good.slice();
  flipped[50] = (flipped[50] ?? 0) ^ 1;
  const chunks = { chunkHashes: hashToBytes(hashBytes(cow)), chunkLengths: Uint32Array.of(3) };
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ['another hash', await recordStream([good, contentRecord(cow, hashBytes(cat))])],
    ['a changed byte', await recordStream([good, flipped])],
    ['a record that is cut off', await recordStream([good, good.subarray(0, 50)])],
    ['bytes behind the last record', await recordStream([good, Buffer.concat([good, cow])])],
    ['more records than there are', await streamOf([recordsFrame(good, 2)])],
    ['no record', await streamOf([recordsFrame(new Uint8Array(0), 0)])],
    ['an endless count', await streamOf([recordsFrame(good, 0xffff_ffff)])],
    ['a name that leads out', await recordStream([good, vnodeRecord(id, ['../x'])])],
    ['a name of ours', await recordStream([good, vnodeRecord(id, ['.oxen'])])],
    ['names out of order', await recordStream([good, vnodeRecord(id, ['b', 'a'])])],
    ['chunks that are not here', await recordStream([good, manifestRecord(chunks, id, 3)])],
    ['lengths that do not add up', await recordStream([manifestRecord(chunks, id, 4)])],
    ['an unknown kind', await recordStream([good, contentRecord(cow, undefined, 9)])],
    ['hashes in the place of records', await hashStream('contents', hashToBytes(id))],
    ['no frames', Buffer.from('{"hello":"world"}')],
    ['a stream without its end', (await recordStream([good])).subarray(0, -44)],
  ];
  for (const [what, body] of bad) {
    const answer = await send(server, path, body);
    expect([what, answer.status]).toEqual([what, 400]);
    expect(answer.json).toMatchObject({ status: 'error', error: { type: 'bad_request' } });
    expect(answer.text).not.toContain(server.directory);
  }
  const stores = await served(server);
  expect(stores.versions.contentCount).toBe(0);
  expect(stores.nodes.count).toBe(0);
});

test('refuses a large content whose chunks make up another one', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const chunk = contentRecord(cow, undefined, recordKinds.chunk);
  expect((await send(server, path, await recordStream([chunk]))).status).toBe(200);
  const chunks = { chunkHashes: hashToBytes(hashBytes(cow)), chunkLengths: Uint32Array.of(5) };
  const lie = await send(server, path, await recordStream([manifestRecord(chunks, id, 5)]));
  expect(lie.status).toBe(400);
  expect(lie.text).toContain('do not make up');
  const right = await recordStream([manifestRecord(chunks, hashBytes(cow), 5)]);
  expect((await send(server, path, right)).status).toBe(200);
  const stores = await served(server);
  expect(stores.versions.contentCount).toBe(1);
  expect(Buffer.from(stores.versions.readSmall(hashBytes(cow)))).toEqual(cow);
});

test('refuses a node whose id is stored with other data', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  expect((await send(server, path, await recordStream([vnodeRecord(id, ['a'])]))).status).toBe(200);
  expect((await send(server, path, await recordStream([vnodeRecord(id, ['a'])]))).status).toBe(200);
  const other = await recordStream([contentRecord(cat), vnodeRecord(id, ['b'])]);
  expect((await send(server, path, other)).status).toBe(409);
  expect((await served(server)).versions.contentCount).toBe(0);
});

test('takes only so much in one request and in one frame', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const record = contentRecord(Buffer.alloc(4 * 1024 * 1024, 'x'));
  const frame = [encodeFrameHeader(recordsFrame(record, 1)), record];
  const endless = Buffer.concat([
    encodePreamble(),
    ...Array.from({ length: 17 }, () => frame).flat(),
  ]);
  expect((await send(server, path, endless)).status).toBe(400);
  expect((await served(server)).versions.contentCount).toBe(0);
  const header = encodeFrameHeader(recordsFrame(new Uint8Array(0), 1));
  new DataView(header.buffer).setUint32(8, maxPayloadBytes.records + 1, true);
  const long = await send(server, path, Buffer.concat([encodePreamble(), header]));
  expect(long.status).toBe(400);
});

test('refuses wishes for what is not here, or for too much, before the first byte', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const wish = (body: Uint8Array) => server.request('POST', `${path}/fast/wishes`, { body });
  for (const objects of ['contents', 'chunks', 'nodes', 'commits'] as const) {
    const answer = await wish(await hashStream(objects, hashToBytes(id)));
    expect(answer.status).toBe(404);
    expect(answer.text).toContain(id);
  }
  expect((await wish(await hashStream('contents', new Uint8Array(16 * 8193)))).status).toBe(400);
  expect((await wish(Buffer.from('OXNF'))).status).toBe(400);
  const begin = Buffer.from(JSON.stringify({ head: id, haves: [] }));
  const frame = { kind: 'begin', objects: 'commits', itemCount: 1, payload: begin } as const;
  const fetched = await server.request('POST', `${path}/fast/fetch`, {
    body: await streamOf([frame]),
  });
  expect(fetched.status).toBe(404);
});

test('says that it knows the fast path only to who asks', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const asked = await server.request('GET', path, { headers: { 'oxen-fast': '1' } });
  expect(asked.headers.get('oxen-fast')).toBe('1');
  expect((await server.request('GET', path)).headers.get('oxen-fast')).toBeNull();
});
