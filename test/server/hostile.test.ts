/** Requests of people who mean harm, or whose program is broken: 4xx with an envelope, and the server goes on. */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarFile, writeTar } from '../../src/core/wire/archive/write.js';
import { makeRepository, type TestServer, testServer } from '../helpers/served.js';

/** Sends a request line that no careful client would send. */
async function sendRaw(server: TestServer, text: string): Promise<string> {
  const socket = connect(server.server.port, '127.0.0.1');
  socket.end(text);
  const pieces: Uint8Array[] = [];
  socket.on('data', (piece: Uint8Array) => pieces.push(piece));
  await once(socket, 'close');
  return Buffer.concat(pieces).toString();
}

async function archive(entries: readonly [string, string | Uint8Array][]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const files = entries.map(([name, content]) => tarFile(name, Buffer.from(content)));
  for await (const piece of writeTar(files)) pieces.push(piece);
  return gzipSync(Buffer.concat(pieces));
}

test('refuses every way out of a repository in a path', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const ways = [
    '..',
    '%2e%2e',
    '%252e%252e',
    '..%2f..',
    '..%5c..',
    'a%00b',
    '.oxen',
    '.OXEN',
    '.oxen.',
    '%2eoxen',
  ];
  for (const way of ways) {
    for (const start of ['/file/main/', '/meta/main/', '/chunk/abc/', '/branches/', '/dir/main/']) {
      const target = `${repository}${start}${way}/config.toml`;
      const answer = await sendRaw(
        server,
        `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer).toContain('"status":"error"');
      expect(answer).not.toContain(server.directory);
    }
  }
});

test('refuses repositories named after its own data, and takes nothing but directories', async () => {
  await using server = await testServer();
  await makeRepository(server);
  for (const path of ['/api/repos/.oxen-server/removed', '/api/repos/farm/cows%2f..%2fcows']) {
    expect((await server.request('GET', path)).status).toBeGreaterThanOrEqual(400);
  }
});

test('refuses archives of directory hashes that would write anything else', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  for (const name of ['config.toml', '../config.toml', 'history/abc/dir_hashes/../x', '/etc/x']) {
    const body = await archive([[name, 'bad = true']]);
    const answer = await server.request('POST', `${repository}/commits/upload`, { body });
    expect(answer.status).toBe(400);
  }
  expect((await server.request('GET', repository)).status).toBe(200);
});

test('refuses malformed nodes, gzip and forms', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const bodies = [
    'no gzip',
    gzipSync('no tar'),
    gzipSync(Buffer.alloc(512, 1)).subarray(0, 20),
    await archive([['abc/def/node', 'x']]),
    await archive([
      ['abc/def/node', 'x'],
      ['abc/def/children', 'y'],
    ]),
    await archive([['abc/def/config', 'x']]),
  ];
  for (const body of bodies) {
    const answer = await server.request('POST', `${repository}/tree/nodes`, { body });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: 'error' });
  }
  const form = { 'content-type': 'multipart/form-data; boundary=x' };
  for (const [headers, status] of [
    [form, 400],
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'multipart/form-data' }, 400],
  ] as const) {
    const answer = await server.request('POST', `${repository}/versions`, {
      body: '--y\r\n',
      headers,
    });
    expect(answer.status).toBe(status);
  }
});

test('refuses a content that inflates beyond its limit, and stays small', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const head = '--x\r\ncontent-disposition: form-data; name="file[]"; filename="abc"\r\n';
  const body = Buffer.concat([
    Buffer.from(`${head}content-type: application/gzip\r\n\r\n`),
    bomb,
    Buffer.from('\r\n--x--\r\n'),
  ]);
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const answer = await server.request('POST', `${repository}/versions`, { body, headers });
  expect(answer.json['err_files']).toMatchObject([{ hash: 'abc' }]);
});

test('refuses bodies over the limit', async () => {
  const limits = { maxBodyBytes: 1000 };
  await using server = await testServer({ limits });
  const body = 'x'.repeat(5000);
  const answer = await server.request('POST', '/api/repos', { body });
  expect(answer.status).toBe(413);
});

test('refuses malformed JSON, numbers and hashes', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const bodies: readonly [string, string, string][] = [
    ['POST', '/commits/missing', '{'],
    ['POST', '/commits/missing', '{"hashes":["zz"]}'],
    ['POST', '/branches', '{"new_name":"a b","commit_id":"abc"}'],
    ['POST', '/branches', '[]'],
    ['PUT', '/branches/main', '{"commit_id":7}'],
    ['POST', '/versions/uploads', '{"hash":"../x","size":1}'],
    ['POST', '/versions/uploads', '{"hash":"abc","size":0}'],
    ['POST', '/versions/uploads', '{"hash":"abc","size":1e300}'],
  ];
  for (const [method, path, body] of bodies) {
    const answer = await server.request(method, repository + path, { body });
    expect([400, 404]).toContain(answer.status);
    expect(answer.json).toMatchObject({ status: 'error' });
  }
  const part = await server.request('PUT', `${repository}/versions/uploads/x/parts/-1`, {
    body: 'x',
  });
  expect(part.status).toBe(400);
});

test('answers what is no HTTP, and goes on', async () => {
  await using server = await testServer();
  expect(await sendRaw(server, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect((await server.request('GET', '/api/health')).status).toBe(200);
});

test('does not follow links out of the served directory', async () => {
  await using outside = await testServer();
  await makeRepository(outside);
  await using server = await testServer();
  const { symlinkSync } = await import('node:fs');
  symlinkSync(join(outside.directory, 'farm'), join(server.directory, 'farm'));
  expect((await server.request('GET', '/api/repos/farm/cows')).status).toBe(404);
  expect((await server.request('DELETE', '/api/repos/farm/cows')).status).toBe(404);
  expect(existsSync(join(outside.directory, 'farm', 'cows', '.oxen'))).toBe(true);
  expect(readdirSync(server.directory)).toEqual(['farm']);
});
