import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  AuthenticationError,
  IntegrityError,
  InterruptedError,
  OperationError,
  RemoteError,
} from '../../../src/core/model/errors.js';
import { readWhole } from '../../../src/core/remote/answer-body.js';
import { serverAnswerOf } from '../../../src/core/remote/errors.js';
import { isOutdatedAgent } from '../../../src/core/wire/headers.js';
import type { JsonObject } from '../../../src/core/wire/messages/envelope.js';
import { checkJson, record, text } from '../../../src/core/wire/messages/json-shape.js';
import { fakePace } from '../../helpers/fake-pace.js';
import { clientOf, failureOf, openClient } from '../../helpers/remote-client.js';
import { pour, scriptedServer } from '../../helpers/scripted-server.js';
import { testCertificate, testKey } from '../../helpers/test-certificate.js';

const named = record({ name: text() });
const decode = (fields: JsonObject) => checkJson('The answer', fields, named);
const show = {
  route: 'showRepository',
  what: 'looking at the repository',
  parameters: {},
} as const;
const tree = { route: 'downloadAllNodes', what: 'reading the tree', parameters: {} } as const;

async function* pieces(count: number, size: number) {
  for (let index = 0; index < count; index++) yield new Uint8Array(size).fill(index);
}

test('gives the members of an answer, with its token and an agent that passes the version gate', async () => {
  const server = await scriptedServer((exchange) => exchange.success({ name: 'cats', more: 1 }));
  const client = await openClient(server.remote, {
    token: { origin: server.origin, value: 'secret' },
    ownVersion: '1.2.3',
  });
  expect(await client.json(show, decode)).toEqual({ name: 'cats' });
  expect(server.lines()).toEqual(['GET /api/repos/ada/cats']);
  const headers = server.requests[0]?.headers ?? {};
  expect(headers.authorization).toBe('Bearer secret');
  expect(headers['user-agent']).toContain('oxen-ts/1.2.3');
  expect(isOutdatedAgent(headers['user-agent'])).toBe(false);
});

test('keeps its connection', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success({ name: 'cats' }));
  for (let round = 0; round < 20; round++) await client.json(show, decode);
  expect(server.sockets.size).toBeLessThanOrEqual(2);
});

test('never sends the token of another origin', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success({ name: 'x' }), {
    token: { origin: 'http://127.0.0.1:1', value: 'secret' },
  });
  await client.json(show, decode);
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});

test('follows a redirect on the same origin, but without the token', async () => {
  const server = await scriptedServer((exchange) =>
    exchange.number === 0
      ? exchange.bytes(307, '', { location: '/api/repos/ada/dogs?x=1' })
      : exchange.success({ name: 'dogs' }),
  );
  const token = { origin: server.origin, value: 'secret' };
  const client = await openClient(server.remote, { token });
  expect(await client.json(show, decode)).toEqual({ name: 'dogs' });
  expect(server.lines()[1]).toBe('GET /api/repos/ada/dogs?x=1');
  expect(server.requests[1]?.headers.authorization).toBeUndefined();
});

test('does not follow a redirect to another host, nor one of a request that changes something', async () => {
  const other = await scriptedServer((exchange) => exchange.success({ name: 'evil' }));
  const { client } = await clientOf((exchange) =>
    exchange.bytes(302, '', { location: `${other.origin}/api/repos/ada/cats` }),
  );
  const failure = await failureOf(client.json(show, decode));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(failure.message).toContain(`redirects looking at the repository to ${other.origin}`);
  const same = await clientOf((exchange) => exchange.bytes(308, '', { location: '/elsewhere' }));
  const call = {
    route: 'createBranch',
    what: 'creating a branch',
    parameters: {},
    body: Buffer.from('{}'),
  } as const;
  expect(await failureOf(same.client.json(call, decode))).toBeInstanceOf(RemoteError);
  expect(other.requests).toHaveLength(0);
  expect(same.server.requests).toHaveLength(1);
});

test('ends a chain of redirects', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.bytes(301, '', { location: exchange.request.target }),
  );
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(RemoteError);
  expect(server.requests).toHaveLength(4);
});

test('waits for the JSON behind heart-beats and judges the body, not the status', async () => {
  const { client } = await clientOf(async ({ readBody, response, number }) => {
    await readBody();
    response.write('\n');
    response.write('\n');
    const good = { status: 'success', status_message: 'resource_found', name: 'cats' };
    const bad = { status: 'error', status_message: 'Incomplete merkle node' };
    response.end(JSON.stringify(number === 0 ? good : bad));
  });
  expect(await client.json({ ...show, isWork: true }, decode)).toEqual({ name: 'cats' });
  const failure = await failureOf(client.json({ ...show, isWork: true }, decode));
  expect(failure.message).toBe(
    'The server refused looking at the repository: Incomplete merkle node.',
  );
});

test.each([
  ['an HTML page', '<html>Welcome</html>'],
  ['no envelope', '{"name":"cats"}'],
  ['nothing', ''],
  ['an unknown status', '{"status":"maybe","status_message":"x"}'],
  ['a list', '[1]'],
  ['deep nesting', '['.repeat(1_000_000)],
])('takes %s for a failure', async (_, body) => {
  const { client } = await clientOf((exchange) => exchange.bytes(200, body));
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(RemoteError);
});

test('takes an answer that lacks what it must have for a failure of the server', async () => {
  const { client } = await clientOf((exchange) => exchange.success({ name: 7 }));
  const failure = await failureOf(client.json(show, decode));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(failure.message).toContain('name must be a text');
});

test('shows plain text of a proxy or framework that refuses', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.bytes(413, 'payload reached size limit', { 'content-type': 'text/plain' }),
  );
  const failure = await failureOf(client.json(show, decode));
  expect(failure.message).toContain('payload reached size limit');
});

test('gives undefined for what is absent', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.json(404, { status: 'error', status_message: 'resource_not_found' }),
  );
  expect(await client.find(show, decode)).toBeUndefined();
});

test('explains a missing token', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.json(401, { status: 'error', status_message: 'unauthenticated' }),
  );
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(AuthenticationError);
});

test('tries a busy server again, opening the body anew each time', async () => {
  const pace = fakePace(0);
  const { client, server } = await clientOf(
    (exchange) =>
      exchange.number < 2
        ? exchange.json(429, { status: 'error', status_message: 'x' }, { 'retry-after': '1' })
        : exchange.success({ name: 'cats' }),
    { pace },
  );
  const body = { open: () => pieces(3, 1000) };
  await client.json({ ...tree, route: 'uploadNodes', body }, decode);
  expect(server.requests.map((request) => request.body.length)).toEqual([3000, 3000, 3000]);
  expect(pace.waits).toEqual([1000, 1000]);
});

test('tries a connection again that the server resets', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    if (exchange.number < 2) exchange.response.destroy();
    else await exchange.success({ name: 'cats' });
  });
  expect(await client.json(show, decode)).toEqual({ name: 'cats' });
  expect(server.requests).toHaveLength(3);
});

test('does not try again what may be done only once', async () => {
  const { client, server } = await clientOf((exchange) => {
    exchange.response.destroy();
  });
  const failure = await failureOf(client.json({ ...show, isOnce: true }, decode));
  expect(failure).toBeInstanceOf(RemoteError);
  expect(server.requests).toHaveLength(1);
});

test('says at once that nothing listens there', async () => {
  const server = await scriptedServer(() => {});
  await server.close();
  const pace = fakePace();
  const client = await openClient(server.remote, { pace });
  const failure = await failureOf(client.json(show, decode));
  expect(failure.message).toContain('nothing listens there');
  expect(pace.waits).toEqual([]);
});

test('says that a host is not known', async () => {
  const remote = {
    scheme: 'http',
    host: 'nowhere.invalid',
    namespace: 'ada',
    name: 'cats',
  } as const;
  const client = await openClient(remote, { retryCount: 0 });
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(RemoteError);
});

test('gives up a server that accepts and never answers', async () => {
  const { client } = await clientOf(() => {}, { limits: { idleMs: 40 }, retryCount: 1 });
  const failure = await failureOf(client.json(show, decode));
  expect(failure.message).toContain('did not answer in time');
});

test('gives up a server that says again and again that it is working', async () => {
  const { client } = await clientOf(
    ({ response }) => {
      const timer = setInterval(() => response.writeProcessing(), 5);
      response.on('close', () => clearInterval(timer));
    },
    { limits: { idleMs: 60 }, retryCount: 0 },
  );
  const failure = await failureOf(client.json(show, decode));
  expect(failure.message).toContain('did not answer in time');
});

test('gives up a server that stops in the middle', async () => {
  const { client } = await clientOf(
    ({ response }) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
    },
    { limits: { idleMs: 40 }, retryCount: 0 },
  );
  const answer = await client.stream(tree);
  const failure = await failureOf(readWhole(answer.body(1000)));
  expect(failure.message).toContain('stopped sending');
});

test('gives up a server that sends a byte now and then', async () => {
  const pace = fakePace();
  const { client } = await clientOf(
    ({ response }) => {
      const timer = setInterval(() => response.write('x'), 1);
      response.on('close', () => clearInterval(timer));
    },
    { pace },
  );
  const answer = await client.stream(tree);
  const reading = (async () => {
    for await (const _ of answer.body(1e9)) pace.advance(0);
  })();
  const ticking = setInterval(() => pace.advance(10_000), 1);
  onTestFinished(() => clearInterval(ticking));
  expect((await failureOf(reading)).message).toContain('sends too slowly');
});

test('takes a body that breaks off for a failure', async () => {
  const { client } = await clientOf(({ response }) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  const answer = await client.stream(tree);
  expect(await failureOf(readWhole(answer.body(1000)))).toBeInstanceOf(RemoteError);
});

test('takes a chunked body that breaks off for a failure', async () => {
  const { client } = await clientOf(({ response }) => {
    response.write('half', () => response.destroy());
  });
  const answer = await client.stream(tree);
  expect(await failureOf(readWhole(answer.body(1000)))).toBeInstanceOf(RemoteError);
});

test('stops reading an endless body at its limit, and closes the connection', async () => {
  const sent = { bytes: 0 };
  const { client } = await clientOf(({ response }) => pour(response, sent, Infinity));
  const answer = await client.stream(tree);
  const failure = await failureOf(readWhole(answer.body(1_000_000)));
  expect(failure.message).toContain('more than 1000000 bytes');
  expect(sent.bytes).toBeLessThan(16 * 1024 * 1024);
});

test('reads no further than its caller does', async () => {
  const sent = { bytes: 0 };
  const { client } = await clientOf(({ response }) => pour(response, sent, 128 * 1024 * 1024));
  const answer = await client.stream(tree);
  const body = answer.body(1e9)[Symbol.asyncIterator]();
  await body.next();
  // The server goes on until the buffers of both ends and of the kernel are full.
  for (let quiet = 0, before = 0; quiet < 500; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (before !== sent.bytes) quiet = 0;
    before = sent.bytes;
  }
  expect(sent.bytes).toBeLessThan(24 * 1024 * 1024);
  await body.return?.();
});

test('asks the source of a body for no more than the server takes', async () => {
  let madeBytes = 0;
  const { client } = await clientOf(() => {}, { limits: { idleMs: 300 }, retryCount: 0 });
  const open = async function* () {
    for (let index = 0; index < 2000; index++) {
      madeBytes += 65_536;
      yield Buffer.alloc(65_536);
    }
  };
  await failureOf(client.json({ ...tree, route: 'uploadNodes', body: { open } }, decode));
  expect(madeBytes).toBeLessThan(24 * 1024 * 1024);
});

test('passes on what the source of a body throws, and does not try again', async () => {
  const { client } = await clientOf((exchange) => exchange.success({ name: 'x' }));
  const full = new OperationError('The disk failed.');
  let opened = 0;
  const open = async function* () {
    opened++;
    yield Buffer.from('a');
    throw full;
  };
  const failure = await failureOf(
    client.json({ ...tree, route: 'uploadNodes', body: { open } }, decode),
  );
  expect(failure).toBe(full);
  expect(opened).toBe(1);
});

test.each([39, 41])('refuses a body that is not as long as announced: %i', async (sizeBytes) => {
  const { client } = await clientOf((exchange) => exchange.success({ name: 'x' }));
  const body = { open: () => pieces(4, 10), sizeBytes };
  const failure = await failureOf(client.json({ ...tree, route: 'uploadNodes', body }, decode));
  expect(failure).toBeInstanceOf(IntegrityError);
});

test('sends a body of known size with its length', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success({ name: 'x' }));
  const body = { open: () => pieces(4, 10), sizeBytes: 40 };
  await client.json({ ...tree, route: 'uploadNodes', body }, decode);
  expect(server.requests[0]?.headers['content-length']).toBe('40');
  expect(server.requests[0]?.headers['transfer-encoding']).toBeUndefined();
});

test('understands a refusal that comes before the body was read', async () => {
  const { client } = await clientOf(({ response }) => {
    response.writeHead(400, { connection: 'close', 'content-type': 'text/plain' });
    response.end('Payload error');
  });
  const body = { open: () => pieces(3, 1000) };
  const failure = await failureOf(client.json({ ...tree, route: 'uploadNodes', body }, decode));
  expect(failure.message).toContain('Payload error');
  expect(serverAnswerOf(failure)?.status).toBe(400);
});

test('refuses a header without end', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n');
    const line = `x-junk: ${'y'.repeat(1000)}\r\n`;
    for (let index = 0; index < 100; index++) socket.write(line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const remote = { scheme: 'http', host: `127.0.0.1:${port}`, namespace: 'a', name: 'b' } as const;
  const client = await openClient(remote, { retryCount: 0 });
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(RemoteError);
});

test('takes an answer that is no HTTP for a failure', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.end('SSH-2.0-OpenSSH_9.2\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const remote = { scheme: 'http', host: `127.0.0.1:${port}`, namespace: 'a', name: 'b' } as const;
  const client = await openClient(remote, { retryCount: 0 });
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(RemoteError);
});

test('refuses a server whose certificate nobody vouches for, before it sends anything', async () => {
  let requestCount = 0;
  const server = createTlsServer({ key: testKey, cert: testCertificate }, () => {
    requestCount++;
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const client = await openClient({ scheme: 'https', host, namespace: 'a', name: 'b' });
  const failure = await failureOf(client.json(show, decode));
  expect(failure).toBeInstanceOf(RemoteError);
  expect((failure as RemoteError).hint).toContain('NODE_EXTRA_CA_CERTS');
  expect(requestCount).toBe(0);
});

test('ends requests under way when the user wants to stop', async () => {
  const controller = new AbortController();
  const { client } = await clientOf(() => controller.abort(), { signal: controller.signal });
  expect(await failureOf(client.json(show, decode))).toBeInstanceOf(InterruptedError);
});

test('ends a body under way when the user wants to stop', async () => {
  const controller = new AbortController();
  const { client } = await clientOf(({ response }) => void response.write('x'), {
    signal: controller.signal,
  });
  const answer = await client.stream(tree);
  const reading = failureOf(
    (async () => {
      for await (const _ of answer.body(1000)) controller.abort();
    })(),
  );
  expect(await reading).toBeInstanceOf(InterruptedError);
});

test('uses the connection again after an answer that was dropped', async () => {
  const { client, server } = await clientOf((exchange) => exchange.bytes(200, 'some bytes'));
  for (let round = 0; round < 20; round++) await (await client.stream(tree)).drop();
  expect(server.sockets.size).toBeLessThanOrEqual(2);
});
