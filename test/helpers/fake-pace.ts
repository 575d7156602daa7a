/** A clock that stands still but for the waits that are asked of it, which end at once and are remembered. */
import type { Pace } from '../../src/core/remote/retry.js';

/** A pace for tests. */
export interface FakePace extends Pace {
  readonly waits: number[]; // in milliseconds
  /** Moves the clock on. */
  advance(milliseconds: number): void;
}

/** Returns a pace without real waits and with the same "random" number each time. */
export function fakePace(random = 0.5): FakePace {
  let nowMs = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => nowMs,
    advance: (milliseconds) => {
      nowMs += milliseconds;
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
      nowMs += milliseconds;
    },
    random: () => random,
  };
}
