/**
 * Trying again: which failures pass by themselves, and how long to wait. Two schedules of the protocol (wire-protocol.md,
 * 0.4 and D.6): a server that says it is busy is asked again soon, a server or connection that is gone after 1, 4, 9,
 * 16, 25 seconds. Time and chance are arguments.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError, type OxenError } from '../model/errors.js';
import { ConnectionBreak, serverAnswerOf } from './errors.js';

/** Time and chance, as far as requests need them. */
export interface Pace {
  /** Returns milliseconds since some fixed moment. */
  now(): number;
  /** Waits; ends early, by an error, when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Returns a number from 0 up to, not including, 1. */
  random(): number;
}

/** The clock and the random source of the system. */
export const systemPace: Pace = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
  random: () => Math.random(),
};

/** How often and by which clock to try again. */
export interface RetryOptions {
  readonly retryCount: number; // further tries after the first (OXEN_NUM_RETRIES)
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

/** Further tries when nothing else is said; the protocol's number. */
export const defaultRetryCount = 5;

const busyStatuses = new Set([408, 425, 429]);
const goneStatuses = new Set([502, 503, 504]);
const longestBusyWaitMs = 10_000;
const longestAskedWaitMs = 60_000;
const jitterMs = 500;

const passingCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/**
 * Returns how long to wait before trying again, in milliseconds, or undefined when trying again is useless.
 * @param retry 1 for the first further try
 * @param random gives the jitter
 */
export function retryDelay(
  error: unknown,
  retry: number,
  random: () => number,
): number | undefined {
  const jitter = random() * jitterMs;
  const answer = serverAnswerOf(error);
  if (answer === undefined) return isPassingBreak(error) ? retry ** 2 * 1000 + jitter : undefined;
  // A branch that moved is the answer, not a state of the server: the user must look at what is new.
  if (answer.type === 'branch_head_mismatch') return undefined;
  const isBusy = busyStatuses.has(answer.status);
  if (!isBusy && !goneStatuses.has(answer.status)) return undefined;
  if (answer.retryAfterMs !== undefined) return Math.min(longestAskedWaitMs, answer.retryAfterMs);
  if (isBusy) return Math.min(longestBusyWaitMs, 300 + retry ** 2 + jitter);
  return retry ** 2 * 1000 + jitter;
}

function isPassingBreak(error: unknown): boolean {
  const cause = (error as OxenError | undefined)?.cause;
  if (!(cause instanceof ConnectionBreak)) return false;
  return passingCodes.has(cause.code) || (cause.code === 'ECONNREFUSED' && cause.wasConnected);
}

/**
 * Waits before try `retry`, when trying again helps.
 * @param retry 1 for the first further try
 * @throws `error` when trying again is useless or was done often enough; InterruptedError when the signal fires
 */
export async function waitToRetry(
  error: unknown,
  retry: number,
  options: RetryOptions,
): Promise<void> {
  const { pace, retryCount, signal } = options;
  const delayMs = retryDelay(error, retry, pace.random);
  if (retry > retryCount || delayMs === undefined) throw error;
  try {
    await pace.sleep(delayMs, signal);
  } catch (cause) {
    if (signal?.aborted === true) throw new InterruptedError('Interrupted.', { cause });
    throw cause;
  }
}

/**
 * Returns what `run` returns, trying again after failures that pass by themselves.
 * @param run gets the number of the try, from 0; everything it needs must be opened anew in each
 * @throws the last failure; InterruptedError when the signal fires during a wait
 */
export async function withRetries<T>(
  run: (tryNumber: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  for (let retry = 1; ; retry++) {
    try {
      return await run(retry - 1);
    } catch (error) {
      await waitToRetry(error, retry, options);
    }
  }
}
