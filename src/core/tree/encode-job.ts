/** The job `encodeDirs`: writes the nodes of directories, small ones into columns, large ones into the pack of the slot. */
import type { EncodeDirsInput, EncodeDirsOutput } from '../model/jobs.js';
import { NodeCollector } from '../store/node-columns.js';
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
