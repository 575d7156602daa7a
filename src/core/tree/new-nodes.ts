/**
 * What a tree has and other trees have not: the directories, vnodes and files that travel when a commit is sent to someone
 * who has the others. Equal ids are not looked into, so the cost follows the difference, not the size.
 */
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import { childHashAt, childHashOffset, type NodeView, peekChild } from '../format/node-file.js';
import { type Hash, hashBytesLength, writeHash } from '../model/hash.js';
import type { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import { findEntry, type NodeSource, readDirectory, requireNode, type TreeEntry } from './read.js';

/** A file that a tree has and the others have not, where it stands in its vnode. */
export interface NewFile {
  readonly directory: RepoPath;
  readonly vnode: NodeView;
  readonly child: number; // `childHashOffset` gives the hash of its content
  readonly peek: EntryPeek; // what its payload says; valid until `visit` returns
}

/** What is looked for. */
export interface NewNodeSearch {
  readonly source: NodeSource;
  /** Directories and vnodes that are not looked into again; those that are new are added, parents first. */
  readonly seen: HashTable;
  /** Is called for each file whose content is not at the same path in the other trees. */
  visit(file: NewFile): void;
}

const scratch = new Uint8Array(hashBytesLength);
const peek = new EntryPeek();

/**
 * Looks through the directories and vnodes of the tree `rootId` that are not in the trees `baseIds`.
 * @throws IntegrityError when a node is missing or damaged; what `visit` throws
 */
export function findNewNodes(search: NewNodeSearch, rootId: Hash, baseIds: readonly Hash[]): void {
  visitDirectory(search, rootPath, rootId, baseIds);
}

function visitDirectory(
  search: NewNodeSearch,
  path: RepoPath,
  id: Hash,
  baseIds: readonly Hash[],
): void {
  const { source, seen } = search;
  if (baseIds.includes(id) || !isFirst(seen, id)) return;
  const dir = requireNode(source, id, 'dir');
  const bases = baseIds.map((baseId) => new BaseDirectory(source, path, baseId));
  for (let bucket = 0; bucket < dir.childCount; bucket++) {
    const vnodeId = childHashAt(dir, bucket);
    if (bases.some((base) => base.hasVnode(vnodeId))) continue;
    if (seen.add(dir.node, childHashOffset(dir, bucket)) < 0) continue;
    visitVnode(search, path, requireNode(source, vnodeId, 'vnode'), bases);
  }
}

function visitVnode(
  search: NewNodeSearch,
  path: RepoPath,
  vnode: NodeView,
  bases: readonly BaseDirectory[],
): void {
  for (let child = 0; child < vnode.childCount; child++) {
    peekChild(vnode, child, peek);
    const isFile = peek.type === nodeTypes.file;
    if (isFile && bases.length === 0) {
      search.visit({ directory: path, vnode, child, peek });
      continue;
    }
    const name = peekedName(vnode.children, peek);
    const hash = childHashAt(vnode, child);
    const before = bases.map((base) => base.find(name));
    const kind = isFile ? 'file' : 'dir';
    if (before.some((known) => known?.kind === kind && known.hash === hash)) continue;
    if (isFile) {
      search.visit({ directory: path, vnode, child, peek });
      continue;
    }
    const below = before.flatMap((known) => (known?.kind === 'dir' ? [known.hash] : []));
    visitDirectory(search, joinPath(path, name), hash, below);
  }
}

/** Above so many vnodes to compare, all entries of a base directory are read once instead of being searched one by one. */
const searchedVnodes = 4;

class BaseDirectory {
  readonly #source: NodeSource;
  readonly #path: RepoPath;
  readonly #id: Hash;
  readonly #vnodes = new Set<Hash>();
  #entries: Map<string, TreeEntry> | undefined;

  constructor(source: NodeSource, path: RepoPath, id: Hash) {
    this.#source = source;
    this.#path = path;
    this.#id = id;
    const dir = requireNode(source, id, 'dir');
    for (let bucket = 0; bucket < dir.childCount; bucket++) {
      this.#vnodes.add(childHashAt(dir, bucket));
    }
  }

  hasVnode(id: Hash): boolean {
    return this.#vnodes.has(id);
  }

  find(name: string): TreeEntry | undefined {
    if (this.#vnodes.size > searchedVnodes) {
      return findEntry(this.#source, this.#id, this.#path, name);
    }
    this.#entries ??= new Map(
      readDirectory(this.#source, this.#id).map((entry) => [entry.name, entry]),
    );
    return this.#entries.get(name);
  }
}

function isFirst(seen: HashTable, id: Hash): boolean {
  writeHash(id, scratch);
  return seen.add(scratch) >= 0;
}
