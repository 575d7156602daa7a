/**
 * Who writes to the packs and who removes from them. Writers share the lock `gc`, the remover has it alone. So that a stream of
 * writers that never ends cannot keep the remover out, everybody passes the lock `turn` first: while the remover waits behind it, those who
 * are inside come to an end and nobody new gets in. It waits there for moments only: a writer may take hours.
 */
import { setTimeout } from 'node:timers/promises';
import { BusyError } from '../model/errors.js';
import { acquireLock, type HeldLock } from './locks.js';

/** How long a writer waits for a remover. */
const writerWaitMs = 60_000;

const turnMs = 2000;
const pauseMs = 3000;

/**
 * Enters as one of many writers.
 * @throws BusyError when packs are being removed and that does not come to an end
 */
export async function enterAsWriter(controlDirectory: string): Promise<HeldLock> {
  await passTurn(controlDirectory);
  return acquireLock(controlDirectory, 'gc', { shared: true, waitMs: writerWaitMs });
}

/** Waits while a remover wants to get in: for one who enters often and holds the lock all the time. */
export async function passTurn(controlDirectory: string): Promise<void> {
  const turn = await acquireLock(controlDirectory, 'turn', { shared: true, waitMs: writerWaitMs });
  turn.release();
}

/**
 * Enters alone: no writer is inside then.
 * @throws BusyError when writers that were inside do not come to an end
 */
export async function enterAlone(controlDirectory: string, waitMs: number): Promise<HeldLock> {
  for (let waitedMs = 0; ; waitedMs += turnMs + pauseMs) {
    const turn = await acquireLock(controlDirectory, 'turn', { waitMs });
    try {
      return await acquireLock(controlDirectory, 'gc', { waitMs: Math.min(turnMs, waitMs) });
    } catch (error) {
      if (!(error instanceof BusyError) || waitedMs >= waitMs) throw error;
    } finally {
      turn.release();
    }
    await setTimeout(pauseMs);
  }
}
