/** The contents that this repository is to have and has not, collected from trees: what a fetch asks for. */
import { type CommitId, hashBytesLength, writeHash } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { RepoPath } from '../model/path.js';
import { WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { findNewNodes } from '../tree/new-nodes.js';
import { heldPaths } from './partial-contents.js';

const scratch = new Uint8Array(hashBytesLength);

/** Collects the contents of trees that this repository is to have. */
export class WantedContents {
  readonly #repository: OpenRepository;
  readonly #holds: (path: RepoPath) => boolean;
  readonly #hashes = new HashTable();
  readonly #sizes: number[] = [];

  /** @param everything also what lies outside of the part of a partial clone */
  constructor(repository: OpenRepository, everything = false) {
    this.#repository = repository;
    this.#holds = everything ? () => true : heldPaths(repository);
  }

  /** Adds the contents of a commit that are not at the same path in others. */
  addTree(id: CommitId, bases: readonly CommitId[]): void {
    const tree = this.#repository.commitTree(id);
    if (tree === undefined) return;
    const baseIds = bases.flatMap((base) => this.#repository.commitTree(base)?.rootId ?? []);
    const { nodes } = this.#repository;
    for (const found of findNewNodes(nodes, tree.rootId, baseIds, new HashTable())) {
      if (found.kind !== 'file' || !this.#holds(found.path)) continue;
      writeHash(found.entry.hash, scratch);
      if (this.#hashes.add(scratch) >= 0) this.#sizes.push(found.entry.sizeBytes);
    }
  }

  /** Returns those that are not stored, each once. */
  missing(): WantedVersions {
    const hashes = this.#repository.versions.findMissing(this.#hashes.hashes);
    const sizes = new Float64Array(hashes.length / hashBytesLength);
    sizes.forEach((_, row) => {
      const index = this.#hashes.find(hashes, row * hashBytesLength);
      sizes[row] = this.#sizes[index] ?? 0;
    });
    return new WantedVersions(hashes, sizes);
  }
}
