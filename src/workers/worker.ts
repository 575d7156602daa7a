/** The entry of a worker thread: takes a task, answers with its result. */
import { gather } from './gather.js';
import { lastingResources } from './job-resources.js';
import { runJob } from './run-job.js';
import { captureResult, type Task } from './task.js';

const resources = lastingResources();

/** Bytes of memory from which on it is handed back. */
const smallestMoved = 256 * 1024;

/**
 * Runs one task. The answer is cloned: Piscina can hand its buffers over, but loading the code for that takes a thread longer than
 * copying the columns of hundred jobs. Only large memory that came with the task, and goes back to be used again, is worth it.
 */
export async function runTask({ name, input }: Task): Promise<unknown> {
  const result = await captureResult(() => runJob(name, input, resources));
  const lent = 'memory' in input && input.memory.length >= smallestMoved ? input.memory : undefined;
  if (lent === undefined) return gather(result).value;
  const { handBack } = await import('./hand-back.js');
  return handBack(gather(result, [lent.buffer as ArrayBuffer]));
}
