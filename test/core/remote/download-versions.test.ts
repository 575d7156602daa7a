import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import {
  IntegrityError,
  NotFoundError,
  OperationError,
  RemoteError,
} from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { parseRepoPath } from '../../../src/core/model/path.js';
import { downloadLargeFile } from '../../../src/core/remote/download-large.js';
import { downloadVersions, missingVersionsOf } from '../../../src/core/remote/download-versions.js';
import type { ReceivedVersion } from '../../../src/core/remote/received-version.js';
import type { WantedVersion } from '../../../src/core/remote/wanted-versions.js';
import { writeVersionArchive } from '../../../src/core/wire/archive/versions.js';
import { tarDirectory, tarFile, writeTar } from '../../../src/core/wire/archive/write.js';
import { encodeFailure } from '../../../src/core/wire/messages/envelope.js';
import { missingVersions } from '../../../src/core/wire/messages/failures.js';
import { clientOf, collect, failureOf } from '../../helpers/remote-client.js';
import { type Exchange, pour } from '../../helpers/scripted-server.js';

/** Contents by hash, as a server holds them. */
function contentsOf(count: number, size: (index: number) => number): Map<Hash, Buffer> {
  const contents = new Map<Hash, Buffer>();
  for (let index = 0; index < count; index++) {
    const bytes = Buffer.alloc(size(index), `content ${index} `);
    contents.set(hashBytes(bytes), bytes);
  }
  return contents;
}

function wantedOf(contents: ReadonlyMap<Hash, Buffer>): WantedVersion[] {
  return [...contents].map(([hash, { length }]) => ({ hash, sizeBytes: length }));
}

async function archiveOf(hashes: readonly Hash[], contents: ReadonlyMap<Hash, Buffer>) {
  const versions = hashes.map((hash) => {
    const content = contents.get(hash) ?? Buffer.alloc(0);
    return { hash, sizeBytes: content.length, content };
  });
  return gzipSync(Buffer.concat(await collect(writeVersionArchive(versions))));
}

async function askedHashes(exchange: Exchange): Promise<Hash[]> {
  const lines = gunzipSync(await exchange.readBody()).toString();
  return lines.split('\n').slice(0, -1) as Hash[];
}

function serving(contents: ReadonlyMap<Hash, Buffer>) {
  return async (exchange: Exchange) =>
    exchange.bytes(200, await archiveOf(await askedHashes(exchange), contents));
}

function storeIn(found: Map<Hash, Buffer>) {
  return async (version: ReceivedVersion) => {
    found.set(version.hash, Buffer.from(await version.readAll()));
  };
}

function expectEqual(found: ReadonlyMap<Hash, Buffer>, expected: ReadonlyMap<Hash, Buffer>) {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [hash, bytes] of found) expect(expected.get(hash)?.equals(bytes)).toBe(true);
}

test('fetches many contents in one request, named by their hashes', async () => {
  const contents = contentsOf(2000, (index) => index % 700);
  const { client, server } = await clientOf(serving(contents));
  const found = new Map<Hash, Buffer>();
  await downloadVersions(client, wantedOf(contents), storeIn(found));
  expectEqual(found, contents);
  expect(server.lines()).toEqual(['QUERY /api/repos/ada/cats/versions']);
  const [request] = server.requests;
  expect(request?.headers['content-type']).toBeUndefined();
  expect(request?.headers['content-length']).toBe(String(request?.body.length));
});

test('makes requests of up to 10 MiB, as many at once as there are jobs', async () => {
  const contents = contentsOf(9, () => 4 * 1024 * 1024);
  let now = 0;
  let most = 0;
  const serve = serving(contents);
  const { client, server } = await clientOf(
    async (exchange) => {
      most = Math.max(most, ++now);
      await serve(exchange);
      now--;
    },
    { jobs: 2 },
  );
  const found = new Map<Hash, Buffer>();
  await downloadVersions(client, wantedOf(contents), storeIn(found));
  expect(found.size).toBe(9);
  expect(server.requests).toHaveLength(5);
  expect(most).toBeLessThanOrEqual(2);
});

test('gives contents as a stream, empty ones too', async () => {
  const contents = contentsOf(3, (index) => index * 3_000_000);
  const { client } = await clientOf(serving(contents));
  const found = new Map<Hash, Buffer>();
  await downloadVersions(client, wantedOf(contents), async (version) => {
    const pieces: Buffer[] = [];
    for await (const piece of version.stream()) pieces.push(Buffer.from(piece));
    found.set(version.hash, Buffer.concat(pieces));
  });
  expectEqual(found, contents);
});

test('asks for nothing when nothing is wanted', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success());
  await downloadVersions(client, [], async () => {});
  expect(server.requests).toHaveLength(0);
});

test('asks only for what is lacking when a request breaks off', async () => {
  const contents = contentsOf(50, () => 5000);
  const asked: number[] = [];
  const { client } = await clientOf(async (exchange) => {
    const hashes = await askedHashes(exchange);
    asked.push(hashes.length);
    if (asked.length > 1) return exchange.bytes(200, await archiveOf(hashes, contents));
    const whole = Buffer.concat(
      await collect(
        writeVersionArchive(
          hashes.map((hash) => ({ hash, sizeBytes: 5000, content: contents.get(hash) ?? [] })),
        ),
      ),
    );
    const archive = gzipSync(whole, { level: 0 });
    exchange.response.write(archive.subarray(0, archive.length / 2), () =>
      exchange.response.destroy(),
    );
  });
  const found = new Map<Hash, Buffer>();
  await downloadVersions(client, wantedOf(contents), storeIn(found));
  expectEqual(found, contents);
  expect(asked[0]).toBe(50);
  expect(asked[1]).toBeLessThan(50);
});

test('gives up after five further tries without progress', async () => {
  const { client, server } = await clientOf(({ response }) => void response.destroy());
  const wanted = wantedOf(contentsOf(3, () => 10));
  const failure = await failureOf(downloadVersions(client, wanted, async () => {}));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(server.requests).toHaveLength(6);
});

test('says which contents the server lacks', async () => {
  const contents = contentsOf(3, () => 10);
  const [first] = contents.keys();
  const refusal = encodeFailure(missingVersions([first ?? '']));
  const { client } = await clientOf((exchange) => exchange.bytes(404, refusal));
  const failure = await failureOf(downloadVersions(client, wantedOf(contents), async () => {}));
  expect(failure).toBeInstanceOf(NotFoundError);
  expect(missingVersionsOf(failure)).toEqual([first]);
  expect(missingVersionsOf(new RemoteError('x'))).toEqual([]);
});

test('passes on what the receiver throws, and stops', async () => {
  const contents = contentsOf(100, () => 10);
  const { client, server } = await clientOf(serving(contents));
  const full = new OperationError('The disk is full.');
  let calls = 0;
  const failure = await failureOf(
    downloadVersions(client, wantedOf(contents), async () => {
      calls++;
      throw full;
    }),
  );
  expect(failure).toBe(full);
  expect([calls, server.requests.length]).toEqual([1, 1]);
});

const good = Buffer.alloc(100_000, 'good');
const wanted = { hash: hashBytes(good), sizeBytes: good.length };

async function received(archive: Uint8Array): Promise<{ failure: Error; published: number }> {
  const { client } = await clientOf((exchange) => exchange.bytes(200, archive));
  let published = 0;
  const failure = await failureOf(
    downloadVersions(client, [wanted], async (version) => {
      for await (const _ of version.stream());
      published++;
    }),
  );
  return { failure, published };
}

const lies: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
  [
    'other bytes',
    () => archiveOf([wanted.hash], new Map([[wanted.hash, Buffer.alloc(100_000, 'bad')]])),
  ],
  ['fewer bytes', () => archiveOf([wanted.hash], new Map([[wanted.hash, good.subarray(1)]]))],
  ['more bytes', () => archiveOf([wanted.hash], new Map([[wanted.hash, Buffer.alloc(100_001)]]))],
  ['nothing', () => archiveOf([], new Map())],
  ['another content', async () => archiveOf([hashBytes(Buffer.of(1))], new Map())],
  [
    'a path',
    async () => gzipSync(Buffer.concat(await collect(writeTar([tarFile('../../x', good)])))),
  ],
  [
    'a hash with a leading zero',
    async () =>
      gzipSync(Buffer.concat(await collect(writeTar([tarFile(`0${wanted.hash}`, good)])))),
  ],
  [
    'a directory',
    async () => gzipSync(Buffer.concat(await collect(writeTar([tarDirectory(wanted.hash)])))),
  ],
  [
    'an archive without compression',
    async () => Buffer.concat(await collect(writeVersionArchive([]))),
  ],
  ['zeros without end', async () => gzipSync(Buffer.alloc(50_000_000))],
];

test.each(lies)('publishes nothing when the server sends %s', async (_, archive) => {
  const { failure, published } = await received(await archive());
  expect(failure).toBeInstanceOf(IntegrityError);
  expect(published).toBe(0);
});

test('takes nothing for whole that is sent twice', async () => {
  const archive = await archiveOf([wanted.hash, wanted.hash], new Map([[wanted.hash, good]]));
  const { failure } = await received(archive);
  expect(failure).toBeInstanceOf(IntegrityError);
});

const size = 25 * 1024 * 1024 + 7;
const large = Buffer.alloc(size, 'a large file of more than two ranges. ');
const file = {
  hash: hashBytes(large),
  sizeBytes: size,
  commitId: 'ab12',
  path: parseRepoPath('big/a#1.bin'),
};

function rangeOf(target: string): [number, number] {
  const query = new URL(target, 'http://x').searchParams;
  const start = Number(query.get('chunk_start'));
  return [start, start + Number(query.get('chunk_size'))];
}

test('fetches a large file in exact ranges', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.bytes(200, large.subarray(...rangeOf(exchange.request.target))),
  );
  const bytes = Buffer.concat(await collect(downloadLargeFile(client, file)));
  expect(bytes.equals(large)).toBe(true);
  expect(server.lines()).toEqual([
    'GET /api/repos/ada/cats/chunk/ab12/big/a%231.bin?chunk_start=0&chunk_size=10485760',
    'GET /api/repos/ada/cats/chunk/ab12/big/a%231.bin?chunk_start=10485760&chunk_size=10485760',
    'GET /api/repos/ada/cats/chunk/ab12/big/a%231.bin?chunk_start=20971520&chunk_size=5242887',
  ]);
});

test('goes on at the byte where a range broke off', async () => {
  let cut = 0;
  const { client, server } = await clientOf(
    ({ request, response, bytes }) => {
      const range = large.subarray(...rangeOf(request.target));
      if (cut++ > 3) return bytes(200, range);
      response.writeHead(200, { 'content-length': range.length });
      response.write(range.subarray(0, 1_000_000), () => response.destroy());
    },
    { jobs: 1 },
  );
  const bytes = Buffer.concat(await collect(downloadLargeFile(client, file)));
  expect(bytes.equals(large)).toBe(true);
  const starts = server.requests.map(({ target }) => rangeOf(target)[0]);
  expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  expect(starts[1]).toBeGreaterThan(0);
});

test('fetches ranges of a large file at once, and gives them in order', async () => {
  const waiting: (() => void)[] = [];
  const { client } = await clientOf(async (exchange) => {
    // Nothing is answered before the last range was asked for; then the last one comes first.
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 3) for (const go of waiting.reverse()) go();
    });
    await exchange.bytes(200, large.subarray(...rangeOf(exchange.request.target)));
  });
  const bytes = Buffer.concat(await collect(downloadLargeFile(client, file)));
  expect(bytes.equals(large)).toBe(true);
});

test('takes a large file only when it has its hash', async () => {
  const bad = Buffer.from(large);
  bad[size - 1] = 0;
  const { client } = await clientOf((exchange) =>
    exchange.bytes(200, bad.subarray(...rangeOf(exchange.request.target))),
  );
  const failure = await failureOf(collect(downloadLargeFile(client, file)));
  expect(failure).toBeInstanceOf(IntegrityError);
});

test('ends when ranges are longer than asked for, or empty', async () => {
  const sent = { bytes: 0 };
  const long = await clientOf(({ response }) => pour(response, sent, Infinity));
  expect(await failureOf(collect(downloadLargeFile(long.client, file)))).toBeInstanceOf(
    RemoteError,
  );
  const empty = await clientOf((exchange) => exchange.bytes(200, ''));
  expect(await failureOf(collect(downloadLargeFile(empty.client, file)))).toBeInstanceOf(
    RemoteError,
  );
});
