/**
 * What crosses between the pool and a thread: a task, and its result or its failure. Errors lose their class on the
 * way, so they travel as records and are made again on the other side.
 */
import type { JobName, JobTable } from '../core/jobs.js';
import { type ErrorRecord, recordError } from '../core/model/error-record.js';

/** One job for a thread. */
export interface Task {
  readonly name: JobName;
  readonly input: JobTable[JobName]['input'];
}

/** What a thread answers. */
export type TaskResult =
  | { readonly output: JobTable[JobName]['output'] }
  | { readonly failure: ErrorRecord };

/** Runs `work` and returns its output, or its error as a record. */
export async function captureResult(
  work: () => Promise<JobTable[JobName]['output']>,
): Promise<TaskResult> {
  try {
    return { output: await work() };
  } catch (error) {
    return { failure: recordError(error) };
  }
}
