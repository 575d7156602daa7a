/** The entry of a worker thread: takes a task, answers with its result, hands large buffers over instead of copying them. */
import { Piscina } from 'piscina';
import { gather } from './gather.js';
import { lastingResources } from './job-resources.js';
import { runJob } from './run-job.js';
import { captureResult, type Task, type TaskResult } from './task.js';

const resources = lastingResources();

/** Runs one task; the answer tells Piscina which buffers may be transferred. */
export async function runTask(task: Task): Promise<TaskResult> {
  const result = await captureResult(() => runJob(task.name, task.input, resources));
  const { value, transferList } = gather(result, { giveUp: true });
  if (transferList.length === 0) return value;
  const movable = {
    get [Piscina.transferableSymbol]() {
      return transferList;
    },
    get [Piscina.valueSymbol]() {
      return value;
    },
  };
  return Piscina.move(movable as never) as unknown as TaskResult;
}
