/**
 * Takes nodes that arrive one by one (a push, a clone) and stores them: small ones in the database, large ones as records of a
 * pack. Nothing is known to anyone before `commit`. Callers commit every 32 MiB or so: what is collected is held in memory.
 */
import type { Hash } from '../model/hash.js';
import { hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import { LentWriter } from './lent-writer.js';
import { inlineNodeLimit } from './node-row.js';
import type { IdentifiedNode, LmdbNodeStore, PutNodeOptions } from './node-store.js';
import type { PackLender } from './pack-allocator.js';

/** Collects nodes for one commit; then it can be used again. Close it when done. */
export class NodeSink {
  readonly #nodes: LmdbNodeStore;
  readonly #allocator: PackLender;
  readonly #packs: LentWriter;
  readonly #options: PutNodeOptions;
  readonly #compress: boolean;
  #small: IdentifiedNode[] = [];
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
    this.#packs = new LentWriter(allocator);
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
    this.#packs.current.appendNode(hashToBytes(id), blobs.node, blobs.children, this.#compress);
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
    const places = this.#packs.finish();
    const result = await this.#allocator.commit(() => {
      for (const { id, blobs } of this.#small) this.#nodes.put(id, blobs, this.#options);
      this.#nodes.putPlaces(places, this.#options);
      this.#allocator.arrivals?.note(this.#taken.hashes);
      return action();
    });
    this.#forget();
    return result;
  }

  /** Gives the slot back; what was not committed is lost. */
  close(): void {
    this.#packs.close();
    this.#forget();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #forget(): void {
    this.#small = [];
    this.#packs.forget();
    this.#taken = new HashTable();
    this.#pendingBytes = 0;
  }
}
