/**
 * Takes nodes that arrive one by one (a push, a clone) and stores them: small ones in the database, large ones as records of a
 * pack. Nothing is known to anyone before `commit`. Callers commit every 32 MiB or so: what is collected is held in memory.
 */
import type { Hash } from '../model/hash.js';
import { hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { PackSlot } from '../model/jobs.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import { inlineNodeLimit } from './node-row.js';
import type { IdentifiedNode, LmdbNodeStore, PutNodeOptions } from './node-store.js';
import type { PackLender } from './pack-allocator.js';
import { PackWriter } from './pack-writer.js';
import type { PackPlaces } from './version-store.js';

/** Collects nodes for one commit; then it can be used again. Close it when done. */
export class NodeSink {
  readonly #nodes: LmdbNodeStore;
  readonly #allocator: PackLender;
  readonly #options: PutNodeOptions;
  readonly #compress: boolean;
  #small: IdentifiedNode[] = [];
  #placed: PackPlaces[] = [];
  #open: { slot: PackSlot; writer: PackWriter } | undefined;
  #pendingBytes = 0;
  #taken = new HashTable();

  /** @param compress whether large nodes are compressed */
  constructor(
    nodes: LmdbNodeStore,
    allocator: PackLender,
    options: PutNodeOptions = {},
    compress = false,
  ) {
    this.#nodes = nodes;
    this.#allocator = allocator;
    this.#options = options;
    this.#compress = compress;
  }

  /** Bytes that are held in memory until the next commit. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Takes a node; its blobs are kept, not copied.
   * @throws OperationError when the pack cannot be written
   */
  add(id: Hash, blobs: NodeBlobs): void {
    this.keep(id);
    const size = blobs.node.length + blobs.children.length;
    // Commits always lie in the database: they are listed by their ids.
    if (size <= inlineNodeLimit || blobs.node[0] === nodeTypes.commit) {
      this.#small.push({ id, blobs });
      this.#pendingBytes += size;
      return;
    }
    if (this.#open?.writer.isFull === true) this.#closeSlot();
    if (this.#open === undefined) {
      const slot = this.#allocator.lend();
      this.#open = { slot, writer: new PackWriter(slot, { disk: this.#allocator.disk }) };
    }
    this.#open.writer.appendNode(hashToBytes(id), blobs.node, blobs.children, this.#compress);
  }

  /** Takes a node that is stored already: gc leaves it where it is for a while. */
  keep(id: Hash): void {
    this.#taken.add(hashToBytes(id));
  }

  /**
   * Makes everything taken in durable and known, together with what `action` writes, in one transaction.
   * @throws OperationError when the disk fails or is full; and whatever the conflict rule of the options throws
   */
  async commit<Result>(action: () => Result): Promise<Result> {
    this.#closeSlot();
    const result = await this.#allocator.commit(() => {
      for (const { id, blobs } of this.#small) this.#nodes.put(id, blobs, this.#options);
      this.#nodes.putPlaces(this.#placed, this.#options);
      this.#allocator.arrivals?.note(this.#taken.hashes);
      return action();
    });
    this.#forget();
    return result;
  }

  /** Gives the slot back; what was not committed is lost. */
  close(): void {
    if (this.#open !== undefined) {
      const { slot, writer } = this.#open;
      this.#open = undefined;
      writer.close();
      this.#allocator.giveBack(slot, slot.offset);
    }
    this.#forget();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #forget(): void {
    this.#small = [];
    this.#placed = [];
    this.#taken = new HashTable();
    this.#pendingBytes = 0;
  }

  #closeSlot(): void {
    if (this.#open === undefined) return;
    const { slot, writer } = this.#open;
    this.#open = undefined;
    let end = slot.offset;
    try {
      const written = writer.finish();
      this.#placed.push({ packId: slot.packId, places: written.places });
      end = written.slotEnd;
    } finally {
      writer.close();
      this.#allocator.giveBack(slot, end);
    }
  }
}
