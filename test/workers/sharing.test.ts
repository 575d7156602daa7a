import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InlineJobs } from '../../src/workers/inline.js';
import { SharedJobs } from '../../src/workers/sharing.js';

function directories(count: number): { root: string; names: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'sharing-'));
  const names = Array.from({ length: count }, (_, index) => `d${index}`);
  for (const name of names) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, `in ${name}`), name);
  }
  return { root, names };
}

test.each([
  0, 1, 2,
])('gives what the calling thread alone gives, with %i threads beside it', async (threadCount) => {
  const { root, names } = directories(24);
  const jobs = new SharedJobs(threadCount);
  try {
    const shared = names.map((name) => jobs.run('scan', { root, directories: [name] }));
    const inline = new InlineJobs();
    for (const [index, name] of names.entries()) {
      expect(await shared[index]).toEqual(await inline.run('scan', { root, directories: [name] }));
    }
    expect(jobs.parallelism).toBe(threadCount + 1);
  } finally {
    await jobs.close();
  }
}, 60_000);

test('a job that fails does not take the place of others', async () => {
  const { root, names } = directories(4);
  const jobs = new SharedJobs(1);
  const damaged = { root, directories: [{ path: 'd0', runs: [new Uint8Array(64)] }] };
  try {
    for (let round = 0; round < 6; round++) {
      await expect(jobs.run('compareDirs', damaged)).rejects.toThrow('cannot be read');
    }
    const listings = await jobs.run('scan', { root, directories: names });
    expect(listings.map(({ names: found }) => found)).toEqual(names.map((name) => `in ${name}`));
  } finally {
    await jobs.close();
  }
}, 60_000);
