import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DatabaseGate } from '../../src/core/store/database-gate.js';
import { loadFileLocks } from '../../src/core/store/locks.js';
import { PoolJobs } from '../../src/workers/pool.js';
import { repository } from '../helpers/repository.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const dying = new URL('../fixtures/dying-worker.mjs', import.meta.url);

test('a thread that dies fails the verb cleanly, and nothing is staged', async () => {
  const jobs = new PoolJobs(1, { file: dying });
  try {
    const made = await repository({ a: '1' }, { jobs });
    await expect(made.add(['.'])).rejects.toThrow('A worker thread died');
    expect(made.stores.staging.isEmpty()).toBe(true);
  } finally {
    await jobs.close();
  }
}, 30_000);

test('a thread that dies while it changes the database lets the others in', async () => {
  const directory = temporaryDirectory();
  const lock = join(directory, 'locks', 'database');
  mkdirSync(join(directory, 'locks'));
  writeFileSync(lock, '');
  const file = new URL('../fixtures/dying-writer.mjs', import.meta.url);
  const jobs = new PoolJobs(1, { file, closesFiles: true });
  try {
    const input = { databasePath: lock, basis: 0, writes: new Uint8Array(0) };
    await expect(jobs.run('carryOut', input)).rejects.toThrow('A worker thread died');
    const gate = new DatabaseGate(directory, await loadFileLocks());
    expect(gate.pass(() => 'in')).toBe('in');
    gate.close();
  } finally {
    await jobs.close();
  }
}, 30_000);
