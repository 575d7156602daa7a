/** What people who run a server see: log lines and metrics. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { makeRepository, testServer, versionsForm } from '../helpers/served.js';

test('a request is a line with route, status, bytes, time, sender and its id', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  const headers = { 'x-oxen-request-id': 'moo-1' };
  const form = await versionsForm(['a', 'b']);
  await server.request('POST', `${repository}/versions?secret=1`, {
    body: form.body,
    headers: { ...form.headers, ...headers },
  });
  await server.server.stop();
  const lines = server.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ event }) => event)).toEqual([
    'started',
    'request',
    'request',
    'stopping',
    'stopped',
  ]);
  expect(lines[2]).toMatchObject({
    level: 'info',
    method: 'POST',
    path: '/api/repos/farm/cows/versions',
    requestId: 'moo-1',
    route: 'uploadVersions',
    status: 200,
    address: '127.0.0.1',
  });
  expect(lines[2]?.['receivedBytes']).toBeGreaterThan(form.body.length);
  expect(lines[2]?.['sentBytes']).toBeGreaterThan(20);
});

test('no line holds a token, wherever the sender put it', async () => {
  await using server = await testServer({ needsToken: true });
  const token = 'oxen_very-secret';
  const request = (target: string) =>
    `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n\r\n`;
  for (const target of [`/api/repos?token=${token}`, `http://me:${token}@host/api/repos`, '*']) {
    const socket = connect(server.server.port, '127.0.0.1');
    socket.resume().end(request(target));
    await once(socket, 'close');
  }
  expect(server.log.length).toBeGreaterThan(3);
  expect(server.log.join('\n')).not.toContain('secret');
});

test('metrics count requests and bytes, and tell how busy the server is', async () => {
  await using server = await testServer();
  const repository = await makeRepository(server);
  await server.request('POST', `${repository}/versions`, await versionsForm(['x'.repeat(5000)]));
  await server.request('GET', '/nowhere');
  const { text } = await server.request('GET', '/metrics');
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(metric('oxen_requests_total{route="uploadVersions",status="200"}')).toBe(1);
  expect(metric('oxen_requests_total{route="none",status="404"}')).toBe(1);
  expect(metric('oxen_requests_active')).toBe(1);
  for (const name of [
    'oxen_received_bytes_total',
    'oxen_sent_bytes_total',
    'oxen_disk_free_bytes',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ]) {
    expect(metric(name)).toBeGreaterThan(0);
  }
  expect(text).toMatch(/^oxen_event_loop_delay_seconds\{quantile="0.95"\} \S+$/m);
});
