/**
 * Ctrl-C. The first one asks the verb to stop at its next safe point, the second one ends the process at once. Either way
 * nothing is left half done: what the store has not committed does not count.
 */
import { exitCodes, InterruptedError } from '../core/model/errors.js';

/** Where the signal comes from and how the process ends: `process`, or a stand-in. */
export interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGINT', listener: () => void): unknown;
  listeners(signal: 'SIGINT'): readonly unknown[];
  exit(code: number): unknown;
}

/**
 * Listens for Ctrl-C from now on and returns the signal that tells a verb to stop; its reason is an InterruptedError.
 * `onStop` is called when the first one comes.
 */
export function listenForInterrupt(source: SignalSource, onStop: () => void): AbortSignal {
  const controller = new AbortController();
  source.on('SIGINT', () => {
    if (controller.signal.aborted) {
      source.exit(exitCodes.interrupted);
      return;
    }
    controller.abort(new InterruptedError('Interrupted.'));
    onStop();
  });
  return controller.signal;
}

/** Runs `work` while another program has the terminal, an editor or a pager: Ctrl-C is then meant for that program. */
export async function withoutInterrupt<T>(
  source: SignalSource,
  work: () => Promise<T>,
): Promise<T> {
  const suspended = source.listeners('SIGINT') as readonly (() => void)[];
  const ignore = (): void => {};
  source.on('SIGINT', ignore); // first, so that there is no moment without any listener
  for (const listener of suspended) source.off('SIGINT', listener);
  try {
    return await work();
  } finally {
    for (const listener of suspended) source.on('SIGINT', listener);
    source.off('SIGINT', ignore);
  }
}
