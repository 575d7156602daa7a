import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hashOf, makeRepository, testServer } from '../helpers/served.js';

test('a stop lets a running upload end, takes no new requests, and keeps what was acknowledged', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const content = 'moo';
  const head = `--x\r\ncontent-disposition: form-data; name="file[]"; filename="${hashOf(content)}"\r\n\r\n`;
  const upload = request(`${server.url}${path}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  const answered = new Promise<number>((resolve, reject) => {
    upload.on('response', (answer) => resolve(answer.statusCode ?? 0));
    upload.on('error', reject);
  });
  upload.write(head);
  while (server.server.runningCount === 0) await setImmediate();
  const stopped = server.server.stop();
  upload.end(`${content}\r\n--x--\r\n`);
  expect(await answered).toBe(200);
  await stopped;
  await expect(server.request('GET', '/api/health')).rejects.toThrow();
});

test('answers of health come while contents are being stored', async () => {
  await using server = await testServer();
  const path = await makeRepository(server);
  const bytes = Buffer.alloc(12 * 1024 * 1024, 'ox');
  const body = JSON.stringify({ hash: hashOf(bytes), size: bytes.length });
  const begin = await server.request('POST', `${path}/versions/uploads`, { body });
  const parts = `${path}/versions/uploads/${begin.json['upload_id']}/parts`;
  const uploads = [1, 2].map((part) => {
    const size = Number(begin.json['part_size']);
    return server.request('PUT', `${parts}/${part}`, {
      body: bytes.subarray((part - 1) * size, part * size),
    });
  });
  const health = await Promise.all([1, 2, 3].map(() => server.request('GET', '/api/health')));
  expect(health.every(({ status }) => status === 200)).toBe(true);
  expect((await Promise.all(uploads)).map(({ status }) => status)).toEqual([200, 200]);
});
