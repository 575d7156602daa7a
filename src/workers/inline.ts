/** The job port on the calling thread: for small work, where starting threads costs more than it gives, and for tests. */
import type { JobName, Jobs, JobTable } from '../core/jobs.js';
import { briefResources } from './job-resources.js';
import { runJob } from './run-job.js';

/** Runs every job at once on the calling thread. */
export class InlineJobs implements Jobs {
  readonly parallelism = 1;

  run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
  ): Promise<JobTable[Name]['output']> {
    return runJob(name, input, briefResources);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
