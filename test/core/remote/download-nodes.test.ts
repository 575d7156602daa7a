import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { IntegrityError, NotFoundError, RemoteError } from '../../../src/core/model/errors.js';
import { type CommitId, parseHash } from '../../../src/core/model/hash.js';
import { parseRepoPath } from '../../../src/core/model/path.js';
import { downloadNode, downloadNodes, hasNode } from '../../../src/core/remote/download-nodes.js';
import { type ArchivedNode, writeNodeArchive } from '../../../src/core/wire/archive/nodes.js';
import { tarFile, writeTar } from '../../../src/core/wire/archive/write.js';
import { storedVectors } from '../../helpers/node-vectors.js';
import { absent, clientOf, collect, failureOf } from '../../helpers/remote-client.js';
import { storedVNode } from '../../helpers/stored-dir.js';

const nodes: ArchivedNode[] = storedVectors('flat1').map(({ id, blobs }) => ({
  id,
  blobs: { node: new Uint8Array(blobs.node), children: new Uint8Array(blobs.children) },
}));
const head = parseHash('abcdef01') as CommitId;
const base = parseHash('12345678') as CommitId;

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collect(pieces));
}

async function archiveOf(given: readonly ArchivedNode[]): Promise<Buffer> {
  return gzipSync(await gathered(writeNodeArchive(given, 'download')));
}

test('gives the nodes of a commit, of a range and of everything', async () => {
  const archive = await archiveOf(nodes);
  const { client, server } = await clientOf((exchange) => exchange.bytes(200, archive));
  expect(await collect(downloadNodes(client, { base: undefined, head }))).toEqual(nodes);
  await collect(downloadNodes(client, { base, head }));
  await collect(downloadNodes(client, 'all'));
  const part = { depth: 1, subtrees: [parseRepoPath('a b/c')], isDownload: true };
  await collect(downloadNodes(client, { base: undefined, head }, { part }));
  expect(server.lines()).toEqual([
    'GET /api/repos/ada/cats/tree/download/abcdef01',
    'GET /api/repos/ada/cats/tree/download/12345678..abcdef01',
    'GET /api/repos/ada/cats/tree/download',
    'GET /api/repos/ada/cats/tree/download/abcdef01?depth=1&is_download=true&subtrees=a+b%2Fc',
  ]);
});

test('takes an empty archive', async () => {
  const archive = await archiveOf([]);
  const { client } = await clientOf((exchange) => exchange.bytes(200, archive));
  expect(await collect(downloadNodes(client, { base, head }))).toEqual([]);
});

test('says that a commit is not there', async () => {
  const { client } = await clientOf((exchange) => exchange.json(404, absent));
  const reading = collect(downloadNodes(client, { base: undefined, head }));
  expect(await failureOf(reading)).toBeInstanceOf(NotFoundError);
});

test('asks for the archive again when it breaks off', async () => {
  const archive = await archiveOf(nodes);
  const { client, server } = await clientOf(async ({ number, response, bytes }) => {
    if (number > 0) return bytes(200, archive);
    response.write(archive.subarray(0, archive.length - 20), () => response.destroy());
  });
  const ids = new Set<string>();
  for await (const { id } of downloadNodes(client, 'all')) ids.add(id);
  expect(ids.size).toBe(nodes.length);
  expect(server.requests).toHaveLength(2);
});

async function refusalOf(body: Uint8Array, maxTotalBytes = 1e9): Promise<Error> {
  const { client } = await clientOf((exchange) => exchange.bytes(200, body));
  return failureOf(collect(downloadNodes(client, 'all', { maxTotalBytes })));
}

test.each([
  '../../etc/passwd',
  'a/b',
  '.oxen',
  '..',
  '',
  'a\0b',
])('refuses a node with an entry called %j', async (name) => {
  const id = parseHash('feedbeef');
  const entry = { name, kind: 'file', hash: parseHash('ab'), sizeBytes: 1 } as const;
  const { node, children } = storedVNode(id, [entry]);
  const failure = await refusalOf(await archiveOf([{ id, blobs: { node, children } }]));
  expect(failure).toBeInstanceOf(IntegrityError);
});

test('refuses a node under another id', async () => {
  const blobs = nodes[0]?.blobs ?? { node: new Uint8Array(), children: new Uint8Array() };
  const failure = await refusalOf(await archiveOf([{ id: parseHash('feedbeef'), blobs }]));
  expect(failure).toBeInstanceOf(IntegrityError);
});

test('refuses archives that hold something else, or are damaged', async () => {
  const archive = await archiveOf(nodes);
  const foreign = gzipSync(await gathered(writeTar([tarFile('../config.toml', Buffer.from('x'))])));
  const half = gzipSync(await gathered(writeTar([tarFile('tree/nodes/abc/d/node', Buffer.of(1))])));
  const bodies = [
    foreign,
    half,
    archive.subarray(0, archive.length - 12),
    Buffer.from('no gzip at all'),
    Buffer.alloc(0),
    gzipSync(Buffer.from('no tar at all')),
  ];
  for (const body of bodies) expect(await refusalOf(body)).toBeInstanceOf(IntegrityError);
});

test('refuses an archive that inflates to more than its limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
  const big = await gathered(
    writeTar([tarFile('tree/nodes/abc/d/node', Buffer.alloc(8 * 1024 * 1024))]),
  );
  expect(await refusalOf(bomb, 1_000_000)).toBeInstanceOf(IntegrityError);
  expect(await refusalOf(gzipSync(big), 1_000_000)).toBeInstanceOf(IntegrityError);
});

test('stops reading an archive without end', async () => {
  const { client } = await clientOf(async ({ response }) => {
    const noise = gzipSync(Buffer.alloc(1000)).subarray(0, 10);
    response.write(noise);
    // Stored blocks of deflate: five bytes of header, then 65,535 zeros.
    const block = Buffer.alloc(5 + 65_535);
    block.writeUInt16LE(65_535, 1);
    block.writeUInt16LE(0, 3);
    while (!response.destroyed) {
      if (!response.write(block)) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const reading = collect(downloadNodes(client, 'all', { maxTotalBytes: 4_000_000 }));
  const failure = await failureOf(reading);
  expect(failure instanceof IntegrityError || failure instanceof RemoteError).toBe(true);
});

test('lets the caller look at each node instead', async () => {
  const archive = await archiveOf(nodes);
  const { client } = await clientOf((exchange) => exchange.bytes(200, archive));
  const refused = new IntegrityError('no');
  const check = () => {
    throw refused;
  };
  expect(await failureOf(collect(downloadNodes(client, 'all', { check })))).toBe(refused);
});

test('gives one node, and says whether it is there', async () => {
  const [node] = nodes;
  if (node === undefined) throw new Error('no vector');
  const archive = await archiveOf([node]);
  const { client } = await clientOf((exchange) => {
    if (exchange.number === 0) return exchange.bytes(200, archive);
    // Stock servers write hashes as bare numbers of 128 bits here.
    if (exchange.number > 1) return exchange.json(404, absent);
    return exchange.bytes(
      200,
      '{"status":"success","status_message":"resource_found","node":{"Dir":{"hash":340282366920938463463374607431768211455}}}',
    );
  });
  expect(await downloadNode(client, node.id)).toEqual(node);
  expect(await hasNode(client, node.id)).toBe(true);
  expect(await hasNode(client, node.id)).toBe(false);
});
