/** The job `encodeDirs`: writes the nodes of directories, small ones into columns, large ones into the pack of the slot. */
import { hashBytesLength } from '../model/hash.js';
import type { EncodeDirsInput, EncodeDirsOutput, NodeColumns } from '../model/jobs.js';
import { inlineNodeLimit } from '../store/node-row.js';
import { PackWriter } from '../store/pack-writer.js';
import { encodeDirectory } from './encode.js';

/**
 * Does the job.
 * @throws IntegrityError when stored nodes or staged runs are damaged; OperationError when the pack cannot be written
 */
export function encodeDirectories(input: EncodeDirsInput): EncodeDirsOutput {
  const small = new NodeCollector();
  using writer = new PackWriter(input.slot);
  for (const directory of input.directories) {
    encodeDirectory(directory, input.commitId, (id, node, children) => {
      if (node.length + children.length <= inlineNodeLimit) small.add(id, node, children);
      else writer.appendNode(id, node, children, true);
    });
  }
  return { nodes: small.finish(), ...writer.finish() };
}

/** Collects nodes as columns. */
class NodeCollector {
  readonly #ids: Uint8Array[] = [];
  readonly #parts: Uint8Array[] = [];
  readonly #nodeLengths: number[] = [];
  readonly #childrenLengths: number[] = [];

  add(id: Uint8Array, node: Uint8Array, children: Uint8Array): void {
    this.#ids.push(id);
    this.#parts.push(node, new Uint8Array(children));
    this.#nodeLengths.push(node.length);
    this.#childrenLengths.push(children.length);
  }

  finish(): NodeColumns {
    return {
      count: this.#ids.length,
      ids: concatenate(this.#ids, this.#ids.length * hashBytesLength),
      nodeLengths: Uint32Array.from(this.#nodeLengths),
      childrenLengths: Uint32Array.from(this.#childrenLengths),
      bytes: concatenate(
        this.#parts,
        this.#parts.reduce((sum, part) => sum + part.length, 0),
      ),
    };
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
