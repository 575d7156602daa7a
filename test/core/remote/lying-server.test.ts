/** Answers that are good but for some bytes: nothing wrong may come through, and every failure has its kind. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import {
  encodeRecordHeader,
  recordHeaderLength,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import { OxenError } from '../../../src/core/model/errors.js';
import { hashFromBytes, hashToBytes } from '../../../src/core/model/hash.js';
import { hashColumn } from '../../../src/core/model/hash-column.js';
import type { RemoteClient } from '../../../src/core/remote/client.js';
import { downloadNodes } from '../../../src/core/remote/download-nodes.js';
import { downloadVersions } from '../../../src/core/remote/download-versions.js';
import { fetchRecords } from '../../../src/core/remote/fast-fetch.js';
import { findRepository } from '../../../src/core/remote/repository.js';
import { writeNodeArchive } from '../../../src/core/wire/archive/nodes.js';
import { writeVersionArchive } from '../../../src/core/wire/archive/versions.js';
import { FrameBuffers } from '../../../src/core/wire/fast/frame-buffers.js';
import { recordsFrame } from '../../../src/core/wire/fast/payloads.js';
import { writeFrames } from '../../../src/core/wire/fast/stream.js';
import { storedVectors } from '../../helpers/node-vectors.js';
import { clientOf, collect } from '../../helpers/remote-client.js';

const contents = Array.from({ length: 5 }, (_, index) =>
  Buffer.alloc(index * 300, `file ${index}`),
);
const wanted = contents.map((bytes) => ({ hash: hashBytes(bytes), sizeBytes: bytes.length }));
const versions = contents.map((content) => ({
  hash: hashBytes(content),
  sizeBytes: content.length,
  content,
}));
const records = contents.map((content) => {
  const record = Buffer.alloc(recordHeaderLength + content.length);
  const { length } = content;
  const hash = hashToBytes(hashBytes(content));
  encodeRecordHeader(
    { kind: recordKinds.content, codec: 0, storedLength: length, rawLength: length, hash },
    record,
    0,
  );
  content.copy(record, recordHeaderLength);
  return record;
});

/** What is changed in a good answer: bytes overwritten, then cut or lengthened. */
const damage = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
  cut: fc.option(fc.nat()),
  tail: fc.uint8Array({ maxLength: 600 }),
});

function damaged(
  good: Buffer,
  { changes, cut, tail }: typeof damage extends fc.Arbitrary<infer D> ? D : never,
): Buffer {
  const bad = Buffer.concat([cut === null ? good : good.subarray(0, cut % good.length), tail]);
  for (const [at, value] of changes) if (bad.length > 0) bad[at % bad.length] = value;
  return bad;
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collect(pieces));
}

async function fuzz(
  good: Buffer,
  wrap: (bytes: Buffer) => Buffer,
  use: (client: RemoteClient) => Promise<void>,
): Promise<void> {
  let body: Buffer = good;
  const { client } = await clientOf((exchange) => exchange.bytes(200, body), { retryCount: 0 });
  await fc.assert(
    fc.asyncProperty(damage, async (change) => {
      body = wrap(damaged(good, change));
      try {
        await use(client);
      } catch (error) {
        expect(error).toBeInstanceOf(OxenError);
        expect(['remote', 'integrity']).toContain((error as OxenError).kind);
      }
    }),
    { numRuns: 300 },
  );
}

const plain = (bytes: Buffer) => bytes;
const packed = (bytes: Buffer) => gzipSync(bytes, { level: 1 });

async function streamVersions(client: RemoteClient): Promise<void> {
  await downloadVersions(client, wanted, async (version) => {
    const bytes = Buffer.concat(await collect(version.stream()));
    expect(hashBytes(bytes)).toBe(version.hash);
  });
}

async function takeVersions(client: RemoteClient): Promise<void> {
  await downloadVersions(client, wanted, async (version) => {
    const bytes = await version.readAll();
    expect(hashBytes(bytes)).toBe(version.hash);
  });
}

test('lets no damaged archive of contents through', async () => {
  const archive = await gathered(writeVersionArchive(versions));
  await fuzz(archive, packed, takeVersions);
  await fuzz(archive, packed, streamVersions);
  await fuzz(packed(archive), plain, takeVersions);
});

test('lets no damaged archive of nodes through', async () => {
  const nodes = storedVectors('flat1').map(({ id, blobs }) => ({ id, blobs }));
  const archive = await gathered(writeNodeArchive(nodes, 'download'));
  await fuzz(archive, packed, async (client) => {
    for await (const { id } of downloadNodes(client, 'all')) expect(id).toMatch(/^[0-9a-f]+$/);
  });
});

test('lets no record through that was not wished for, and notices those that are left out', async () => {
  const frames = records.map((record) => recordsFrame(new Uint8Array(record), 1));
  const good = await gathered(writeFrames(frames));
  const hashes = hashColumn(wanted.map(({ hash }) => hash));
  await fuzz(good, plain, async (client) => {
    const received = new Set<string>();
    const receive = async (payload: Uint8Array): Promise<Uint8Array> => {
      const hash = payload.slice(16, 32);
      received.add(hashFromBytes(hash));
      return hash;
    };
    await fetchRecords(client, 'contents', hashes, receive, new FrameBuffers());
    expect([...received].sort()).toEqual(wanted.map(({ hash }) => hash).sort());
  });
});

test('takes damaged JSON for a failure, or for what it says', async () => {
  const good = Buffer.from(
    JSON.stringify({
      status: 'success',
      status_message: 'resource_found',
      repository: { namespace: 'ada', name: 'cats', is_empty: true, storage_kind: 'local' },
    }),
  );
  await fuzz(good, plain, async (client) => {
    expect(await findRepository(client)).toBeDefined();
  });
});
