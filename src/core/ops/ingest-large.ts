/** Adds one large file: job after job until it is done, each with a pack that has room. */
import type { IngestLargeInput, LargeFileState, PathProblem } from '../model/jobs.js';
import { type OperationContext, throwIfStopped } from './context.js';
import type { WriteSession } from './write-session.js';

/** The rows of a large file that was added, or why it was not. */
export type LargeFileOutcome = { readonly readBytes: number } & (
  | { readonly staged: Uint8Array; readonly index: Uint8Array }
  | { readonly problem: PathProblem }
);

/**
 * Cuts, hashes and stores one file.
 * @throws InterruptedError between two jobs when the user asked to stop
 */
export async function ingestLargeFile(
  session: WriteSession,
  context: OperationContext,
  file: Omit<IngestLargeInput, 'slot' | 'state'>,
): Promise<LargeFileOutcome> {
  let state: LargeFileState | undefined;
  let readBytes = 0;
  for (;;) {
    throwIfStopped(context);
    const resumed = state === undefined ? {} : { state };
    const output = await session.withSlot(
      (slot) => context.jobs.run('ingestLarge', { ...file, slot, ...resumed }),
      ({ places }) => [places],
    );
    readBytes += output.readBytes;
    if (output.problem !== undefined) return { readBytes, problem: output.problem };
    if (output.finished !== undefined) return { readBytes, ...output.finished };
    state = output.state;
  }
}
