/** A full disk below the server: 507, nothing half stored, reads go on, and writes too when there is room again. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noise } from '../core/store/version-store-contract.js';
import { FaultDisk } from '../helpers/fault-disk.js';
import { hashOf, makeRepository, testServer, versionsForm } from '../helpers/served.js';
import { mountSmall, unmountSmall } from '../helpers/small-file-system.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

test('an upload for which there is no room gets 507, wherever it fails, and works when repeated', async () => {
  let isDone = false;
  for (let step = 1; !isDone; step++) {
    const disk = new FaultDisk(step, 'ENOSPC');
    await using server = await testServer({ disk });
    const repository = await makeRepository(server);
    const form = await versionsForm(['moo']);
    const answer = await server.request('POST', `${repository}/versions`, form);
    isDone = !disk.isUsed;
    expect(answer.status).toBe(isDone ? 200 : 507);
    if (isDone) continue;
    expect(answer.json).toMatchObject({
      status: 'error',
      error: { type: 'insufficient_storage', detail: 'The disk of the server is full.' },
    });
    const stored = `${repository}/versions/${hashOf('moo')}/metadata`;
    expect((await server.request('GET', stored)).status).toBe(404);
    expect((await server.request('POST', `${repository}/versions`, form)).status).toBe(200);
    expect((await server.request('GET', stored)).status).toBe(200);
    expect(server.log.some((line) => line.includes('"level":"error"'))).toBe(true);
  }
});

const onWhichThread = [
  { place: 'on the calling thread', contentsBefore: 1 },
  { place: 'on another thread', contentsBefore: 1000 }, // the budget of the calling thread is used up then
];

test.for(
  onWhichThread,
)('a real disk that is full, met $place: what is stored is served, what is sent gets 507 until there is room', async ({
  contentsBefore,
}, context) => {
  const mount = temporaryDirectory();
  if (!mountSmall(mount, 8)) return context.skip('a file system cannot be mounted here');
  try {
    await using server = await testServer({ directory: mount });
    const repository = await makeRepository(server);
    const send = async (content: Uint8Array) =>
      server.request('POST', `${repository}/versions`, await versionsForm([content]));
    const ask = (content: Uint8Array) =>
      server.request('GET', `${repository}/versions/${hashOf(content)}/metadata`);
    const small = Array.from({ length: contentsBefore }, (_, index) => `small ${index}`);
    const form = await versionsForm(small);
    expect((await server.request('POST', `${repository}/versions`, form)).status).toBe(200);
    const early = noise(1_000_000, 1);
    expect((await send(early)).status).toBe(200);
    const filler = join(mount, 'filler');
    writeFileSync(filler, Buffer.alloc(4_000_000));
    const late = noise(4_000_000, 2);
    expect((await send(late)).status).toBe(507);
    expect((await ask(late)).status).toBe(404);
    expect((await ask(early)).status).toBe(200);
    expect((await server.request('GET', '/api/health')).status).toBe(200);
    rmSync(filler);
    expect((await send(late)).status).toBe(200);
    expect((await ask(late)).status).toBe(200);
  } finally {
    unmountSmall(mount);
  }
});
