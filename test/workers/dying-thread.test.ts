import { expect, test } from 'vitest';
import { PoolJobs } from '../../src/workers/pool.js';
import { repository } from '../helpers/repository.js';

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
