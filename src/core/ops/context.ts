/** What a verb needs beside the repository: threads, a clock, a place for events, and a way to be stopped. */
import { setImmediate } from 'node:timers/promises';
import type { Jobs } from '../jobs.js';
import type { Clock } from '../model/clock.js';
import { InterruptedError } from '../model/errors.js';
import type { EventSink, Phase } from '../model/events.js';

/** The surroundings of one run of a verb. */
export interface OperationContext {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly signal?: AbortSignal; // asks to stop at the next safe point
}

/** @throws InterruptedError when the user asked to stop; verbs call it between pieces of work that are whole in themselves */
export function throwIfStopped(context: OperationContext): void {
  if (context.signal?.aborted === true) {
    throw new InterruptedError('Interrupted.', {
      hint: 'What was finished is kept. Run the same command again to go on.',
    });
  }
}

/** Lets the event loop turn, without which Ctrl-C is not noticed. @throws as `throwIfStopped` */
export async function pause(context: OperationContext): Promise<void> {
  await setImmediate();
  throwIfStopped(context);
}

/** Counts what a phase has done and reports it. */
export class ProgressCounter {
  fileCount = 0;
  sizeBytes = 0;
  readonly #context: OperationContext;
  readonly #phase: Phase;
  readonly #totalFileCount: number | undefined;

  constructor(context: OperationContext, phase: Phase, totalFileCount?: number) {
    this.#context = context;
    this.#phase = phase;
    this.#totalFileCount = totalFileCount;
  }

  /** Adds finished files and bytes and tells the event sink. */
  add(fileCount: number, sizeBytes: number): void {
    this.fileCount += fileCount;
    this.sizeBytes += sizeBytes;
    this.#context.events({
      type: 'progress',
      phase: this.#phase,
      fileCount: this.fileCount,
      sizeBytes: this.sizeBytes,
      ...(this.#totalFileCount === undefined ? {} : { totalFileCount: this.#totalFileCount }),
    });
  }
}
