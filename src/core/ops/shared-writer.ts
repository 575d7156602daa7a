/**
 * One repository written by many requests at once: they share a pack allocator, a lock against gc, and their commits. While
 * nobody writes, nothing is held, so that other processes can continue the packs and gc can run.
 */
import type { OpenRepository } from '../repository.js';
import { GroupCommit } from '../store/group-commit.js';
import { acquireLock, type HeldLock } from '../store/locks.js';
import { PackAllocator } from '../store/pack-allocator.js';

interface OpenWriter {
  readonly lock: HeldLock;
  readonly allocator: PackAllocator;
  readonly packs: GroupCommit;
}

/** Lends the means to write to whoever writes just now. */
export class SharedWriter {
  readonly #repository: OpenRepository;
  #userCount = 0;
  #open: Promise<OpenWriter> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(repository: OpenRepository) {
    this.#repository = repository;
  }

  /**
   * Runs `work` with packs to append to.
   * @throws BusyError when gc removes packs just now and does not come to an end
   */
  async use<Result>(work: (packs: GroupCommit) => Promise<Result>): Promise<Result> {
    this.#userCount++;
    this.#open ??= openWriter(this.#repository);
    const opening = this.#open;
    try {
      return await work((await opening).packs);
    } finally {
      this.#userCount--;
      if (this.#userCount === 0) await this.#close(opening);
    }
  }

  /** Runs `work` when all that was given here before has ended: for what must not overlap. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #close(opening: Promise<OpenWriter>): Promise<void> {
    this.#open = undefined;
    const writer = await opening.catch(() => undefined);
    writer?.allocator.close();
    writer?.lock.release();
  }
}

async function openWriter(repository: OpenRepository): Promise<OpenWriter> {
  const { controlDirectory, environment, packDirectory } = repository;
  const lock = await acquireLock(controlDirectory, 'gc', { shared: true });
  // What gc removed before the lock was taken must not look as if it were still stored.
  environment.refresh();
  try {
    const allocator = await PackAllocator.open(environment, packDirectory);
    return { lock, allocator, packs: new GroupCommit(allocator) };
  } catch (error) {
    lock.release();
    throw error;
  }
}
