/** Columns of nodes: how small nodes leave a job, before they are put into the database. */
import { GrowingBytes } from '../format/column-run.js';
import { hashBytesLength } from '../model/hash.js';
import type { NodeColumns } from '../model/jobs.js';

/** Collects nodes as columns. */
export class NodeCollector {
  readonly #ids = new GrowingBytes(256 * hashBytesLength);
  readonly #bytes = new GrowingBytes(256 * 1024);
  readonly #nodeLengths: number[] = [];
  readonly #childrenLengths: number[] = [];

  /** Adds a node; everything is copied. @param id 16 bytes */
  add(id: Uint8Array, node: Uint8Array, children: Uint8Array): void {
    this.#ids.append(id);
    this.#bytes.append(node);
    this.#bytes.append(children);
    this.#nodeLengths.push(node.length);
    this.#childrenLengths.push(children.length);
  }

  /** Returns the columns. */
  finish(): NodeColumns {
    return {
      count: this.#nodeLengths.length,
      ids: this.#ids.bytes.slice(),
      nodeLengths: Uint32Array.from(this.#nodeLengths),
      childrenLengths: Uint32Array.from(this.#childrenLengths),
      bytes: this.#bytes.bytes.slice(),
    };
  }
}
