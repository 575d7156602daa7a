/** The job `encodeDirs`: writes the nodes of directories, small ones into columns, large ones into the pack of the slot. */
import { GrowingBytes } from '../format/column-run.js';
import { hashBytesLength } from '../model/hash.js';
import type { EncodeDirsInput, EncodeDirsOutput, NodeColumns } from '../model/jobs.js';
import { inlineNodeLimit } from '../store/node-row.js';
import { PackWriter } from '../store/pack-writer.js';
import { DirectoryEncoder } from './encode.js';

/**
 * Does the job.
 * @throws IntegrityError when stored nodes or staged runs are damaged; OperationError when the pack cannot be written
 */
export function encodeDirectories(input: EncodeDirsInput): EncodeDirsOutput {
  const small = new NodeCollector();
  using writer = new PackWriter(input.slot);
  const encoder = new DirectoryEncoder(input.commitId);
  for (const directory of input.directories) {
    encoder.encode(directory, (id, node, children) => {
      if (node.length + children.length <= inlineNodeLimit) small.add(id, node, children);
      else writer.appendNode(id, node, children, true);
    });
  }
  return { nodes: small.finish(), ...writer.finish() };
}

/** Collects nodes as columns. */
class NodeCollector {
  readonly #ids = new GrowingBytes(256 * hashBytesLength);
  readonly #bytes = new GrowingBytes(256 * 1024);
  readonly #nodeLengths: number[] = [];
  readonly #childrenLengths: number[] = [];

  add(id: Uint8Array, node: Uint8Array, children: Uint8Array): void {
    this.#ids.append(id);
    this.#bytes.append(node);
    this.#bytes.append(children);
    this.#nodeLengths.push(node.length);
    this.#childrenLengths.push(children.length);
  }

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
