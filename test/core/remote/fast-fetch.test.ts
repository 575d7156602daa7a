import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import {
  encodeRecordHeader,
  recordCodecs,
  recordHeaderLength,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import {
  IntegrityError,
  NotFoundError,
  OperationError,
  RemoteError,
} from '../../../src/core/model/errors.js';
import {
  type CommitId,
  type Hash,
  hashFromBytes,
  hashToBytes,
  parseHash,
} from '../../../src/core/model/hash.js';
import { fetchNodes, fetchNodesById, fetchRecords } from '../../../src/core/remote/fast-fetch.js';
import {
  nodesBeginIn,
  objectsBeginIn,
  problemFrame,
} from '../../../src/core/wire/fast/conversation.js';
import type { Frame } from '../../../src/core/wire/fast/frame.js';
import {
  type FramedNode,
  hashesIn,
  nodesFrame,
  recordsFrame,
  recordsIn,
} from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { storedVectors } from '../../helpers/node-vectors.js';
import { clientOf, collect, failureOf } from '../../helpers/remote-client.js';
import type { Exchange } from '../../helpers/scripted-server.js';
import { storedVNode } from '../../helpers/stored-dir.js';

const nodes: FramedNode[] = storedVectors('flat1').map(({ id, blobs }) => ({
  id,
  blobs: { node: new Uint8Array(blobs.node), children: new Uint8Array(blobs.children) },
}));
const begin = {
  heads: [parseHash('abcdef01') as CommitId],
  haves: [parseHash('12345678') as CommitId],
  isShallow: false,
  depth: -1,
  subtrees: [],
};

function column(hashes: readonly Hash[]): Uint8Array {
  return new Uint8Array(Buffer.concat(hashes.map((hash) => hashToBytes(hash))));
}

function recordOf(content: Uint8Array, kind: number = recordKinds.content): Uint8Array {
  const record = new Uint8Array(recordHeaderLength + content.length);
  const hash = hashToBytes(hashBytes(content));
  const { length } = content;
  encodeRecordHeader(
    { kind, codec: recordCodecs.raw, storedLength: length, rawLength: length, hash },
    record,
    0,
  );
  record.set(content, recordHeaderLength);
  return record;
}

/** Records by hash, as a server holds them. */
function recordsOf(count: number, kind: number = recordKinds.content): Map<Hash, Uint8Array> {
  const records = new Map<Hash, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const content = Buffer.from(`content ${index}`);
    records.set(hashBytes(content), recordOf(content, kind));
  }
  return records;
}

async function askedHashes(exchange: Exchange): Promise<{ kind: string; hashes: Hash[] }> {
  const [first, ...lists] = await collect(readFrames([await exchange.readBody()]));
  if (first === undefined) throw new Error('no frames');
  const bytes = Buffer.concat(lists.map((list) => hashesIn(list)));
  const hashes = Array.from({ length: bytes.length / 16 }, (_, index) =>
    hashFromBytes(bytes, index * 16),
  );
  return { kind: objectsBeginIn(first).kind, hashes };
}

async function bodyOf(frames: readonly Frame[]): Promise<Buffer> {
  return Buffer.concat(await collect(writeFrames(frames)));
}

function framesOf(hashes: readonly Hash[], records: ReadonlyMap<Hash, Uint8Array>): Frame[] {
  const frames: Frame[] = [];
  for (let start = 0; start < hashes.length; start += 10) {
    const some = hashes.slice(start, start + 10);
    const bytes = Buffer.concat(some.map((hash) => records.get(hash) ?? new Uint8Array(0)));
    frames.push(recordsFrame(new Uint8Array(bytes), some.length));
  }
  return frames;
}

test('gives the nodes of commits', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    const [first] = await collect(readFrames([await exchange.readBody()]));
    if (first === undefined) throw new Error('no frames');
    expect(nodesBeginIn(first)).toEqual(begin);
    await exchange.bytes(
      200,
      await bodyOf([nodesFrame(nodes.slice(0, 2)), nodesFrame(nodes.slice(2))]),
    );
  });
  expect(await collect(fetchNodes(client, begin))).toEqual(nodes);
  expect(server.lines()).toEqual(['POST /api/repos/ada/cats/fast/nodes']);
});

test('inflates what a server sends compressed', async () => {
  const plain = nodesFrame(nodes);
  const packed = {
    ...plain,
    codec: recordCodecs.deflateRaw,
    payload: deflateRawSync(plain.payload),
  };
  const { client } = await clientOf(async (exchange) =>
    exchange.bytes(200, await bodyOf([packed])),
  );
  expect(await collect(fetchNodes(client, begin))).toEqual(nodes);
});

test('refuses what inflates to more than it says', async () => {
  const payload = deflateRawSync(Buffer.alloc(50_000_000));
  const bomb: Frame = {
    kind: 'nodes',
    codec: recordCodecs.deflateRaw,
    itemCount: 1,
    payload,
    rawLength: 1000,
  };
  const { client } = await clientOf(async (exchange) => exchange.bytes(200, await bodyOf([bomb])));
  expect(await failureOf(collect(fetchNodes(client, begin)))).toBeInstanceOf(IntegrityError);
});

test.each([
  '..',
  'a/b',
  '.oxen',
  'a\0b',
])('refuses a node with an entry called %j', async (name) => {
  const id = parseHash('feedbeef');
  const entry = { name, kind: 'file', hash: parseHash('ab'), sizeBytes: 1 } as const;
  const { node, children } = storedVNode(id, [entry]);
  const frame = nodesFrame([{ id, blobs: { node, children } }]);
  const { client } = await clientOf(async (exchange) => exchange.bytes(200, await bodyOf([frame])));
  expect(await failureOf(collect(fetchNodes(client, begin)))).toBeInstanceOf(IntegrityError);
});

test('fetches nodes by their ids', async () => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const { client } = await clientOf(async (exchange) => {
    const { kind, hashes } = await askedHashes(exchange);
    expect(kind).toBe('nodes');
    await exchange.bytes(
      200,
      await bodyOf([nodesFrame(hashes.flatMap((id) => byId.get(id) ?? []))]),
    );
  });
  const found: FramedNode[] = [];
  await fetchNodesById(client, column(nodes.map(({ id }) => id)), async (some) => {
    found.push(...some);
  });
  expect(found).toEqual(nodes);
});

test('fetches records as they stand in packs, in several requests', async () => {
  const records = recordsOf(100);
  const { client, server } = await clientOf(async (exchange) => {
    const { kind, hashes } = await askedHashes(exchange);
    expect(kind).toBe('contents');
    await exchange.bytes(200, await bodyOf(framesOf(hashes, records)));
  });
  const found = new Map<Hash, Uint8Array>();
  const receive = async ({
    payload,
    recordCount,
  }: {
    payload: Uint8Array;
    recordCount: number;
  }) => {
    for (const { header, start, end } of recordsIn(payload, recordCount)) {
      found.set(hashFromBytes(header.hash), payload.slice(start, end));
    }
    expect(payload.byteOffset).toBe(0);
    expect(payload.buffer.byteLength).toBe(payload.length);
  };
  await fetchRecords(client, 'contents', column([...records.keys()]), receive, {
    hashesPerRequest: 30,
  });
  expect(found).toEqual(records);
  expect(server.lines()).toEqual(Array(4).fill('POST /api/repos/ada/cats/fast/contents'));
});

test('asks again only for what is lacking when a request breaks off', async () => {
  const records = recordsOf(100);
  const asked: number[] = [];
  const { client } = await clientOf(async (exchange) => {
    const { hashes } = await askedHashes(exchange);
    asked.push(hashes.length);
    const body = await bodyOf(framesOf(hashes, records));
    if (asked.length > 2) return exchange.bytes(200, body);
    exchange.response.write(body.subarray(0, body.length / 2), () => exchange.response.destroy());
  });
  let count = 0;
  await fetchRecords(client, 'contents', column([...records.keys()]), async (some) => {
    count += some.recordCount;
  });
  expect(count).toBe(100);
  expect(asked[0]).toBe(100);
  expect(asked[1]).toBeLessThanOrEqual(60);
  expect(asked[2]).toBeLessThanOrEqual(40);
});

const wanted = recordsOf(3);
const stranger = recordOf(Buffer.from('stranger'));
const [first = new Uint8Array(0), second = new Uint8Array(0)] = [...wanted.values()];
const torn = first.slice(0, -1);
const tornHeader = first.slice();
tornHeader[20] = 0xff;

const lies: readonly (readonly [string, readonly Frame[]])[] = [
  ['nothing', []],
  ['a record that is not wanted', [recordsFrame(stranger, 1)]],
  ['a record twice', [recordsFrame(first, 1), recordsFrame(first, 1)]],
  ['a record twice in a frame', [recordsFrame(new Uint8Array(Buffer.concat([first, first])), 2)]],
  ['more records than it says', [recordsFrame(new Uint8Array(Buffer.concat([first, second])), 1)]],
  ['fewer records than it says', [recordsFrame(first, 2)]],
  ['a torn record', [recordsFrame(torn, 1)]],
  ['an altered header', [recordsFrame(tornHeader, 1)]],
  ['a chunk', [recordsFrame(recordOf(Buffer.from('content 0'), recordKinds.chunk), 1)]],
  ['a node', [recordsFrame(recordOf(Buffer.from('content 0'), recordKinds.node), 1)]],
  ['nodes', [nodesFrame(nodes)]],
  ['empty frames', Array.from({ length: 1000 }, () => recordsFrame(new Uint8Array(0), 0))],
];

test.each(lies)('refuses %s in place of records', async (_, frames) => {
  const { client } = await clientOf(async (exchange) => exchange.bytes(200, await bodyOf(frames)));
  const fetching = fetchRecords(client, 'contents', column([...wanted.keys()]), async () => {});
  expect(await failureOf(fetching)).toBeInstanceOf(IntegrityError);
});

test('takes chunks where chunks were wanted', async () => {
  const chunks = recordsOf(5, recordKinds.chunk);
  const { client } = await clientOf(async (exchange) => {
    const { hashes } = await askedHashes(exchange);
    await exchange.bytes(200, await bodyOf(framesOf(hashes, chunks)));
  });
  let count = 0;
  await fetchRecords(client, 'chunks', column([...chunks.keys()]), async (some) => {
    count += some.recordCount;
  });
  expect(count).toBe(5);
});

test('passes on what the server lacks, and what the receiver throws', async () => {
  const hash = parseHash('ab');
  const problem = problemFrame({ hash, code: 'missing', message: 'gone' });
  const lacking = await clientOf(async (exchange) => exchange.bytes(200, await bodyOf([problem])));
  const ids = column([...wanted.keys()]);
  const failure = await failureOf(fetchRecords(lacking.client, 'contents', ids, async () => {}));
  expect(failure).toBeInstanceOf(NotFoundError);
  const full = new OperationError('The disk is full.');
  const good = await clientOf(async (exchange) => {
    const { hashes } = await askedHashes(exchange);
    await exchange.bytes(200, await bodyOf(framesOf(hashes, wanted)));
  });
  const receive = async () => {
    throw full;
  };
  expect(await failureOf(fetchRecords(good.client, 'contents', ids, receive))).toBe(full);
  expect(good.server.requests).toHaveLength(1);
});

test('gives up a server that breaks off again and again', async () => {
  const { client, server } = await clientOf(({ response }) => void response.destroy());
  const fetching = fetchRecords(client, 'contents', column([...wanted.keys()]), async () => {});
  expect(await failureOf(fetching)).toBeInstanceOf(RemoteError);
  expect(server.requests).toHaveLength(6);
});
