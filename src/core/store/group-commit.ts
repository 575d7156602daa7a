/**
 * Lets several writers of one process share flushes and transactions: what queues up while one commit runs is made durable
 * by the next one together. A writer that is refused (a conflict) spoils nothing for the others: they are tried again one by one.
 */
import type { PackSlot } from '../model/jobs.js';
import type { Arrivals } from './arrivals.js';
import type { Disk } from './disk.js';
import type { PackAllocator, PackLender } from './pack-allocator.js';
import type { PackPlaces } from './version-store.js';

/** The most packs that jobs append to at once: enough for all threads, few enough that they do not leave many unfilled ones. */
const maxLentSlots = 4;

/** The most writers that share one transaction; it bounds how long readers of the event loop wait. */
const maxGroupSize = 16;

/** Settings of a group commit. */
export interface GroupCommitOptions {
  readonly rowsPerTransaction?: number; // about as many records become known in one transaction; unbounded when absent
}

interface Waiting {
  readonly action: () => unknown;
  readonly rowCount: number;
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
  readonly #rowsPerTransaction: number;
  readonly #queue: (() => void)[] = []; // jobs that wait for a slot
  #lentCount = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(allocator: PackAllocator, arrivals: Arrivals, options: GroupCommitOptions = {}) {
    this.#allocator = allocator;
    this.arrivals = arrivals;
    this.#rowsPerTransaction = options.rowsPerTransaction ?? Number.POSITIVE_INFINITY;
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

  /**
   * As `PackAllocator.commit`, possibly in one transaction with others.
   * @param rowCount records that become known
   */
  commit<Result>(action: () => Result, rowCount = 0): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const settle = resolve as (result: unknown) => void;
      this.#waiting.push({ action, rowCount, resolve: settle, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when no commit is under way: nothing may be taken from under one whose caller has gone away. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Distributes records over as many transactions as they should become known in: `parts`, and the `last`. */
  split(groups: readonly PackPlaces[]): {
    readonly parts: readonly (readonly PackPlaces[])[];
    readonly last: readonly PackPlaces[];
  } {
    const parts: PackPlaces[][] = [];
    let last: PackPlaces[] = [];
    let rowCount = 0;
    for (const group of groups) {
      rowCount += group.places.count;
      if (last.length > 0 && rowCount > this.#rowsPerTransaction) {
        parts.push(last);
        last = [];
        rowCount = group.places.count;
      }
      last.push(group);
    }
    return { parts, last };
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, this.#next()));
    this.#running = undefined;
  }

  /** Returns how many of those that wait share the next transaction. */
  #next(): number {
    let rowCount = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      rowCount += waiting.rowCount;
      return index > 0 && (index === maxGroupSize || rowCount > this.#rowsPerTransaction);
    });
    return end < 0 ? this.#waiting.length : end;
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
