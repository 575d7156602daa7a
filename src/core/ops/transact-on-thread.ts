/**
 * Transactions whose conditions are judged on this thread and whose writes are made durable on another one: flushing holds up whoever
 * does it, and on a server that would be all requests (docs/decisions/0017). Optimistic: when somebody else has committed meanwhile
 * the transaction is judged again (Kung and Robinson, On Optimistic Methods for Concurrency Control, 1981).
 */
import type { Jobs } from '../jobs.js';
import type { StoreEnvironment } from '../store/environment.js';

/** How often others may come first before this thread does it itself. */
const maxAttempts = 4;

/**
 * Runs `action` as `StoreEnvironment.transaction` does, with the same promises; it may run several times, and only what its last run
 * wrote counts. Other things go on on this thread meanwhile: what must not change is to be read inside of `action`.
 * @param jobs runs what another thread is to do
 * @throws what `action` throws; OperationError when the disk is full, or when the thread died: then it may have happened or not
 */
export async function transactOnThread<Result>(
  environment: StoreEnvironment,
  jobs: Jobs,
  action: () => Result,
): Promise<Result> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { result, basis, writes } = await environment.rehearse(action);
    if (writes.length === 0) return result;
    const input = { databasePath: environment.path, basis, writes };
    const { isDone } = await jobs.run('carryOut', input, [writes.buffer as ArrayBuffer]);
    environment.refresh();
    if (isDone) return result;
  }
  return environment.transaction(action);
}
