import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { IntegrityError, NotFoundError, RemoteError } from '../../../src/core/model/errors.js';
import { type CommitId, hashToBytes, parseHash } from '../../../src/core/model/hash.js';
import { beginPush, findMissingObjects } from '../../../src/core/remote/fast-begin.js';
import { findRepository } from '../../../src/core/remote/repository.js';
import {
  objectsBeginIn,
  problemFrame,
  pushAnswerFrame,
  pushBeginIn,
} from '../../../src/core/wire/fast/conversation.js';
import type { Frame } from '../../../src/core/wire/fast/frame.js';
import { hashesIn, missingFrame } from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { clientOf, collect, failureOf } from '../../helpers/remote-client.js';
import type { Exchange } from '../../helpers/scripted-server.js';

const commitId = parseHash('abcdef01') as CommitId;
const answer = { branchHead: undefined, maxRequestBytes: 1000, parallelRequests: 3 };

function column(count: number): Uint8Array {
  const hashes = Array.from({ length: count }, (_, index) =>
    hashToBytes(hashBytes(Buffer.from(`${index}`))),
  );
  return new Uint8Array(Buffer.concat(hashes));
}

async function framesFrom(exchange: Exchange): Promise<Frame[]> {
  return collect(readFrames([await exchange.readBody()]));
}

async function reply(exchange: Exchange, frames: readonly Frame[]): Promise<void> {
  await exchange.bytes(200, Buffer.concat(await collect(writeFrames(frames))));
}

const repository = { namespace: 'ada', name: 'cats', is_empty: true, storage_kind: 'local' };

test.each([
  ['1; codecs=raw,deflate', { version: 1, codecs: [0, 1] }],
  ['2; codecs=raw,zstd', { version: 1, codecs: [0] }],
  ['nonsense', undefined],
  [undefined, undefined],
])('agrees on the fast path when the server answers %j', async (header, fast) => {
  const { client, server } = await clientOf((exchange) => {
    const value = { status: 'success', status_message: 'resource_found', repository };
    return exchange.json(200, value, header === undefined ? {} : { 'oxen-fast': header });
  });
  expect((await findRepository(client))?.fast).toEqual(fast);
  expect(server.requests[0]?.headers['oxen-fast']).toBe('1; codecs=raw,deflate,brotli');
  expect((await findRepository(client, { isStandard: true }))?.fast).toBeUndefined();
  expect(server.requests[1]?.headers['oxen-fast']).toBeUndefined();
});

test('begins a push with one request', async () => {
  const ids = column(5);
  const { client, server } = await clientOf(async (exchange) => {
    const [begin, list] = await framesFrom(exchange);
    if (begin === undefined || list === undefined) throw new Error('no frames');
    expect(pushBeginIn(begin)).toEqual({ branch: 'main', commitId });
    expect(Buffer.compare(hashesIn(list), ids)).toBe(0);
    await reply(exchange, [pushAnswerFrame(answer), missingFrame(5, (index) => index % 2 === 0)]);
  });
  const begun = await beginPush(client, { branch: 'main', commitId }, ids);
  expect(begun).toMatchObject(answer);
  expect([...begun.missingCommits]).toEqual(
    [0, 2, 4].flatMap((index) => [...ids.subarray(index * 16, index * 16 + 16)]),
  );
  expect(server.lines()).toEqual(['POST /api/repos/ada/cats/fast/push']);
});

test('asks about more than a million objects in one request', async () => {
  const count = 1_000_003;
  const hashes = new Uint8Array(count * 16);
  new Uint32Array(hashes.buffer).forEach((_, index, words) => {
    words[index] = index;
  });
  const { client, server } = await clientOf(async (exchange) => {
    const [begin, ...lists] = await framesFrom(exchange);
    if (begin === undefined) throw new Error('no frames');
    expect(objectsBeginIn(begin)).toEqual({ kind: 'contents' });
    await reply(
      exchange,
      lists.map(({ itemCount }) => missingFrame(itemCount, (index) => index === 2)),
    );
  });
  const missing = await findMissingObjects(client, 'contents', hashes);
  expect(missing.length).toBe(32);
  expect(Buffer.compare(missing.subarray(16), hashes.subarray(-16))).toBe(0);
  expect(server.requests).toHaveLength(1);
});

test('does not ask about nothing', async () => {
  const { client, server } = await clientOf(() => {});
  expect(await findMissingObjects(client, 'nodes', new Uint8Array(0))).toEqual(new Uint8Array(0));
  expect(server.requests).toHaveLength(0);
});

test('asks again when the answer breaks off', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    const whole = Buffer.concat(await collect(writeFrames([missingFrame(3, () => true)])));
    if (exchange.number > 0) return exchange.bytes(200, whole);
    exchange.response.write(whole.subarray(0, 20), () => exchange.response.destroy());
  });
  expect(await findMissingObjects(client, 'chunks', column(3))).toEqual(column(3));
  expect(server.requests).toHaveLength(2);
});

const lies: readonly (readonly [string, readonly Frame[]])[] = [
  ['nothing', []],
  ['an answer to a longer list', [missingFrame(4, () => true)]],
  ['two answers', [missingFrame(3, () => true), missingFrame(3, () => true)]],
  ['another kind of frame', [pushAnswerFrame(answer)]],
  ['frames without end', Array.from({ length: 1000 }, () => missingFrame(0, () => true))],
];

test.each(lies)('refuses %s', async (_, frames) => {
  const { client } = await clientOf((exchange) => reply(exchange, frames));
  const failure = await failureOf(findMissingObjects(client, 'nodes', column(3)));
  expect(failure).toBeInstanceOf(IntegrityError);
});

test('refuses bytes that are no frames, or altered ones', async () => {
  const whole = Buffer.concat(await collect(writeFrames([missingFrame(3, () => true)])));
  const altered = Buffer.from(whole);
  altered[33] = 0xff;
  for (const body of [Buffer.from('<html>'), whole.subarray(0, -1), altered, Buffer.alloc(0)]) {
    const { client } = await clientOf((exchange) => exchange.bytes(200, body));
    const failure = await failureOf(findMissingObjects(client, 'nodes', column(3)));
    expect(failure).toBeInstanceOf(IntegrityError);
  }
});

test.each([
  ['missing', NotFoundError],
  ['internal', RemoteError],
] as const)('passes on a problem of kind %s', async (code, kind) => {
  const problem = { hash: parseHash('ab'), code, message: 'the \u001bdisk is gone' };
  const { client } = await clientOf((exchange) => reply(exchange, [problemFrame(problem)]));
  const failure = await failureOf(beginPush(client, { branch: 'main', commitId }, column(1)));
  expect(failure).toBeInstanceOf(kind);
  expect(failure.message).toContain('(ab): the disk is gone');
});
