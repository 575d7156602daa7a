/** Nodes read last, up to a number of bytes: walks visit the upper directories over and over. */
import type { Hash } from '../model/hash.js';
import type { NodeBlobs } from '../model/node.js';

/** A cache of nodes that forgets the one used longest ago. */
export class NodeCache {
  readonly #largestBytes: number;
  readonly #nodes = new Map<Hash, NodeBlobs>();
  #bytes = 0;

  constructor(largestBytes: number) {
    this.#largestBytes = largestBytes;
  }

  /** Returns a node that was put before and not forgotten since. */
  get(id: Hash): NodeBlobs | undefined {
    const blobs = this.#nodes.get(id);
    if (blobs === undefined) return undefined;
    this.#nodes.delete(id);
    this.#nodes.set(id, blobs);
    return blobs;
  }

  /** Keeps a node; one that would fill more than half of the cache is not kept. */
  put(id: Hash, blobs: NodeBlobs): void {
    const size = sizeOf(blobs);
    if (size * 2 > this.#largestBytes) return;
    this.delete(id);
    this.#nodes.set(id, blobs);
    this.#bytes += size;
    for (const oldest of this.#nodes.keys()) {
      if (this.#bytes <= this.#largestBytes) return;
      this.delete(oldest);
    }
  }

  /** Forgets a node. */
  delete(id: Hash): void {
    const blobs = this.#nodes.get(id);
    if (blobs === undefined) return;
    this.#nodes.delete(id);
    this.#bytes -= sizeOf(blobs);
  }
}

function sizeOf(blobs: NodeBlobs): number {
  return blobs.node.length + blobs.children.length;
}
