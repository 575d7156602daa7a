/**
 * The job port that verbs get: small work stays on the calling thread, larger work moves to threads. Starting
 * threads costs 40 to 110 ms, as much as reading some hundred files.
 */
import { availableParallelism } from 'node:os';
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import { InlineJobs } from './inline.js';
import { SharedJobs } from './sharing.js';
import { isShort, weighJob } from './weigh.js';

/** Work, in units of about 50 microseconds, that stays on the calling thread before threads are started. */
export const inlineBudget = 600;

/** How much lower the priority of threads is when the calling thread goes before them. */
const behind = 10;

/** Settings of `AdaptiveJobs`. */
export interface AdaptiveOptions {
  readonly budget?: number; // instead of `inlineBudget`
  readonly helps?: boolean; // false: the calling thread has other things to do, leaves larger work to the threads and goes before them
}

/** Runs jobs inline until the budget is used up, then on threads that are started on demand. */
export class AdaptiveJobs implements Jobs {
  readonly parallelism: number;
  readonly #inline = new InlineJobs();
  readonly #shared: SharedJobs | undefined;
  #budget: number;
  #pool: Promise<Jobs> | undefined; // for long jobs

  /** @param threadCount threads that work at once; the default is the number of cores */
  constructor(threadCount: number = availableParallelism(), options: AdaptiveOptions = {}) {
    this.parallelism = threadCount;
    this.#budget = options.budget ?? inlineBudget;
    if (options.helps !== false) this.#shared = new SharedJobs(threadCount - 1);
  }

  async run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<JobTable[Name]['output']> {
    if (this.#budget >= 0) {
      this.#budget -= weighJob(name, input);
      if (this.#budget >= 0) return this.#inline.run(name, input);
    }
    if (this.#shared !== undefined && isShort(name, input)) return this.#shared.run(name, input);
    this.#pool ??= startPool(this.parallelism, this.#shared === undefined ? behind : 0);
    return (await this.#pool).run(name, input, transfer);
  }

  async close(): Promise<void> {
    await this.#shared?.close();
    await (await this.#pool)?.close();
  }
}

async function startPool(threadCount: number, niceness: number): Promise<Jobs> {
  const { PoolJobs } = await import('./pool.js');
  return new PoolJobs(threadCount, { niceness });
}
