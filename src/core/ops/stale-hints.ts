/**
 * Hints in directories that name commits which gc is about to remove: they get the oldest commit that holds the directory and stays. Stock
 * clients fetch large files by the commit of the hint. Nothing is read when no commit goes; each vnode is read once.
 */
import { childHashAt } from '../format/node-file.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { NodeBlobs } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { type CommitTree, requireNode, vnodeEntries } from '../tree/read.js';
import type { Reachable } from './reachable.js';
import { repairHints } from './repair-hints.js';

/** Collects the vnodes that need other hints. */
export class StaleHints {
  readonly #repository: OpenRepository;
  readonly #reachable: Reachable;
  readonly #repaired = new Map<Hash, NodeBlobs>();
  readonly #visited = new HashTable();

  constructor(repository: OpenRepository, reachable: Reachable) {
    this.#repository = repository;
    this.#reachable = reachable;
  }

  /** Looks at what is needed and was not looked at before. @throws IntegrityError when a node is missing or damaged */
  find(): void {
    const { nodes } = this.#repository;
    const isNeeded = (id: Hash) => this.#reachable.nodes.find(hashToBytes(id)) >= 0;
    const all = nodes.commitsStartingWith('', Number.MAX_SAFE_INTEGER);
    const doomed = new Set<Hash>(all.filter((id) => !isNeeded(id)));
    if (doomed.size === 0) return;
    const staying = all.filter(isNeeded).flatMap((id) => this.#repository.commitTree(id) ?? []);
    staying.sort((a, b) => a.commit.timestamp.seconds - b.commit.timestamp.seconds);
    for (const tree of staying) this.#visitTree(tree, doomed);
  }

  /** Stores the repaired vnodes; inside the transaction that removes the commits. */
  write(): void {
    const { nodes } = this.#repository;
    for (const [id, blobs] of this.#repaired) {
      const origin = nodes.origin(id);
      if (origin !== undefined) nodes.put(id, blobs, { origin, onConflict: () => 'replace' });
    }
  }

  #visitTree({ commit, rootId }: CommitTree, doomed: ReadonlySet<Hash>): void {
    const pending = [rootId];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (this.#visited.add(hashToBytes(id)) < 0) continue;
      const dir = requireNode(this.#repository.nodes, id, 'dir');
      for (let bucket = 0; bucket < dir.childCount; bucket++) {
        this.#visitVnode(childHashAt(dir, bucket), commit.id, doomed, pending);
      }
    }
  }

  #visitVnode(id: Hash, commitId: CommitId, doomed: ReadonlySet<Hash>, pending: Hash[]): void {
    if (this.#visited.add(hashToBytes(id)) < 0) return;
    const vnode = requireNode(this.#repository.nodes, id, 'vnode');
    const blobs = repairHints(vnode, commitId, (hint) => !doomed.has(hint));
    if (blobs !== undefined) this.#repaired.set(id, blobs);
    for (const entry of vnodeEntries(vnode)) if (entry.kind === 'dir') pending.push(entry.hash);
  }
}
