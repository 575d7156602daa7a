/** Time as an argument: the engine never reads a clock of its own. */
import type { Timestamp } from './node.js';

/** Gives the present time. */
export interface Clock {
  /** Returns the time now. */
  now(): Timestamp;
}

/** Returns the time of a clock in ms since 1970. */
export function millisecondsOf(clock: Clock): number {
  const { seconds, nanoseconds } = clock.now();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** The clock of the system. */
export const systemClock: Clock = {
  now() {
    const milliseconds = Date.now();
    const seconds = Math.floor(milliseconds / 1000);
    return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1e6 };
  },
};
