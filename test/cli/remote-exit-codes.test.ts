/** What the built program does with a server that refuses, is not there, is busy, or lies: an exit code, a hint, and nothing wrong on disk. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createRemote } from '../../src/api/remote.js';
import { hashBytes } from '../../src/core/format/hashing.js';
import { acquireLock } from '../../src/core/store/locks.js';
import { writeVersionArchive } from '../../src/core/wire/archive/versions.js';
import { type Lie, lyingServer } from '../helpers/lying-server.js';
import { collect } from '../helpers/remote-client.js';
import { committed } from '../helpers/repository.js';
import { type OxenRun, runOxen } from '../helpers/run-oxen.js';
import { type Exchange, scriptedServer } from '../helpers/scripted-server.js';
import { startTestServer } from '../helpers/server.js';
import { rawTar } from '../helpers/tar-fixtures.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const home = temporaryDirectory();
const content = Buffer.from('a cat, and no dog\n');

function oxen(cwd: string, ...words: string[]): Promise<OxenRun> {
  return runOxen(words, { cwd, environment: { HOME: home, OXEN_NUM_RETRIES: '0' } });
}

/** Pushes one file to a server and returns the origin of that server. */
async function honest(): Promise<string> {
  const { server } = await startTestServer();
  const origin = `http://127.0.0.1:${server.port}`;
  const repository = await committed({ 'cat.txt': String(content) });
  await createRemote(`${origin}/ada/cats`);
  repository.setRemote('origin', `${origin}/ada/cats`);
  await repository.push();
  return origin;
}

/** Clones from a liar and returns the run; no file may have come to the working tree. */
async function cloneFrom(lie: Lie): Promise<OxenRun> {
  const liar = await lyingServer(await honest(), lie);
  const base = temporaryDirectory();
  const run = await oxen(base, 'clone', `${liar.origin}/ada/cats`, 'copy');
  expect(run.stderr).toMatch(/^Error: .+\n/);
  expect(existsSync(join(base, 'copy', 'cat.txt'))).toBe(false);
  expect(readdirSync(base).filter((name) => name !== 'copy')).toEqual([]);
  return run;
}

/** Lies about one route only. */
function about(method: string, part: string, answer: (exchange: Exchange) => unknown): Lie {
  return async (exchange) => {
    const { request } = exchange;
    if (request.method !== method || !request.target.includes(part)) return false;
    await answer(exchange);
    return true;
  };
}

async function archiveOf(bytes: Uint8Array): Promise<Buffer> {
  const hash = hashBytes(content);
  const pieces = writeVersionArchive([{ hash, sizeBytes: bytes.length, content: bytes }]);
  return gzipSync(Buffer.concat(await collect(pieces)));
}

test('a wrong or missing token ends in 5, with the command to store one', async () => {
  const { server } = await startTestServer({ needsToken: true });
  const url = `http://127.0.0.1:${server.port}/ada/cats`;
  const without = await oxen(temporaryDirectory(), 'clone', url);
  expect(without).toMatchObject({ exitCode: 5 });
  expect(without.stderr).toContain('Store a token for this host: oxen config --auth');
  await oxen(home, 'config', '--auth', `127.0.0.1:${server.port}`, 'wrong');
  expect(await oxen(temporaryDirectory(), 'clone', url)).toMatchObject({ exitCode: 5 });
});

test('a server that is not there ends in 6', async () => {
  const gone = await scriptedServer(() => undefined);
  await gone.close();
  const run = await oxen(temporaryDirectory(), 'clone', `${gone.origin}/ada/cats`);
  expect(run).toMatchObject({ exitCode: 6 });
  expect(run.stderr).toContain('nothing listens there');
});

test('a server that is none of Oxen ends in 6', async () => {
  const page = about('GET', '/api/repos', (exchange) =>
    exchange.bytes(200, '<html>welcome</html>'),
  );
  expect(await cloneFrom(page)).toMatchObject({ exitCode: 6 });
});

test('a server that breaks off ends in 6', async () => {
  const cut = about('GET', 'tree/download', ({ response }) => response.destroy());
  expect(await cloneFrom(cut)).toMatchObject({ exitCode: 6 });
});

test('an answer without an end ends in 6', async () => {
  const blanks = about('GET', 'branches', ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    Readable.from(endless(Buffer.alloc(1 << 20, '\n'))).pipe(response);
  });
  expect(await cloneFrom(blanks)).toMatchObject({ exitCode: 6 });
});

test('a content without an end ends in 6 or 7', async () => {
  const bomb = about('QUERY', 'versions', ({ response }) => {
    response.writeHead(200);
    Readable.from(endless(Buffer.alloc(1 << 20)))
      .pipe(createGzip())
      .pipe(response);
  });
  expect([6, 7]).toContain((await cloneFrom(bomb)).exitCode);
});

function* endless(piece: Buffer): Generator<Buffer> {
  for (let count = 0; count < 4096; count++) yield piece;
}

test('other bytes of the same size end in 7', async () => {
  const other = await archiveOf(Buffer.from('a dog, and no cat\n'));
  const lie = about('QUERY', 'versions', (exchange) => exchange.bytes(200, other));
  expect(await cloneFrom(lie)).toMatchObject({ exitCode: 7 });
});

test('a content of another size ends in 7', async () => {
  const longer = await archiveOf(Buffer.concat([content, content]));
  const lie = about('QUERY', 'versions', (exchange) => exchange.bytes(200, longer));
  expect(await cloneFrom(lie)).toMatchObject({ exitCode: 7 });
});

test('names that lead out of the repository end in 6 or 7', async () => {
  for (const name of ['../../evil', '/tmp/evil', 'tree/nodes/../../../evil', '.oxen/config.toml']) {
    const archive = gzipSync(rawTar({ name, content: 'moo' }));
    const lie = about('GET', 'tree/download', (exchange) => exchange.bytes(200, archive));
    expect([6, 7]).toContain((await cloneFrom(lie)).exitCode);
  }
}, 60_000);

test('a redirect to another host ends in 6 and takes no token along', async () => {
  const other = await scriptedServer(({ success }) => success());
  const liar = await lyingServer(await honest(), async ({ bytes, request }) => {
    await bytes(307, '', { location: other.origin + request.target });
    return true;
  });
  await oxen(home, 'config', '--auth', new URL(liar.origin).host, 'secret');
  await oxen(home, 'config', '--auth', new URL(other.origin).host, 'other');
  const run = await oxen(temporaryDirectory(), 'clone', `${liar.origin}/ada/cats`);
  expect(run).toMatchObject({ exitCode: 6 });
  expect(liar.requests.map(({ headers }) => headers.authorization)).toContain('Bearer secret');
  expect(other.requests).toEqual([]);
});

test('a server that is busy ends in 8', async () => {
  const busy = { status: 'error', status_message: 'too_many_requests' };
  const server = await scriptedServer(({ json }) => json(429, busy));
  const run = await oxen(temporaryDirectory(), 'clone', `${server.origin}/ada/cats`);
  expect(run).toMatchObject({ exitCode: 8 });
  expect(run.stderr).toContain('hint: The server is busy');
});

test('a repository that another process changes ends in 8, with its number', async () => {
  const { root } = await committed({ 'cat.txt': 'a cat' });
  using _lock = await acquireLock(join(root, '.oxen'), 'worktree');
  const run = await oxen(root, 'restore', '.');
  expect(run).toMatchObject({ exitCode: 8 });
  expect(run.stderr).toContain(String(process.pid));
}, 60_000);
