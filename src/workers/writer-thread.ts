/**
 * The thread that carries out the transactions of a server: flushing takes as long as the disk likes, and everybody else
 * would wait on the event loop. It starts with the first one.
 */
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import type { PoolJobs } from './pool.js';

/** Runs jobs on one thread of their own, in the order in which they come. */
export class WriterThread implements Jobs {
  readonly parallelism = 1;
  #pool: Promise<PoolJobs> | undefined;

  async run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<JobTable[Name]['output']> {
    this.#pool ??= startThread();
    return (await this.#pool).run(name, input, transfer);
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }
}

async function startThread(): Promise<PoolJobs> {
  const { PoolJobs } = await import('./pool.js');
  // Locks end with their files: those of a thread that died must not keep everybody else out.
  return new PoolJobs(1, { closesFiles: true });
}
