/**
 * The job port on Piscina threads. Threads keep nothing between jobs but loaded code, so a thread that dies loses
 * only its job: the job fails, the verb with it, and nothing it wrote is named by anything.
 */
import { Piscina } from 'piscina';
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import { errorFromRecord } from '../core/model/error-record.js';
import { OperationError } from '../core/model/errors.js';
import { gather } from './gather.js';
import type { Task, TaskResult } from './task.js';

const threadFile = new URL('../../bin/thread.js', import.meta.url);

/** The function in that file. */
const taskName = 'runTask';

/** Settings of `PoolJobs`. */
export interface PoolOptions {
  readonly jobsPerThread?: number; // that a thread is given at once; it does them one by one. 1 when absent: a second long one would only wait
  readonly closesFiles?: boolean; // files that a thread leaves open when it dies are closed; it costs a little for each file
  readonly niceness?: number; // how much lower the priority of the threads is, as in nice(1); 0 when absent
  readonly file?: URL; // what a thread runs; only tests give another one
}

/** Runs jobs on a fixed number of threads. */
export class PoolJobs implements Jobs {
  readonly parallelism: number;
  readonly #pool: Piscina<Task, TaskResult>;

  /**
   * @param threadCount number of threads, at least 1; they start at once
   */
  constructor(threadCount: number, options: PoolOptions = {}) {
    this.parallelism = threadCount;
    this.#pool = new Piscina({
      filename: (options.file ?? threadFile).href,
      minThreads: threadCount,
      maxThreads: threadCount,
      name: taskName, // else each thread would load the file a second time, as an ES module, in search of a default export
      recordTiming: false,
      trackUnmanagedFds: options.closesFiles ?? false, // jobs close what they open
      concurrentTasksPerWorker: options.jobsPerThread ?? 1,
      niceIncrement: options.niceness ?? 0,
    });
  }

  async run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<JobTable[Name]['output']> {
    // Copies of what was not given away: a job may be sent again, and its input is often kept.
    const { value, transferList } = gather<Task>({ name, input }, transfer);
    const result = await this.#pool.run(value, { transferList }).catch((error: unknown) => {
      throw new OperationError(`A worker thread died while it ran '${name}'.`, {
        cause: error,
        hint: 'Nothing was recorded. Run the command again; fewer threads (-j) need less memory.',
      });
    });
    if ('failure' in result) throw errorFromRecord(result.failure);
    return result.output;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
