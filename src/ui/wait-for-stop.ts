/** Waits until somebody asks a long-running process to end. */

/** What signals are listened for on. */
export interface SignalSource {
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** Resolves at the first SIGINT or SIGTERM; a second one then ends the process at once, as usual. */
export function waitForStop(source: SignalSource): Promise<void> {
  return new Promise((resolve) => {
    source.once('SIGINT', () => resolve());
    source.once('SIGTERM', () => resolve());
  });
}
