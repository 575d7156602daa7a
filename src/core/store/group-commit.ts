/**
 * Lets several writers of one process share flushes and transactions: what queues up while one commit runs is made durable
 * by the next one together. A writer that is refused (a conflict) spoils nothing for the others: they are tried again one by one.
 */
import type { PackSlot } from '../model/jobs.js';
import type { Arrivals } from './arrivals.js';
import type { Disk } from './disk.js';
import type { PackAllocator, PackLender } from './pack-allocator.js';

/** The most packs that jobs append to at once: enough for all threads, few enough that they do not leave many unfilled ones. */
const maxLentSlots = 4;

/** The most writers that share one transaction; it bounds how long readers of the event loop wait. */
const maxGroupSize = 16;

interface Waiting {
  readonly action: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Lends the packs of an allocator and commits in groups. An action may run twice; only what its last run wrote counts. */
export class GroupCommit implements PackLender {
  readonly arrivals: Arrivals;
  readonly #allocator: PackAllocator;
  readonly #queue: (() => void)[] = []; // jobs that wait for a slot
  #lentCount = 0;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(allocator: PackAllocator, arrivals: Arrivals) {
    this.#allocator = allocator;
    this.arrivals = arrivals;
  }

  /** The disk that packs are written to. */
  get disk(): Disk {
    return this.#allocator.disk;
  }

  /** As `PackAllocator.lend`. */
  lend(): PackSlot {
    return this.#allocator.lend();
  }

  /** As `PackAllocator.giveBack`. */
  giveBack(slot: PackSlot, end: number): void {
    this.#allocator.giveBack(slot, end);
  }

  /**
   * Lends a slot to a job as soon as not too many others have one, and takes it back when the job has ended; what a job has
   * appended that fails is forgotten.
   * @throws what `work` throws
   */
  async lendTo<Output extends { readonly slotEnd: number }>(
    work: (slot: PackSlot) => Promise<Output>,
  ): Promise<Output> {
    if (this.#lentCount < maxLentSlots) this.#lentCount++;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      const slot = this.lend();
      let end = slot.offset;
      try {
        const output = await work(slot);
        end = output.slotEnd;
        return output;
      } finally {
        this.giveBack(slot, end);
      }
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#lentCount--;
      else next();
    }
  }

  /** As `PackAllocator.commit`, possibly in one transaction with others. */
  commit<Result>(action: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const settle = resolve as (result: unknown) => void;
      this.#waiting.push({ action, resolve: settle, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, maxGroupSize));
    this.#isRunning = false;
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    const together = await this.#try(() => group.map(({ action }) => action()));
    if (together.kind === 'done') {
      const results = together.result as unknown[];
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
      return;
    }
    if (group.length === 1) {
      group[0]?.reject(together.error);
      return;
    }
    for (const { action, resolve, reject } of group) {
      const alone = await this.#try(action);
      if (alone.kind === 'done') resolve(alone.result);
      else reject(alone.error);
    }
  }

  async #try(action: () => unknown): Promise<Outcome> {
    try {
      return { kind: 'done', result: await this.#allocator.commit(action) };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}
