/**
 * One repository written by many requests at once: they share a pack allocator, a lock against gc, and their commits. While
 * nobody writes, nothing is held, so that other processes can continue the packs and gc can run.
 */
import type { Jobs } from '../jobs.js';
import { type Clock, millisecondsOf } from '../model/clock.js';
import { hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { OpenRepository } from '../repository.js';
import { Arrivals } from '../store/arrivals.js';
import { type Disk, nodeDisk } from '../store/disk.js';
import { GroupCommit, type GroupCommitOptions } from '../store/group-commit.js';
import type { HeldLock } from '../store/locks.js';
import { PackAllocator, type Transact } from '../store/pack-allocator.js';
import { enterAsWriter, passTurn } from '../store/writer-gate.js';
import { transactOnThread } from './transact-on-thread.js';

interface OpenWriter {
  readonly lock: HeldLock;
  readonly allocator: PackAllocator;
  readonly packs: GroupCommit;
}

const turnIntervalMs = 500;

/** Settings of a shared writer. */
export interface SharedWriterOptions extends GroupCommitOptions {
  readonly disk?: Disk; // that packs are written to, flushed and made on
  readonly writer?: Jobs | undefined; // carries out transactions; the calling thread does when absent
}

/** Lends the means to write to whoever writes just now. */
export class SharedWriter {
  readonly #repository: OpenRepository;
  readonly #clock: Clock;
  readonly #options: SharedWriterOptions;
  readonly #arrivals: Arrivals;
  #userCount = 0;
  #passedAtMs = 0; // when the last user asked whether gc waits
  #open: Promise<OpenWriter> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(repository: OpenRepository, clock: Clock, options: SharedWriterOptions = {}) {
    this.#repository = repository;
    this.#options = options;
    this.#clock = clock;
    this.#arrivals = new Arrivals(repository.meta, clock);
  }

  /**
   * Runs `work` with packs to append to.
   * @throws BusyError when gc removes packs just now and does not come to an end
   */
  async use<Result>(work: (packs: GroupCommit) => Promise<Result>): Promise<Result> {
    await this.#letGcIn();
    this.#userCount++;
    this.#open ??= this.#openWriter();
    const opening = this.#open;
    try {
      return await work((await opening).packs);
    } finally {
      this.#userCount--;
      if (this.#userCount === 0) await this.#close(opening);
    }
  }

  /**
   * Finds out what of `ids` is missing here, and has gc leave the rest alone for a while: a peer is told that it need not send it. gc
   * can take nothing between the look and the note.
   * @param ids 16 bytes each
   * @param find returns those that are missing, as a column
   */
  findMissing(
    ids: Uint8Array,
    find: (ids: Uint8Array) => Promise<Uint8Array> | Uint8Array,
  ): Promise<HashTable> {
    return this.use(async (packs) => {
      const missing = new HashTable();
      missing.addAll(await find(ids));
      const here = new HashTable();
      for (let at = 0; at < ids.length; at += hashBytesLength) {
        if (missing.find(ids, at) < 0) here.add(ids, at);
      }
      if (here.size > 0) await packs.commit(() => packs.arrivals.note(here.hashes));
      return missing;
    });
  }

  /** Runs `work` when all that was given here before has ended: for what must not overlap. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Users that follow each other without a pause would hold the lock for ever. */
  async #letGcIn(): Promise<void> {
    const nowMs = millisecondsOf(this.#clock);
    if (this.#userCount === 0 || nowMs - this.#passedAtMs < turnIntervalMs) return;
    this.#passedAtMs = nowMs;
    await passTurn(this.#repository.controlDirectory);
  }

  async #close(opening: Promise<OpenWriter>): Promise<void> {
    this.#open = undefined;
    const writer = await opening.catch(() => undefined);
    await writer?.packs.idle();
    writer?.allocator.close();
    writer?.lock.release();
  }

  async #openWriter(): Promise<OpenWriter> {
    const { controlDirectory, environment, packDirectory } = this.#repository;
    const lock = await enterAsWriter(controlDirectory);
    // What gc removed before the lock was taken must not look as if it were still stored.
    environment.refresh();
    try {
      const { disk = nodeDisk, writer } = this.#options;
      const transact: Transact = (action) =>
        writer === undefined
          ? environment.transaction(action)
          : transactOnThread(environment, writer, action);
      const options = { disk, transact };
      const allocator = await PackAllocator.open(environment, packDirectory, options);
      return { lock, allocator, packs: new GroupCommit(allocator, this.#arrivals, this.#options) };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
}
