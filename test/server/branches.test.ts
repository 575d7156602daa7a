/** Moving branches: everything must be here, nobody's commit is lost, and what was sent comes back as it was. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EntryPeek } from '../../src/core/format/entry-peek.js';
import { parseNode, peekChild } from '../../src/core/format/node-file.js';
import { hashFromBigEndian } from '../../src/core/model/hash.js';
import { nodeTypes } from '../../src/core/model/node.js';
import { OpenRepository } from '../../src/core/repository.js';
import { readNodeArchive } from '../../src/core/wire/archive/nodes.js';
import { commitAll, committed } from '../helpers/repository.js';
import { moveTo, nodesOf, sendAll, sendContents, sendNodes } from '../helpers/send-repository.js';
import { makeRepository, testServer } from '../helpers/served.js';

const files = { 'a.txt': 'one', 'b/c.txt': 'two', 'b/d/e.txt': 'three' };

test('a branch moves to a commit that is here with all it names, and its nodes come back as sent', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const source = await committed(files);
  const id = source.resolve('HEAD');
  await sendAll(server, path, source, id);
  const moved = await moveTo(server, path, id);
  expect(moved.json).toMatchObject({ branch: { name: 'main', commit_id: id } });
  const answer = await server.request('GET', `${path}/tree/download/${id}`);
  const returned = new Map<string, Uint8Array>();
  for await (const node of readNodeArchive([gunzipSync(answer.bytes)])) {
    returned.set(node.id, Buffer.concat([node.blobs.node, node.blobs.children]));
  }
  for (const { id: nodeId, blobs } of nodesOf(source)) {
    expect(returned.get(nodeId)).toEqual(Buffer.concat([blobs.node, blobs.children]));
  }
  expect((await server.request('GET', `${path}/file/main/b/d/e.txt`)).text).toBe('three');
});

test('nodes whose ids follow our rule count as ours once a branch has them', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const source = await committed(files);
  const id = source.resolve('HEAD');
  await sendAll(server, path, source, id);
  await using stores = await OpenRepository.open(`${server.directory}/farm/cows`);
  const rootId = source.stores.commitTree(id)?.rootId ?? id;
  expect(stores.nodes.origin(rootId)).toBe('foreign');
  await moveTo(server, path, id);
  stores.environment.refresh();
  expect(stores.nodes.origin(rootId)).toBe('ours');
});

test('a branch does not move while nodes or contents are missing, and the answer counts them', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const source = await committed(files);
  const id = source.resolve('HEAD');
  const nodes = nodesOf(source);
  const some = nodes.filter(({ blobs }) => blobs.node[0] !== nodeTypes.vnode);
  await sendNodes(server, path, some);
  const refused = await moveTo(server, path, id);
  expect(refused.status).toBe(400);
  expect(refused.json).toMatchObject({ error: { type: 'reachable_objects_missing' } });
  await sendNodes(server, path, nodes);
  const still = await moveTo(server, path, id);
  expect(still.json).toMatchObject({ error: { missing_node_count: 0, missing_version_count: 3 } });
  const hashes = JSON.stringify({ hashes: [id] });
  const missing = () => server.request('POST', `${path}/commits/missing`, { body: hashes });
  expect((await missing()).json['hashes']).toEqual([id]);
  await sendContents(server, path, source, id);
  expect((await missing()).json['hashes']).toEqual([]);
  expect((await moveTo(server, path, id)).status).toBe(200);
});

test('a plain move that is no fast-forward is refused, unless the server was told to allow it', async () => {
  for (const allowPlainForce of [false, true]) {
    await using server = await testServer({ allowPlainForce });
    const path = await makeRepository(server);
    const source = await committed(files);
    const first = source.resolve('HEAD');
    const second = await commitAll(source, 'second', { 'a.txt': 'other' });
    await sendAll(server, path, source, second.id);
    await sendContents(server, path, source, first);
    expect((await moveTo(server, path, second.id)).status).toBe(200);
    const back = await moveTo(server, path, first);
    expect(back.status).toBe(allowPlainForce ? 200 : 409);
    if (allowPlainForce) continue;
    expect(back.json).toMatchObject({ error: { type: 'branch_head_mismatch' } });
    expect((await moveTo(server, path, first, second.id)).status).toBe(200);
    expect((await moveTo(server, path, second.id, second.id)).status).toBe(409);
  }
});

test('of many pushes at once exactly one wins, round after round', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const base = await committed(files);
  let head = base.resolve('HEAD');
  await sendAll(server, path, base, head);
  await moveTo(server, path, head);
  for (let round = 0; round < 5; round++) {
    const source = await committed(files);
    const rivals = [];
    for (let rival = 0; rival < 8; rival++) {
      const id = (await commitAll(source, `${round} ${rival}`, { 'a.txt': `${round} ${rival}` }))
        .id;
      rivals.push(id);
    }
    await sendNodes(server, path, nodesOf(source));
    for (const id of rivals) await sendContents(server, path, source, id);
    const answers = await Promise.all(rivals.map((id) => moveTo(server, path, id, head)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    const winner = rivals[answers.findIndex(({ status }) => status === 200)];
    const found = await server.request('GET', `${path}/branches/main`);
    expect(found.json).toMatchObject({ branch: { commit_id: winner } });
    head = winner ?? head;
  }
});

test('hints that name a commit which is not here name the commit that was sent afterwards', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const source = await committed(files);
  const first = source.resolve('HEAD');
  const second = await commitAll(source, 'second', { 'a.txt': 'other' });
  await sendContents(server, path, source, second.id);
  await sendNodes(
    server,
    path,
    nodesOf(source).filter(({ id }) => id !== first),
  );
  expect((await moveTo(server, path, second.id)).status).toBe(200);
  const answer = await server.request('GET', `${path}/tree/download`);
  const peek = new EntryPeek();
  const hints = new Set<string>();
  for await (const { blobs } of readNodeArchive([gunzipSync(answer.bytes)])) {
    const view = parseNode(blobs);
    if (view.type !== nodeTypes.vnode || view.childCount === 0) continue;
    peekChild(view, 0, peek);
    hints.add(hashFromBigEndian(view.children, peek.lastCommitIdOffset));
  }
  expect(hints).toContain(second.id);
});

test('another tree under a known id is refused, naming the directory', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const source = await committed(files);
  const id = source.resolve('HEAD');
  await sendAll(server, path, source, id);
  await moveTo(server, path, id);
  const vnode = nodesOf(source).find(
    ({ blobs }) =>
      blobs.node[0] === nodeTypes.vnode && Buffer.from(blobs.children).includes('e.txt'),
  );
  const children = Buffer.from(vnode?.blobs.children ?? []);
  children.write('x', children.indexOf('e.txt'));
  const other = vnode === undefined ? [] : [{ ...vnode, blobs: { ...vnode.blobs, children } }];
  const answer = await sendNodes(server, path, other);
  expect(answer.status).toBe(409);
  expect(answer.text).toContain("'b/d'");
  expect(answer.text).toContain(id);
});

test('the checked-out branch of a repository with a working tree does not move', async () => {
  await using server = await testServer();
  const { mkdirSync } = await import('node:fs');
  const root = `${server.directory}/farm/tree`;
  mkdirSync(root, { recursive: true });
  await (await OpenRepository.create(root)).close();
  const source = await committed(files);
  const id = source.resolve('HEAD');
  await sendAll(server, '/api/repos/farm/tree', source, id);
  expect((await moveTo(server, '/api/repos/farm/tree', id)).status).toBe(409);
});
