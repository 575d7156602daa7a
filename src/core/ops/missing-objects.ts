/** Which of many objects are not stored here: the question of two of ours before they send each other anything. */
import type { OpenRepository } from '../repository.js';
import type { ObjectKind } from '../wire/fast/frame.js';

/** Returns those of `hashes` that are not stored, in their order; 16 bytes each. */
export function findMissingObjects(
  { versions, nodes }: OpenRepository,
  objects: ObjectKind,
  hashes: Uint8Array,
): Uint8Array {
  switch (objects) {
    case 'commits':
    case 'nodes':
      return nodes.findMissing(hashes);
    case 'contents':
      return versions.findMissing(hashes);
    case 'chunks':
      return versions.findMissingChunks(hashes);
    default:
      return objects satisfies never;
  }
}
