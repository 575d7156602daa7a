import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RateLimit } from '../../src/server/rate-limit.js';
import { type TestServer, testServer } from '../helpers/served.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { testCertificate, testKey } from '../helpers/test-certificate.js';

/** Opens a connection and sends the text; returns it with what comes back until it ends. */
function open(server: TestServer, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(server.server.port, '127.0.0.1');
  const pieces: Uint8Array[] = [];
  socket.on('data', (piece: Uint8Array) => pieces.push(piece));
  socket.on('error', () => undefined); // a reset is an end, too
  socket.write(text);
  const answer = once(socket, 'close').then(() => Buffer.concat(pieces).toString());
  return { socket, answer };
}

test('a bucket lets two seconds of requests through at once, and then as many as come in', () => {
  const limit = new RateLimit(5);
  const admitted = Array.from({ length: 12 }, () => limit.admit('cow', 1000));
  expect(admitted).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(limit.admit('ox', 1000)).toBe(0);
  expect(limit.admit('cow', 1200)).toBe(0);
  expect(limit.admit('cow', 1200)).toBe(1);
});

test('a bucket of a slow server says how long to wait', () => {
  const limit = new RateLimit(0.1);
  expect(limit.admit('cow', 0)).toBe(0);
  expect(limit.admit('cow', 0)).toBe(10);
});

test('more requests than allowed get 429 and when to come back', async () => {
  await using server = await testServer({ limits: { requestsPerSecond: 1 } });
  const answers = [];
  for (let count = 0; count < 4; count++) {
    answers.push(await server.request('GET', '/api/version'));
  }
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect(refused?.json).toMatchObject({ status: 'error', error: { type: 'too_many_requests' } });
});

test('headers that are too large get 431', async () => {
  await using server = await testServer({ limits: { maxHeaderBytes: 2048 } });
  const { answer } = open(server, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(5000)}\r\n\r\n`);
  expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a connection that brings half a request, or none, is closed', async () => {
  await using server = await testServer({ limits: { headerTimeoutMs: 100 } });
  const half = open(server, 'GET /api/health HTTP/1.1\r\nhost: x\r\n');
  const none = open(server, '');
  expect(await half.answer).toMatch(/^HTTP\/1\.1 408 /);
  await none.answer;
  expect((await server.request('GET', '/api/health')).status).toBe(200);
});

test('a body that stands still ends its connection', async () => {
  await using server = await testServer({ limits: { idleTimeoutMs: 100 } });
  const head = 'POST /api/repos HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{';
  await open(server, head).answer;
  expect((await server.request('GET', '/api/health')).status).toBe(200);
});

test('a body that hardly moves gets 408', async () => {
  await using server = await testServer({ limits: { idleTimeoutMs: 1000 } });
  const head = 'POST /api/repos HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n';
  const { socket, answer } = open(server, head);
  const timer = setInterval(() => socket.write('x'), 50);
  const text = await answer;
  clearInterval(timer);
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
});

test('connections beyond the limit are closed, and the others served', async () => {
  await using server = await testServer({ limits: { maxConnections: 1 } });
  const first = open(server, 'GET /api/version HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(first.socket, 'data');
  await open(server, '').answer;
  first.socket.write('GET /api/version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect((await first.answer).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
});

test('serves over TLS with the certificate and key of two files', async () => {
  const files = temporaryDirectory();
  const [tlsCertFile, tlsKeyFile] = [join(files, 'cert.pem'), join(files, 'key.pem')];
  writeFileSync(tlsCertFile, testCertificate);
  writeFileSync(tlsKeyFile, testKey);
  await using server = await testServer({ tlsCertFile, tlsKeyFile });
  const url = `https://127.0.0.1:${server.server.port}/api/health`;
  const status = await new Promise((resolve, reject) => {
    request(url, { ca: testCertificate, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
  await open(server, 'GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n').answer; // plain: refused, and no harm done
});

test('refuses to start with one TLS file, or with files that are no certificate', async () => {
  const files = temporaryDirectory();
  const file = join(files, 'cert.pem');
  writeFileSync(file, 'nonsense');
  await expect(testServer({ tlsCertFile: file })).rejects.toThrow('belong together');
  const both = { tlsCertFile: file, tlsKeyFile: file };
  await expect(testServer(both)).rejects.toThrow('cannot be used');
});
