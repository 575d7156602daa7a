/**
 * Keeps a bounded number of jobs under way: enough that no thread waits for the next one, few enough that memory
 * does not grow with the number of files.
 */

import { setImmediate } from 'node:timers/promises';

/** Runs asynchronous work with a limit on how much is under way at once. */
export class JobWindow {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param limit most pieces of work under way at once */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Says whether anything is under way. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /**
   * Starts `work` as soon as there is room and returns then, not when it is done.
   * @throws what an earlier piece of work threw
   */
  async start(work: () => Promise<void>): Promise<void> {
    // Jobs may run on this thread: between two of them Ctrl-C is noticed.
    await setImmediate();
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    this.#throwFailure();
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /**
   * Waits until one piece of work is done, if any is under way.
   * @throws what a piece of work threw
   */
  async settleOne(): Promise<void> {
    if (this.#running.size > 0) await Promise.race(this.#running);
    this.#throwFailure();
  }

  /**
   * Waits until everything that was started is done.
   * @throws what a piece of work threw first; the others are finished by then
   */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
