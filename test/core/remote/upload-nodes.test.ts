import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { OperationError, RemoteError } from '../../../src/core/model/errors.js';
import { type CommitId, parseHash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import {
  rebuildDirHashes,
  uploadDirHashes,
  uploadNodes,
} from '../../../src/core/remote/upload-nodes.js';
import { readDirHashArchive } from '../../../src/core/wire/archive/dir-hashes.js';
import { type ArchivedNode, readNodeArchive } from '../../../src/core/wire/archive/nodes.js';
import { readTar } from '../../../src/core/wire/archive/read.js';
import type { DirHash } from '../../../src/core/wire/dir-hashes/database.js';
import { readDirHashes } from '../../helpers/dir-hash-database.js';
import { absent, clientOf, collect, failureOf } from '../../helpers/remote-client.js';

const commitId = parseHash('abcdef01') as CommitId;

function nodesOf(count: number, size: number): ArchivedNode[] {
  return Array.from({ length: count }, (_, index) => ({
    id: hashBytes(Buffer.from(`${index}`)),
    blobs: { node: new Uint8Array(size).fill(index), children: new Uint8Array(index % 3) },
  }));
}

test('sends nodes as one compressed archive in the layout of uploads', async () => {
  const nodes = nodesOf(20, 100);
  const { client, server } = await clientOf((exchange) => exchange.success());
  await uploadNodes(client, () => nodes);
  expect(server.lines()).toEqual(['POST /api/repos/ada/cats/tree/nodes']);
  const [request] = server.requests;
  expect(request?.headers['transfer-encoding']).toBe('chunked');
  expect(request?.headers['content-type']).toBeUndefined();
  const archive = gunzipSync(request?.body ?? '');
  expect(await collect(readNodeArchive([archive]))).toEqual(nodes);
  const [first] = await collect(readTar([archive]));
  const id = nodes[0]?.id ?? '';
  expect(first?.parts).toEqual([id.slice(0, 3), id.slice(3)]);
});

test('makes the archive while it is sent', async () => {
  let madeCount = 0;
  const source = function* () {
    for (const node of nodesOf(1000, 40_000)) {
      madeCount++;
      crypto.getRandomValues(node.blobs.node);
      yield node;
    }
  };
  let madeAtFirst = 0;
  const { client } = await clientOf(async (exchange) => {
    const body = exchange.incoming[Symbol.asyncIterator]();
    await body.next();
    for (let quiet = 0, before = 0; quiet < 500; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (before !== madeCount) quiet = 0;
      before = madeCount;
    }
    madeAtFirst = madeCount;
    while ((await body.next()).done !== true);
    await exchange.success();
  });
  await uploadNodes(client, source);
  expect(madeCount).toBe(1000);
  expect(madeAtFirst).toBeLessThan(500); // 20 MB of 40 MB
});

test('goes through the nodes again when the connection breaks', async () => {
  const nodes = nodesOf(20, 100);
  let opened = 0;
  const { client, server } = await clientOf(async (exchange) => {
    await exchange.readBody();
    if (exchange.number === 0) exchange.response.destroy();
    else await exchange.success();
  });
  await uploadNodes(client, () => {
    opened++;
    return nodes;
  });
  expect([opened, server.requests.length]).toEqual([2, 2]);
});

test('finds the refusal inside a good status, and does not try again', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.json(200, { status: 'error', status_message: 'Incomplete merkle node ab' }),
  );
  const failure = await failureOf(uploadNodes(client, () => nodesOf(1, 10)));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(failure.message).toContain('Incomplete merkle node ab');
  expect(server.requests).toHaveLength(1);
});

test('passes on what the source of nodes throws', async () => {
  const { client } = await clientOf((exchange) => exchange.success());
  const damaged = new OperationError('A node cannot be read.');
  const source = async function* () {
    yield* nodesOf(2, 10);
    throw damaged;
  };
  expect(await failureOf(uploadNodes(client, source))).toBe(damaged);
});

function directories(count: number): () => Generator<DirHash> {
  return function* () {
    for (let index = 0; index < count; index++) {
      const path = (index === 0 ? '' : `some/directory ${index}`) as RepoPath;
      yield { path, hash: hashBytes(Buffer.from(path)) };
    }
  };
}

test('sends the directory hashes of a commit', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success());
  await uploadDirHashes(client, commitId, directories(100));
  expect(server.lines()).toEqual(['POST /api/repos/ada/cats/commits/upload']);
  const [request] = server.requests;
  expect(request?.headers['content-length']).toBe(String(request?.body.length));
  const [found] = await collect(readDirHashArchive([gunzipSync(request?.body ?? '')]));
  expect(found?.commitId).toBe(commitId);
  const hashes = readDirHashes(found?.files.get('000004.log') ?? new Uint8Array(0));
  expect([...(hashes ?? [])].map(([path, hash]) => ({ path, hash }))).toEqual([
    ...directories(100)(),
  ]);
});

test('sends large directory hashes in pieces, one after the other', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success());
  await uploadDirHashes(client, commitId, directories(520_000));
  const whole = Buffer.concat(server.requests.map(({ body }) => body));
  expect(whole.length).toBeGreaterThan(10_485_760);
  const hash = hashBytes(whole);
  expect(server.lines()).toEqual(
    server.requests.map(
      (_, index) =>
        `POST /api/repos/ada/cats/commits/upload_chunk?chunk_num=${index}&total_size=${whole.length}&hash=${hash}&total_chunks=${server.requests.length}&is_compressed=true`,
    ),
  );
  const [found] = await collect(readDirHashArchive([gunzipSync(whole)]));
  expect(readDirHashes(found?.files.get('000004.log') ?? new Uint8Array(0)).size).toBe(520_000);
});

test('has the directory hashes made by the server, where it can', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.number === 0
      ? exchange.json(200, { status_message: 'Rebuilt', stats: { dirs_written: 1 } })
      : exchange.json(404, absent),
  );
  expect(await rebuildDirHashes(client, commitId)).toBe(true);
  expect(await rebuildDirHashes(client, commitId)).toBe(false);
  expect(server.lines()[0]).toBe(
    'POST /api/repos/ada/cats/fsck/rebuild-dir-hashes?commit_id=abcdef01',
  );
});
