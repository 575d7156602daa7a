import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { IntegrityError, OperationError, RemoteError } from '../../../src/core/model/errors.js';
import { type SmallVersion, uploadVersions } from '../../../src/core/remote/upload-versions.js';
import { boundaryOf } from '../../../src/core/wire/form/part-headers.js';
import { readForm } from '../../../src/core/wire/form/read.js';
import { clientOf, failureOf } from '../../helpers/remote-client.js';
import type { Exchange, RecordedRequest } from '../../helpers/scripted-server.js';

function versionsOf(count: number, size: (index: number) => number): SmallVersion[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.alloc(size(index), `content ${index} `);
    return { hash: hashBytes(bytes), sizeBytes: bytes.length, read: async () => bytes };
  });
}

interface Part {
  readonly field: string;
  readonly hash: string;
  readonly type: string | undefined;
  readonly packed: Buffer;
}

async function partsOf(request: RecordedRequest): Promise<Part[]> {
  const parts: Part[] = [];
  const boundary = boundaryOf(request.headers['content-type']);
  for await (const part of readForm([request.body], boundary)) {
    const packed = Buffer.from(await part.readAll(1e9));
    parts.push({ field: part.name, hash: part.fileName ?? '', type: part.contentType, packed });
  }
  return parts;
}

function takeAll(exchange: Exchange) {
  return exchange.success({ err_files: [] });
}

test('sends small files as one form with a compressed part for each', async () => {
  const versions = versionsOf(300, (index) => index);
  const { client, server } = await clientOf(takeAll);
  const told: [number, number][] = [];
  await uploadVersions(client, versions, (count, size) => told.push([count, size]));
  expect(server.lines()).toEqual(['POST /api/repos/ada/cats/versions']);
  const [request] = server.requests;
  const parts = request === undefined ? [] : await partsOf(request);
  expect(parts.map(({ hash }) => hash)).toEqual(versions.map(({ hash }) => hash));
  expect(new Set(parts.map(({ field, type }) => `${field} ${type}`))).toEqual(
    new Set(['file[] application/gzip']),
  );
  for (const { hash, packed } of parts) expect(hashBytes(gunzipSync(packed))).toBe(hash);
  expect(told).toEqual([[300, (300 * 299) / 2]]);
});

test('puts up to 10 MiB into a request, and makes as many at once as there are jobs', async () => {
  const versions = versionsOf(60, () => 1_000_000);
  let now = 0;
  let most = 0;
  const { client, server } = await clientOf(
    async (exchange) => {
      most = Math.max(most, ++now);
      await exchange.readBody();
      now--;
      await takeAll(exchange);
    },
    { jobs: 2 },
  );
  await uploadVersions(client, versions);
  const counts = await Promise.all(server.requests.map(async (one) => (await partsOf(one)).length));
  expect(counts.sort((a, b) => b - a)).toEqual([10, 10, 10, 10, 10, 10]);
  expect(most).toBeLessThanOrEqual(2);
});

test('only wraps what is compressed already', async () => {
  const [version] = versionsOf(1, () => 100_000);
  if (version === undefined) throw new Error('no version');
  const { client, server } = await clientOf(takeAll);
  await uploadVersions(client, [{ ...version, isCompressed: true }]);
  const [request] = server.requests;
  const [part] = request === undefined ? [] : await partsOf(request);
  expect(part?.packed.length).toBeGreaterThan(100_000);
  expect(hashBytes(gunzipSync(part?.packed ?? ''))).toBe(version.hash);
});

test('reads contents only as the server takes them', async () => {
  let readCount = 0;
  const versions = Array.from({ length: 60 }, (_, index) => {
    const bytes = crypto.getRandomValues(Buffer.alloc(65_000, index));
    const read = async () => {
      readCount++;
      return bytes;
    };
    return { hash: hashBytes(bytes), sizeBytes: bytes.length, read };
  });
  const many = Array.from({ length: 20 }, () => versions).flat();
  const { client } = await clientOf(() => {}, { jobs: 1, limits: { workMs: 300 }, retryCount: 0 });
  await failureOf(uploadVersions(client, many));
  expect(readCount).toBeLessThan(170); // one request of 10 MiB
});

test('sends again what the server could not take, and only that', async () => {
  const versions = versionsOf(10, (index) => 100 + index);
  const { client, server } = await clientOf((exchange) => {
    const hash = versions[3]?.hash;
    const problems = exchange.number < 2 ? [{ hash, path: null, error: 'disk was busy' }] : [];
    return exchange.success({ err_files: problems });
  });
  await uploadVersions(client, versions);
  const counts = await Promise.all(server.requests.map(async (one) => (await partsOf(one)).length));
  expect(counts).toEqual([10, 1, 1]);
});

test('gives up on a content after six times', async () => {
  const versions = versionsOf(2, () => 10);
  const { client, server } = await clientOf((exchange) =>
    exchange.success({ err_files: [{ hash: versions[0]?.hash, error: 'hash\u001b[2J mismatch' }] }),
  );
  const failure = await failureOf(uploadVersions(client, versions));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(failure.message).toContain('hash[2J mismatch');
  expect(server.requests).toHaveLength(6);
});

test('refuses complaints about what was not sent', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.success({ err_files: [{ hash: 'ffff', error: 'x' }] }),
  );
  const failure = await failureOf(
    uploadVersions(
      client,
      versionsOf(1, () => 10),
    ),
  );
  expect(failure).toBeInstanceOf(RemoteError);
});

test('makes the whole form again when the connection breaks or the server is busy', async () => {
  const versions = versionsOf(5, () => 1000);
  const { client, server } = await clientOf(async (exchange) => {
    await exchange.readBody();
    if (exchange.number === 0) exchange.response.destroy();
    else if (exchange.number === 1) await exchange.bytes(503, 'down');
    else await takeAll(exchange);
  });
  await uploadVersions(client, versions);
  expect(server.requests).toHaveLength(3);
  expect(server.requests[2]?.body.length).toBe(server.requests[0]?.body.length);
});

test('stops at a content that cannot be read or is not as long as it should be', async () => {
  const { client } = await clientOf(takeAll);
  const [version] = versionsOf(1, () => 10);
  if (version === undefined) throw new Error('no version');
  const unreadable = new OperationError('no');
  const read = async () => {
    throw unreadable;
  };
  expect(await failureOf(uploadVersions(client, [{ ...version, read }]))).toBe(unreadable);
  const short = { ...version, sizeBytes: 11 };
  expect(await failureOf(uploadVersions(client, [short]))).toBeInstanceOf(IntegrityError);
});
