import { expect, test } from 'vitest';
import { IntegrityError, RemoteError } from '../../../src/core/model/errors.js';
import { parseHash } from '../../../src/core/model/hash.js';
import { type LargeVersion, uploadLargeVersion } from '../../../src/core/remote/upload-large.js';
import { absent, clientOf, failureOf } from '../../helpers/remote-client.js';
import type { Exchange } from '../../helpers/scripted-server.js';

const data = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
const hash = parseHash('cafe');

function versionOf(bytes: Buffer): LargeVersion {
  return {
    hash,
    sizeBytes: bytes.length,
    read: async function* (offset, lengthBytes) {
      const range = bytes.subarray(offset, offset + lengthBytes);
      for (let at = 0; at < range.length; at += 37) yield range.subarray(at, at + 37);
    },
  };
}

const begin = {
  file: 'awaiting_parts',
  upload_id: 'u-1',
  part_size: 100,
  num_parts: 10,
  part_window: 4,
};

function partOf(exchange: Exchange): number {
  return Number(exchange.request.target.split('/').pop());
}

/** Stores parts; the last missing one completes the file. */
function partStore(plan: object = begin) {
  const parts = new Map<number, Buffer>();
  const whole = () => Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
  const script = async (exchange: Exchange) => {
    if (exchange.request.method === 'POST') return exchange.success(plan);
    parts.set(partOf(exchange), await exchange.readBody());
    return exchange.success({ completed: whole().length === data.length });
  };
  return { script, whole };
}

test('sends a file in the parts that the server wants', async () => {
  const store = partStore();
  const { client, server } = await clientOf(store.script, { jobs: 1 });
  let sentBytes = 0;
  const result = await uploadLargeVersion(client, versionOf(data), (size) => {
    sentBytes += size;
  });
  expect(result).toBe('sent');
  expect(store.whole().equals(data)).toBe(true);
  expect(sentBytes).toBe(1000);
  expect(server.lines()).toEqual([
    'POST /api/repos/ada/cats/versions/uploads',
    ...Array.from(
      { length: 10 },
      (_, index) => `PUT /api/repos/ada/cats/versions/uploads/u-1/parts/${index + 1}`,
    ),
  ]);
  const [first, second] = server.requests;
  expect(String(first?.body)).toBe('{"hash":"cafe","size":1000,"destination":null}');
  expect(first?.headers['content-type']).toBe('application/json');
  expect(second?.headers['content-length']).toBe('100');
  expect(second?.headers['content-type']).toBeUndefined();
});

test('sends nothing when the server has the file', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.success({ file: 'already_stored' }),
  );
  expect(await uploadLargeVersion(client, versionOf(data))).toBe('stored-before');
  expect(server.requests).toHaveLength(1);
});

test('never sends a part that is the window or more past the first unfinished one', async () => {
  const unfinished = new Set(Array.from({ length: 10 }, (_, index) => index + 1));
  const held: (() => void)[] = [];
  let farthest = 0;
  const { client } = await clientOf(
    async (exchange) => {
      if (exchange.request.method === 'POST') return exchange.success({ ...begin, part_window: 2 });
      const part = partOf(exchange);
      farthest = Math.max(farthest, part - Math.min(...unfinished));
      await exchange.readBody();
      // The first part is answered only when nothing else can go on.
      if (part === 1) await new Promise<void>((resolve) => held.push(resolve));
      if (part === 2) setImmediate(() => held.pop()?.());
      unfinished.delete(part);
      return exchange.success({ completed: unfinished.size === 0 });
    },
    { jobs: 8 },
  );
  await uploadLargeVersion(client, versionOf(data));
  expect(farthest).toBe(1);
});

test('keeps no more than its number of jobs under way', async () => {
  let now = 0;
  let most = 0;
  const store = partStore({ ...begin, part_window: 100 });
  const { client } = await clientOf(
    async (exchange) => {
      most = Math.max(most, ++now);
      await store.script(exchange);
      now--;
    },
    { jobs: 3 },
  );
  await uploadLargeVersion(client, versionOf(data));
  expect(most).toBeLessThanOrEqual(3);
});

test('waits and sends a part again when it comes too early', async () => {
  const store = partStore();
  const deferred = {
    status: 'error',
    status_message: 'x',
    error: { type: 'upload_part_deferred' },
  };
  let refused = 0;
  const { client } = await clientOf((exchange) => {
    if (exchange.request.method === 'PUT' && refused++ < 2) {
      return exchange.json(429, deferred, { 'retry-after': '1' });
    }
    return store.script(exchange);
  });
  expect(await uploadLargeVersion(client, versionOf(data))).toBe('sent');
  expect(store.whole().equals(data)).toBe(true);
});

test('begins again when the server forgot the upload, up to six times', async () => {
  const store = partStore();
  let begun = 0;
  const { client } = await clientOf((exchange) => {
    if (exchange.request.method === 'POST') begun++;
    if (exchange.request.method === 'PUT' && begun < 3) return exchange.json(404, absent);
    return store.script(exchange);
  });
  expect(await uploadLargeVersion(client, versionOf(data))).toBe('sent');
  expect(begun).toBe(3);
  const forgetful = await clientOf((exchange) =>
    exchange.request.method === 'POST' ? exchange.success(begin) : exchange.json(404, absent),
  );
  const failure = await failureOf(uploadLargeVersion(forgetful.client, versionOf(data)));
  expect(failure.message).toContain('lost the upload of cafe 6 times');
});

test('is done when the answer to the last part was lost and the server has the file', async () => {
  let begun = 0;
  const { client } = await clientOf((exchange) => {
    if (exchange.request.method !== 'POST') return exchange.success({ completed: false });
    return exchange.success(begun++ === 0 ? begin : { file: 'already_stored' });
  });
  expect(await uploadLargeVersion(client, versionOf(data))).toBe('sent');
});

test('ends when the server finds another hash', async () => {
  const bad = {
    status: 'error',
    status_message: 'bad_request',
    status_description: 'hash mismatch',
  };
  const { client } = await clientOf((exchange) =>
    exchange.request.method === 'POST' ? exchange.success(begin) : exchange.json(400, bad),
  );
  const failure = await failureOf(uploadLargeVersion(client, versionOf(data)));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(failure.message).toContain('hash mismatch');
});

test('ends when the source does not give what it should', async () => {
  const { client } = await clientOf(partStore().script);
  const short = { ...versionOf(data.subarray(0, 950)), sizeBytes: 1000 };
  expect(await failureOf(uploadLargeVersion(client, short))).toBeInstanceOf(IntegrityError);
});

test.each([
  ['parts of one byte', { part_size: 1, num_parts: 1000 }, 20_000],
  ['too few parts', { part_size: 100, num_parts: 9 }, 1000],
  ['too many parts', { part_size: 100, num_parts: 11 }, 1000],
  ['parts of nothing', { part_size: 0, num_parts: 1 }, 1000],
  ['no window', { part_window: 0 }, 1000],
  ['an upload that leaves its path', { upload_id: '../../x' }, 1000],
])('refuses a plan of a lying server: %s', async (_, change, sizeBytes) => {
  const { client, server } = await clientOf((exchange) =>
    exchange.success({ ...begin, ...change }),
  );
  const version = { ...versionOf(data), sizeBytes };
  const failure = await failureOf(uploadLargeVersion(client, version));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(server.lines().filter((line) => line.startsWith('PUT'))).toEqual([]);
});
