/**
 * What a tree has and other trees have not: the directories, vnodes and files that travel when a commit is sent to someone
 * who has the others. Equal ids are not looked into, so the cost follows the difference, not the size.
 */
import { childHashAt, childHashOffset } from '../format/node-file.js';
import { type Hash, hashBytesLength, writeHash } from '../model/hash.js';
import type { HashTable } from '../model/hash-table.js';
import { joinPath, type RepoPath } from '../model/path.js';
import {
  findEntry,
  type NodeSource,
  readDirectory,
  requireNode,
  type TreeEntry,
  vnodeEntries,
} from './read.js';

/** Something that a tree has and the others have not. */
export type NewNode =
  | { readonly kind: 'node'; readonly id: Hash }
  | { readonly kind: 'file'; readonly path: RepoPath; readonly entry: TreeEntry };

const scratch = new Uint8Array(hashBytesLength);

/**
 * Yields the directories and vnodes of the tree `rootId` that are not in the trees `baseIds`, parents first, and the files whose
 * content is not at the same path there.
 * @param seen directories and vnodes that were yielded before are not yielded again; those yielded are added
 */
export function* findNewNodes(
  source: NodeSource,
  rootId: Hash,
  baseIds: readonly Hash[],
  seen: HashTable,
): Generator<NewNode> {
  yield* newNodesOfDirectory(source, '' as RepoPath, rootId, baseIds, seen);
}

function* newNodesOfDirectory(
  source: NodeSource,
  path: RepoPath,
  id: Hash,
  baseIds: readonly Hash[],
  seen: HashTable,
): Generator<NewNode> {
  if (baseIds.includes(id) || !isFirst(seen, id)) return;
  yield { kind: 'node', id };
  const dir = requireNode(source, id, 'dir');
  const bases = baseIds.map((baseId) => new BaseDirectory(source, path, baseId));
  for (let bucket = 0; bucket < dir.childCount; bucket++) {
    const vnodeId = childHashAt(dir, bucket);
    if (bases.some((base) => base.hasVnode(vnodeId))) continue;
    if (seen.add(dir.node, childHashOffset(dir, bucket)) < 0) continue;
    yield { kind: 'node', id: vnodeId };
    for (const entry of vnodeEntries(requireNode(source, vnodeId, 'vnode'))) {
      const entryPath = joinPath(path, entry.name);
      const before = bases.map((base) => base.find(entry.name));
      if (before.some((known) => known?.kind === entry.kind && known.hash === entry.hash)) continue;
      if (entry.kind === 'file') {
        yield { kind: 'file', path: entryPath, entry };
        continue;
      }
      const below = before.flatMap((known) => (known?.kind === 'dir' ? [known.hash] : []));
      yield* newNodesOfDirectory(source, entryPath, entry.hash, below, seen);
    }
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
