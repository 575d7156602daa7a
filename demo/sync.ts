/** The part of the demo that shares: a server of our own on the loopback interface, a push, and a clone beside it. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../bench/commands/sync/free-port.js';
import { compare } from './compare.js';
import type { Fingerprint } from './fingerprint.js';
import { oxen, startOxen, type Workplace } from './oxen.js';
import { heading } from './screen.js';

const host = '127.0.0.1';
const repositoryName = 'demo/files';
const startLimitMs = 10_000;

/**
 * Pushes the repository of `workplace` to a server in `folder`, clones it beside, and compares the clone with `expected`.
 * @throws Error when a command fails, the server does not start or stop well, or any byte differs
 */
export async function syncSteps(
  workplace: Workplace,
  folder: string,
  expected: Fingerprint,
): Promise<void> {
  heading('To a server and back');
  const port = await freePort();
  const address = `${host}:${port}`;
  const server = startOxen(workplace, [
    ...['serve', '--host', host, '--port', String(port)],
    ...['--dir', join(folder, 'served')],
  ]);
  try {
    await waitUntilReady(`http://${address}/api/health`);
    const url = `http://${address}/${repositoryName}`;
    const remote = ['--name', repositoryName, '--host', address, '--scheme', 'http'];
    await oxen(workplace, ['create-remote', ...remote]);
    await oxen(workplace, ['config', '--set-remote', 'origin', url]);
    await oxen(workplace, ['push', 'origin', 'main'], { amount: { fileCount: expected.size } });
    const clone = join(folder, 'clone');
    await oxen(workplace, ['clone', url, clone], {
      amount: { fileCount: expected.size },
      cwd: folder,
    });
    compare('the clone', clone, expected);
    await oxen(workplace, ['fsck'], { cwd: clone });
  } finally {
    const ended = server.exitCode ?? once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
  if (server.exitCode !== 0) throw new Error(`the server ended with ${server.exitCode}`);
}

async function waitUntilReady(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < startLimitMs; waitedMs += 50) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.status === 200) return;
    await wait(50);
  }
  throw new Error('the server did not answer in time');
}
