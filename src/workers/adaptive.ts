/**
 * The job port that verbs get: small work stays on the calling thread, larger work moves to the pool. Starting
 * threads costs 40 to 110 ms, as much as reading some hundred files.
 */
import { availableParallelism } from 'node:os';
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import { InlineJobs } from './inline.js';
import { weighJob } from './weigh.js';

/** Work, in units of about 50 microseconds, that stays on the calling thread before the pool is started. */
export const inlineBudget = 600;

/** Runs jobs inline until the budget is used up, then on a pool that is started on demand. */
export class AdaptiveJobs implements Jobs {
  readonly parallelism: number;
  readonly #inline = new InlineJobs();
  readonly #threadCount: number;
  #budget: number;
  #pool: Promise<Jobs> | undefined;

  /** @param threadCount threads of the pool; the default is the number of cores */
  constructor(threadCount: number = availableParallelism(), budget: number = inlineBudget) {
    this.#threadCount = threadCount;
    this.#budget = budget;
    this.parallelism = threadCount;
  }

  async run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<JobTable[Name]['output']> {
    if (this.#pool === undefined) {
      this.#budget -= weighJob(name, input);
      if (this.#budget >= 0) return this.#inline.run(name, input);
      this.#pool = startPool(this.#threadCount);
    }
    return (await this.#pool).run(name, input, transfer);
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }
}

async function startPool(threadCount: number): Promise<Jobs> {
  const { PoolJobs } = await import('./pool.js');
  return new PoolJobs(threadCount);
}
