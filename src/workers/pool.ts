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

/** Runs jobs on a fixed number of threads. */
export class PoolJobs implements Jobs {
  readonly parallelism: number;
  readonly #pool: Piscina<Task, TaskResult>;

  /**
   * @param threadCount number of threads, at least 1; they start at once
   * @param file what a thread runs; only tests give another one
   */
  constructor(threadCount: number, file: URL = threadFile) {
    this.parallelism = threadCount;
    this.#pool = new Piscina({
      filename: file.href,
      minThreads: threadCount,
      maxThreads: threadCount,
      name: taskName, // else each thread would load the file a second time, as an ES module, in search of a default export
      recordTiming: false,
      trackUnmanagedFds: false, // jobs close what they open
      // One job at a time: jobs never wait for anything but the disk, so a second one would only queue inside the thread.
      concurrentTasksPerWorker: 1,
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
