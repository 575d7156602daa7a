/**
 * The job port for short jobs, with the calling thread as one of the workers: it does a job itself whenever the others have enough
 * to do. A thread costs 50 ms of CPU to start and must compile all code once more, which is much beside the work of most verbs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import { InlineJobs } from './inline.js';
import { isCheaperHere } from './weigh.js';

/** Jobs that a thread has at once: it goes on with the second while the calling thread is busy. */
const jobsPerThread = 2;

/** Shares jobs between threads and the calling thread. */
export class SharedJobs implements Jobs {
  readonly parallelism: number;
  readonly #capacity: number;
  readonly #inline = new InlineJobs();
  #pool: Promise<Jobs> | undefined;
  #sentCount = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param threadCount threads beside the calling one; they start with the first job */
  constructor(threadCount: number) {
    this.parallelism = threadCount + 1;
    this.#capacity = threadCount * jobsPerThread;
  }

  async run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
  ): Promise<JobTable[Name]['output']> {
    const stays = isCheaperHere(name, input);
    if (stays || this.#sentCount >= this.#capacity) {
      // Answers of the threads come first, so every job done here waits for a turn of the event loop of its own.
      this.#turn = this.#turn.then(() => nextTurn());
      await this.#turn;
    }
    if (stays || this.#sentCount >= this.#capacity) return this.#inline.run(name, input);
    this.#sentCount++;
    try {
      this.#pool ??= startPool(this.parallelism - 1);
      return await (await this.#pool).run(name, input);
    } finally {
      this.#sentCount--;
    }
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }
}

async function startPool(threadCount: number): Promise<Jobs> {
  const { PoolJobs } = await import('./pool.js');
  return new PoolJobs(threadCount, { jobsPerThread });
}
