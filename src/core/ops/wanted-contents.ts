/** The contents that this repository is to have and has not, collected from trees: what a fetch asks for. */
import { peekedName } from '../format/entry-peek.js';
import { childHashOffset } from '../format/node-file.js';
import { type CommitId, hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { joinPath, type RepoPath } from '../model/path.js';
import { WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { findNewNodes, type NewFile } from '../tree/new-nodes.js';
import { heldPaths, readClonePart } from './partial-contents.js';

/** Collects the contents of trees that this repository is to have. */
export class WantedContents {
  readonly #repository: OpenRepository;
  readonly #isHeld: ((path: RepoPath) => boolean) | undefined; // undefined: everything is
  readonly #hashes = new HashTable();
  readonly #sizes: number[] = [];

  /** @param everything also what lies outside of the part of a partial clone */
  constructor(repository: OpenRepository, everything = false) {
    this.#repository = repository;
    const isWhole = everything || readClonePart(repository) === undefined;
    this.#isHeld = isWhole ? undefined : heldPaths(repository);
  }

  /** Adds the contents of a commit that are not at the same path in others. */
  addTree(id: CommitId, bases: readonly CommitId[]): void {
    const tree = this.#repository.commitTree(id);
    if (tree === undefined) return;
    const baseIds = bases.flatMap((base) => this.#repository.commitTree(base)?.rootId ?? []);
    const visit = ({ directory, vnode, child, peek }: NewFile): void => {
      if (this.#isHeld?.(joinPath(directory, peekedName(vnode.children, peek))) === false) return;
      if (this.#hashes.add(vnode.node, childHashOffset(vnode, child)) < 0) return;
      this.#sizes.push(peek.sizeBytes);
    };
    const source = this.#repository.nodes;
    findNewNodes({ source, seen: new HashTable(), visit }, tree.rootId, baseIds);
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
