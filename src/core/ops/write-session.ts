/**
 * What a verb writes between two durable points. Packs are lent to jobs, what the jobs appended is collected, and `save`
 * makes it durable and visible in the order that crash safety asks for: bytes in packs, fsync, then one LMDB
 * transaction that names them.
 */
import { recordKinds } from '../format/pack-record.js';
import type { NodeColumns, PackSlot, PlaceColumns } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import { compressFromOf } from '../store/config-files.js';
import type { HeldLock } from '../store/locks.js';
import { PackAllocator } from '../store/pack-allocator.js';
import { enterAsWriter } from '../store/writer-gate.js';

/** Records of one pack that are not named by the store yet. */
interface PendingPlaces {
  readonly packId: number;
  readonly places: PlaceColumns;
}

/** Collects the writes of one verb. */
export class WriteSession {
  readonly #repository: OpenRepository;
  readonly #packs: PackAllocator;
  readonly #lock: HeldLock;
  #places: PendingPlaces[] = [];
  #nodes: NodeColumns[] = [];
  #actions: (() => void)[] = [];
  #pendingBytes = 0;

  private constructor(repository: OpenRepository, packs: PackAllocator, lock: HeldLock) {
    this.#repository = repository;
    this.#packs = packs;
    this.#lock = lock;
  }

  /**
   * Begins to write. Close the session, also after a failure.
   * @throws BusyError when gc removes packs just now and does not come to an end
   */
  static async open(repository: OpenRepository): Promise<WriteSession> {
    const { controlDirectory, environment, packDirectory } = repository;
    const lock = await enterAsWriter(controlDirectory);
    // What gc removed before the lock was taken must not look as if it were still stored.
    environment.refresh();
    try {
      return new WriteSession(
        repository,
        await PackAllocator.open(
          environment,
          packDirectory,
          compressFromOf(repository.engineConfig(), 'add'),
        ),
        lock,
      );
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Bytes of rows and nodes that wait for `save`. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Lends a pack to `work`, which appends to it, and takes what it appended. */
  async withSlot<Output extends { readonly slotEnd: number }>(
    work: (slot: PackSlot) => Promise<Output>,
    placesOf: (output: Output) => readonly PlaceColumns[],
  ): Promise<Output> {
    const slot = this.#packs.lend();
    let end = slot.offset;
    try {
      const output = await work(slot);
      end = output.slotEnd;
      for (const places of placesOf(output)) {
        if (places.count > 0) this.#places.push({ packId: slot.packId, places });
        this.#pendingBytes += places.count * 64;
      }
      return output;
    } finally {
      this.#packs.giveBack(slot, end);
    }
  }

  /** Keeps nodes to be stored. */
  addNodes(nodes: NodeColumns): void {
    if (nodes.count === 0) return;
    this.#nodes.push(nodes);
    this.#pendingBytes += nodes.bytes.length;
  }

  /** Keeps an action to be done inside the transaction; `sizeBytes` is about what it will write. */
  addAction(sizeBytes: number, action: () => void): void {
    this.#actions.push(action);
    this.#pendingBytes += sizeBytes;
  }

  /**
   * Makes everything collected durable and visible, and forgets it. `last` runs at the end of the same transaction.
   * @throws OperationError when the disk refuses; nothing collected is visible then
   */
  async save(last: () => void = () => {}): Promise<void> {
    const places = this.#places;
    const nodes = this.#nodes;
    const actions = this.#actions;
    this.#places = [];
    this.#nodes = [];
    this.#actions = [];
    this.#pendingBytes = 0;
    const { versions, nodes: nodeStore } = this.#repository;
    await this.#packs.commit(() => {
      versions.putPlaces(places);
      nodeStore.putPlaces(places.filter(hasNodes));
      for (const columns of nodes) nodeStore.putColumns(columns);
      for (const action of actions) action();
      last();
    });
  }

  /** Lets go of packs and locks; what was not saved is forgotten. */
  close(): void {
    this.#packs.close();
    this.#lock.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function hasNodes({ places }: PendingPlaces): boolean {
  return places.kinds.includes(recordKinds.node);
}
