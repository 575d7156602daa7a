/** Round trips of jobs: on the calling thread, on a running pool, and with the start of a pool before them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import type { Jobs } from '../../src/core/jobs.js';
import { InlineJobs } from '../../src/workers/inline.js';
import { PoolJobs } from '../../src/workers/pool.js';

const threadCount = 2;
const batchLength = 512;
const fileBytes = 4096;

/** Returns the bench, not run yet. The files of the batch are removed when the process ends. */
export function poolBench(): Promise<Bench> {
  const bench = new Bench({ name: `jobs, ${threadCount} threads`, time: 500, warmupTime: 100 });
  const root = makeFiles();
  const names = fileNames().join('\0');
  const look = (jobs: Jobs) => jobs.run('scan', { root, directories: [] });
  const hash = (jobs: Jobs) => jobs.run('hashFiles', [{ root, directory: '', names }]);
  for (const [port, open] of ports) {
    addTask(bench, `empty job, ${port}`, open, look);
    addTask(
      bench,
      `hash ${batchLength} x 4 KiB [${batchLength * fileBytes} B], ${port}`,
      open,
      hash,
    );
  }
  bench.add('start a pool, one empty job, close', async () => {
    const jobs = new PoolJobs(threadCount);
    await look(jobs);
    await jobs.close();
  });
  return Promise.resolve(bench);
}

const ports: readonly (readonly [string, () => Jobs])[] = [
  ['inline', () => new InlineJobs()],
  ['pool', () => new PoolJobs(threadCount)],
];

function addTask(
  bench: Bench,
  name: string,
  open: () => Jobs,
  call: (jobs: Jobs) => Promise<unknown>,
): void {
  let jobs: Jobs = new InlineJobs();
  bench.add(name, () => call(jobs), {
    // Once for the warm-up and once for the run.
    beforeAll: () => {
      jobs = open();
    },
    afterAll: () => jobs.close(),
  });
}

function fileNames(): string[] {
  return Array.from({ length: batchLength }, (_, index) => `${String(index).padStart(4, '0')}.bin`);
}

function makeFiles(): string {
  const root = mkdtempSync(join(tmpdir(), 'oxen-pool-bench-'));
  fileNames().forEach((name, index) => {
    writeFileSync(join(root, name), Buffer.alloc(fileBytes, index));
  });
  process.on('exit', () => rmSync(root, { recursive: true }));
  return root;
}
