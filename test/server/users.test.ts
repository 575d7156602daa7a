import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addUser } from '../../src/server/start.js';
import { testServer } from '../helpers/served.js';

const outputFile = join(mkdtempSync(join(tmpdir(), 'oxen-users-')), 'auth_config.toml');

function give(
  directory: string,
  name: string,
  rights: 'read' | 'write' | 'admin',
  namespaces: readonly string[] = [],
): { authorization: string } {
  const email = `${name}@example.com`;
  const host = '127.0.0.1:3000';
  const token = addUser({ directory, name, email, rights, namespaces, outputFile, host });
  return { authorization: `Bearer ${token}` };
}

const newRepository = (namespace: string) => ({
  body: JSON.stringify({ namespace, name: 'cows' }),
});

test('without a token only public requests are answered', async () => {
  await using server = await testServer({ needsToken: true });
  expect((await server.request('GET', '/api/health')).status).toBe(200);
  for (const path of ['/api/namespaces', '/api/repos/farm/cows', '/metrics', '/repositories']) {
    const answer = await server.request('GET', path);
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ status: 'error', status_message: 'unauthenticated' });
  }
  expect((await server.request('POST', '/api/repos', newRepository('farm'))).status).toBe(401);
});

test('a wrong or malformed token is no token', async () => {
  await using server = await testServer({ needsToken: true });
  give(server.directory, 'bessie', 'admin');
  for (const authorization of [
    'Bearer wrong',
    'Bearer',
    'Basic abc',
    `Bearer ${'x'.repeat(2000)}`,
  ]) {
    const headers = { authorization };
    expect((await server.request('GET', '/api/namespaces', { headers })).status).toBe(401);
  }
});

test('rights decide what a user may do, and a new user counts at once', async () => {
  await using server = await testServer({ needsToken: true });
  const reader = give(server.directory, 'reader', 'read');
  const writer = give(server.directory, 'writer', 'write');
  const admin = give(server.directory, 'admin', 'admin');
  const create = newRepository('farm');
  expect((await server.request('POST', '/api/repos', { ...create, headers: reader })).status).toBe(
    403,
  );
  expect((await server.request('POST', '/api/repos', { ...create, headers: writer })).status).toBe(
    200,
  );
  const path = '/api/repos/farm/cows';
  expect((await server.request('GET', path, { headers: reader })).status).toBe(200);
  expect((await server.request('DELETE', path, { headers: writer })).status).toBe(403);
  expect((await server.request('DELETE', path, { headers: admin })).status).toBe(200);
});

test('rights end at the namespaces of a user', async () => {
  await using server = await testServer({ needsToken: true });
  const headers = give(server.directory, 'bessie', 'write', ['farm']);
  expect(
    (await server.request('POST', '/api/repos', { ...newRepository('farm'), headers })).status,
  ).toBe(200);
  expect(
    (await server.request('POST', '/api/repos', { ...newRepository('zoo'), headers })).status,
  ).toBe(403);
  expect((await server.request('GET', '/api/repos/zoo/cows', { headers })).status).toBe(403);
});

test('the token is written for the user, kept only as a hash, and never logged', async () => {
  await using server = await testServer({ needsToken: true });
  const headers = give(server.directory, 'bessie', 'read');
  const token = headers.authorization.slice('Bearer '.length);
  await server.request('GET', '/api/namespaces', { headers });
  const kept = join(server.directory, '.oxen-server', 'users.toml');
  expect(readFileSync(outputFile, 'utf8')).toContain(token);
  expect(readFileSync(kept, 'utf8')).not.toContain(token);
  expect(statSync(kept).mode & 0o077).toBe(0);
  expect(server.log.join()).not.toContain(token);
  expect(existsSync(join(server.directory, 'bessie'))).toBe(false);
});

test('a second token for an email address ends the first', async () => {
  await using server = await testServer({ needsToken: true });
  const first = give(server.directory, 'bessie', 'read');
  const second = give(server.directory, 'bessie', 'read');
  expect((await server.request('GET', '/api/namespaces', { headers: first })).status).toBe(401);
  expect((await server.request('GET', '/api/namespaces', { headers: second })).status).toBe(200);
});
