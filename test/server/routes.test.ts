import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readVersionArchive } from '../../src/core/wire/archive/versions.js';
import { inflate } from '../../src/server/compression.js';
import { hashOf, makeRepository, testServer, versionsForm } from '../helpers/served.js';

test('answers health, versions and metrics', async () => {
  await using server = await testServer();
  expect((await server.request('GET', '/api/health')).json).toMatchObject({ status: 'success' });
  expect((await server.request('GET', '/api/version')).json).toMatchObject({
    oxen_version: '0.65.2',
  });
  expect((await server.request('GET', '/api/min_version')).json).toMatchObject({
    version: '0.36.0',
  });
  const metrics = await server.request('GET', '/metrics');
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(metrics.text).toContain('oxen_requests_total{route="showHealth",status="200"} 1');
});

test('gives every answer the version and the request id that was sent', async () => {
  await using server = await testServer();
  const headers = { 'x-oxen-request-id': 'abc-1' };
  const answer = await server.request('GET', '/nothing', { headers });
  expect(answer.status).toBe(404);
  expect(answer.json).toMatchObject({ status: 'error', status_message: 'resource_not_found' });
  expect(answer.headers.get('x-oxen-request-id')).toBe('abc-1');
  expect(answer.headers.get('oxen-version')).toBe('0.65.2');
});

test('makes, lists, shows and removes repositories', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  expect((await server.request('GET', repository)).json).toMatchObject({
    repository: { namespace: 'farm', name: 'cows', is_empty: true, storage_kind: 'local' },
  });
  const again = JSON.stringify({ namespace: 'farm', name: 'cows' });
  expect((await server.request('POST', '/api/repos', { body: again })).status).toBe(409);
  expect((await server.request('GET', '/api/repos/farm')).json).toMatchObject({
    repositories: [{ namespace: 'farm', name: 'cows' }],
  });
  expect((await server.request('DELETE', repository)).status).toBe(200);
  expect((await server.request('GET', repository)).status).toBe(404);
  expect((await server.request('DELETE', repository)).status).toBe(404);
  expect((await server.request('POST', '/api/repos', { body: again })).status).toBe(200);
});

test('refuses names that could leave the served directory', async () => {
  await using server = await testServer();
  for (const name of ['..', '../x', '.oxen', 'a/b', '', 'a\\b', 'a\0b', '-x']) {
    const body = JSON.stringify({ namespace: 'farm', name });
    expect((await server.request('POST', '/api/repos', { body })).status).toBe(400);
    const asNamespace = JSON.stringify({ namespace: name, name: 'cows' });
    expect((await server.request('POST', '/api/repos', { body: asNamespace })).status).toBe(400);
  }
});

test('turns away clients that are too old', async () => {
  await using server = await testServer();
  const headers = { 'user-agent': 'Oxen/0.30.0 (Linux; CLI)' };
  const repository = await makeRepository(server);
  expect((await server.request('GET', repository, { headers })).status).toBe(426);
  expect((await server.request('GET', '/api/version', { headers })).status).toBe(200);
});

test('takes contents as a form and gives them back as an archive', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const contents = ['one', 'two', ''];
  const upload = await server.request(
    'POST',
    `${repository}/versions`,
    await versionsForm(contents),
  );
  expect(upload.json).toMatchObject({ status: 'success', err_files: [] });
  const body = gzipSync(contents.map((content) => `${hashOf(content)}\n`).join(''));
  const answer = await server.request('QUERY', `${repository}/versions`, { body });
  const found: Record<string, string> = {};
  for await (const version of readVersionArchive(inflate(once(answer.bytes)))) {
    found[version.hash] = Buffer.from(await version.readAll()).toString();
  }
  expect(found).toEqual(Object.fromEntries(contents.map((text) => [hashOf(text), text])));
});

test('refuses a content with another hash, and tells which', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const wrong = hashOf('something else');
  const form = await versionsForm(['good', 'bad'], [hashOf('good'), wrong]);
  const { json } = await server.request('POST', `${repository}/versions`, form);
  expect(json['err_files']).toMatchObject([{ hash: wrong }]);
  expect((await server.request('GET', `${repository}/versions/${wrong}/metadata`)).status).toBe(
    404,
  );
  const good = await server.request('GET', `${repository}/versions/${hashOf('good')}/metadata`);
  expect(good.json).toMatchObject({ version: { size: 4 } });
});

test('lists all contents that it lacks before it sends one', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const body = gzipSync('abc\ndef\n');
  const answer = await server.request('QUERY', `${repository}/versions`, { body });
  expect(answer.status).toBe(404);
  expect(answer.json).toMatchObject({
    error: { type: 'version_blobs_missing', missing_hashes: ['abc', 'def'] },
  });
});

test('takes a large content in parts that come in any order, and checks the whole', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const content = Buffer.alloc(25 * 1024 * 1024 + 7, 'ox');
  const begin = await server.request('POST', `${repository}/versions/uploads`, {
    body: JSON.stringify({ hash: hashOf(content), size: content.length, destination: null }),
  });
  const { upload_id: id, part_size: size, num_parts: count } = begin.json as Record<string, number>;
  const send = (part: number) =>
    server.request('PUT', `${repository}/versions/uploads/${id}/parts/${part}`, {
      body: content.subarray((part - 1) * Number(size), part * Number(size)),
    });
  expect(count).toBe(3);
  const answers = await Promise.all([send(3), send(2), send(1)]);
  expect(answers.map(({ json }) => json['completed'])).toEqual([true, false, false]);
  expect((await send(1)).status).toBe(404);
  const second = await server.request('POST', `${repository}/versions/uploads`, {
    body: JSON.stringify({ hash: hashOf(content), size: content.length }),
  });
  expect(second.json).toMatchObject({ file: 'already_stored' });
});

test('refuses parts of the wrong length and contents of the wrong hash', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const begin = async () => {
    const answer = await server.request('POST', `${repository}/versions/uploads`, {
      body: JSON.stringify({ hash: 'abc123', size: 10 }),
    });
    return `${repository}/versions/uploads/${answer.json['upload_id']}/parts`;
  };
  const parts = await begin();
  expect((await server.request('PUT', `${parts}/1`, { body: 'short' })).status).toBe(400);
  expect((await server.request('PUT', `${parts}/1`, { body: 'far too long' })).status).toBe(400);
  expect((await server.request('PUT', `${parts}/2`, { body: '0123456789' })).status).toBe(400);
  expect((await server.request('PUT', `${parts}/1`, { body: '0123456789' })).status).toBe(400);
  expect((await server.request('PUT', `${parts}/1`, { body: '0123456789' })).status).toBe(404);
});

test('says which commits and branches it does not have', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const body = JSON.stringify({ hashes: ['abc', 'def'] });
  const missing = await server.request('POST', `${repository}/commits/missing`, { body });
  expect(missing.json['hashes']).toEqual(['abc', 'def']);
  expect((await server.request('GET', `${repository}/branches/main`)).status).toBe(404);
  const move = { body: JSON.stringify({ commit_id: 'abc' }) };
  expect((await server.request('PUT', `${repository}/branches/main`, move)).status).toBe(404);
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('commits the files that a repository is made with', async () => {
  await using server = await testServer();
  const files = [
    { path: 'README.md', contents: '# cows\n', user: { name: 'Bessie', email: 'b@example.com' } },
  ];
  const body = JSON.stringify({ namespace: 'farm', name: 'cows', files });
  const made = await server.request('POST', '/api/repos', { body });
  expect(made.json).toMatchObject({
    repository: { latest_commit: { message: 'Initial commit', author: 'Bessie' } },
  });
  const file = await server.request('GET', '/api/repos/farm/cows/file/main/README.md');
  expect(file.text).toBe('# cows\n');
  expect(file.headers.get('content-length')).toBe('7');
  const dir = await server.request('GET', '/api/repos/farm/cows/dir/main');
  expect(dir.json).toMatchObject({
    entries: [{ filename: 'README.md', data_type: 'text', size: 7 }],
  });
});

test('speaks the interface of 2022', async () => {
  await using server = await testServer();
  const make = (body: string) => server.request('POST', '/repositories', { body });
  expect((await make('{"name":"MyRepo"}')).json).toMatchObject({
    status_message: 'resource_created',
  });
  expect((await make('{')).json).toMatchObject({
    status: 'error',
    status_message: 'Invalid body.',
  });
  expect((await server.request('GET', '/repositories')).json).toMatchObject({
    repositories: [{ name: 'MyRepo' }],
  });
  const add = (name: string, content: string) =>
    server.request('POST', `/repositories/MyRepo/entries?path=${name}`, { body: content });
  const added = await Promise.all([add('a.txt', 'one\n'), add('b/c.txt', 'two\n')]);
  expect(added.map(({ json }) => json['entry'])).toMatchObject([
    { data_type: 'text', filename: 'a.txt', hash: hashOf('one\n') },
    { data_type: 'text', filename: 'b/c.txt', hash: hashOf('two\n') },
  ]);
  expect((await server.request('GET', '/repositories/MyRepo/b/c.txt')).text).toBe('two\n');
  expect(
    (await server.request('POST', '/repositories/No/entries?path=a', { body: 'x' })).status,
  ).toBe(400);
  expect((await add('..%2Fx', 'x')).status).toBe(400);
});
