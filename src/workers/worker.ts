/** The entry of a worker thread: takes a task, answers with its result. */
import { gather } from './gather.js';
import { lastingResources } from './job-resources.js';
import { runJob } from './run-job.js';
import { captureResult, type Task, type TaskResult } from './task.js';

const resources = lastingResources();

/**
 * Runs one task. The answer is cloned: Piscina could hand its buffer over, but loading the code for that takes a thread longer than
 * copying the columns of hundred jobs.
 */
export async function runTask({ name, input }: Task): Promise<TaskResult> {
  return gather(await captureResult(() => runJob(name, input, resources))).value;
}
