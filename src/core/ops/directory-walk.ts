/**
 * Walks the directories of commits for `fsck`, each different one once, without an object or a text for a file. Walks that are given the
 * same commits in the same order meet the same files in the same order. What cannot be read ends the walk only there.
 */
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import { childHashAt, type NodeView, peekChild } from '../format/node-file.js';
import { OxenError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import { type CommitTree, type NodeSource, requireNode } from '../tree/read.js';

/** A directory and where it was met first. */
export interface MetDirectory {
  readonly id: Hash;
  readonly path: RepoPath;
  readonly commitId: CommitId;
}

/** Is told what a walk meets. */
export interface DirectoryVisitor {
  /** Takes a directory before its entries. */
  directory?(met: MetDirectory, dir: NodeView, vnodes: readonly NodeView[]): void;
  /** Takes the file that is child `child` of a vnode of a directory. */
  file(met: MetDirectory, vnode: NodeView, child: number): void;
  /** Takes a directory of which something cannot be read; what was visited of it until then was sound. */
  unreadable?(met: MetDirectory, error: OxenError): void;
}

const peek = new EntryPeek();

/** The directories that were met so far. */
export class DirectoryWalk {
  readonly #nodes: NodeSource;
  readonly #met = new HashTable();

  constructor(nodes: NodeSource) {
    this.#nodes = nodes;
  }

  /** Number of different directories that were met. */
  get directoryCount(): number {
    return this.#met.size;
  }

  /** Visits the directories of a commit that were not met before, each before what lies below it. @throws what the visitor throws, but no OxenError */
  visit(commitId: CommitId, { rootId }: CommitTree, visitor: DirectoryVisitor): void {
    this.#visit({ id: rootId, path: rootPath, commitId }, visitor);
  }

  #visit(met: MetDirectory, visitor: DirectoryVisitor): void {
    if (this.#met.add(hashToBytes(met.id)) < 0) return;
    try {
      const dir = requireNode(this.#nodes, met.id, 'dir');
      const vnodes = Array.from({ length: dir.childCount }, (_, bucket) =>
        requireNode(this.#nodes, childHashAt(dir, bucket), 'vnode'),
      );
      visitor.directory?.(met, dir, vnodes);
      for (const vnode of vnodes) this.#visitEntries(met, vnode, visitor);
    } catch (error) {
      if (!(error instanceof OxenError)) throw error;
      visitor.unreadable?.(met, error);
    }
  }

  #visitEntries(met: MetDirectory, vnode: NodeView, visitor: DirectoryVisitor): void {
    requireEntries(vnode);
    for (let child = 0; child < vnode.childCount; child++) {
      peekChild(vnode, child, peek);
      if (peek.type !== nodeTypes.dir) {
        visitor.file(met, vnode, child);
        continue;
      }
      const path = joinPath(met.path, peekedName(vnode.children, peek));
      this.#visit({ id: childHashAt(vnode, child), path, commitId: met.commitId }, visitor);
    }
  }
}

/** @throws IntegrityError when an entry cannot be read: then none of them is visited */
function requireEntries(vnode: NodeView): void {
  for (let child = 0; child < vnode.childCount; child++) {
    peekChild(vnode, child, peek);
    peekedName(vnode.children, peek);
  }
}
