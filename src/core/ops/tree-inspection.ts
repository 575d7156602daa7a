/**
 * Looks through the trees of commits for what is missing here: nodes and contents that they name and that are not stored. Only
 * directories that differ from those of a base are read, and each directory once.
 */
import { setImmediate } from 'node:timers/promises';
import { childHashAt, childHashOffset, childTypeAt, type NodeView } from '../format/node-file.js';
import { type CommitId, type Hash, hashBytesLength, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { requireNode, vnodeEntries } from '../tree/read.js';

/** A directory whose nodes are all here, as it is gone through. */
export interface InspectedDirectory {
  readonly commitId: CommitId;
  readonly path: RepoPath;
  readonly id: Hash;
  readonly dir: NodeView;
  readonly vnodeIds: readonly Hash[];
  readonly vnodes: readonly NodeView[];
}

interface PendingDirectory {
  readonly path: RepoPath;
  readonly id: Hash;
  readonly baseId: Hash | undefined;
}

/** Nodes that are looked through, and contents that are looked up, before others have their turn: some ms. */
const childrenPerSlice = 2048;

/** Collects what is missing of the trees that it is given. */
export class TreeInspection {
  readonly #repository: OpenRepository;
  readonly #visit: (directory: InspectedDirectory) => void;
  readonly #directories = new HashTable();
  readonly #contents = new HashTable();
  readonly #missingNodes = new HashTable();
  #checkedContents = 0;
  #missingContentCount = 0;
  #sliceCount = 0; // of the present turn

  /** @param visit is called for every directory that is new */
  constructor(
    repository: OpenRepository,
    visit: (directory: InspectedDirectory) => void = () => {},
  ) {
    this.#repository = repository;
    this.#visit = visit;
  }

  /** Number of nodes that are named and not stored. */
  get missingNodeCount(): number {
    return this.#missingNodes.size;
  }

  /** Number of contents that are named and not stored. */
  get missingContentCount(): number {
    return this.#missingContentCount;
  }

  /** Whether nothing is missing so far. */
  get isComplete(): boolean {
    return this.missingNodeCount === 0 && this.missingContentCount === 0;
  }

  /**
   * Goes through what the tree of a commit adds to that of a base.
   * @throws IntegrityError when a node is damaged or of the wrong kind
   */
  async inspect(commitId: CommitId, rootId: Hash, baseRootId: Hash | undefined): Promise<void> {
    const pending: PendingDirectory[] = [{ path: rootPath, id: rootId, baseId: baseRootId }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.id === next.baseId || this.#directories.add(hashToBytes(next.id)) < 0) continue;
      for (const below of this.#inspectDirectory(commitId, next)) pending.push(below);
      await this.#spend(1);
    }
    await this.#checkContents();
  }

  /** Counts what was done, and gives others their turn when it was enough. */
  async #spend(count: number): Promise<void> {
    this.#sliceCount += count;
    if (this.#sliceCount < childrenPerSlice) return;
    this.#sliceCount = 0;
    await setImmediate();
  }

  #inspectDirectory(commitId: CommitId, place: PendingDirectory): PendingDirectory[] {
    const { path, id } = place;
    const dir = this.#read(id, 'dir');
    if (dir === undefined) return [];
    const vnodeIds: Hash[] = [];
    const vnodes: NodeView[] = [];
    for (let bucket = 0; bucket < dir.childCount; bucket++) {
      const vnodeId = childHashAt(dir, bucket);
      const vnode = this.#read(vnodeId, 'vnode');
      if (vnode === undefined) continue;
      vnodeIds.push(vnodeId);
      vnodes.push(vnode);
      this.#sliceCount += vnode.childCount;
    }
    if (vnodes.length === dir.childCount) {
      this.#visit({ commitId, path, id, dir, vnodeIds, vnodes });
    }
    const known = this.#knownDirectories(place.baseId);
    const below: PendingDirectory[] = [];
    for (const vnode of vnodes) {
      if (!this.#addContents(vnode)) continue;
      for (const entry of vnodeEntries(vnode)) {
        if (entry.kind !== 'dir') continue;
        below.push({
          path: joinPath(path, entry.name),
          id: entry.hash,
          baseId: known.get(entry.name),
        });
      }
    }
    return below;
  }

  /** Notes the contents that a vnode names; says whether there are directories in it, too. */
  #addContents(vnode: NodeView): boolean {
    let hasDirectories = false;
    for (let index = 0; index < vnode.childCount; index++) {
      if (childTypeAt(vnode, index) === nodeTypes.dir) hasDirectories = true;
      else this.#contents.add(vnode.node, childHashOffset(vnode, index));
    }
    return hasDirectories;
  }

  #knownDirectories(baseId: Hash | undefined): ReadonlyMap<string, Hash> {
    const known = new Map<string, Hash>();
    const dir = baseId === undefined ? undefined : this.#readQuietly(baseId, 'dir');
    for (let bucket = 0; bucket < (dir?.childCount ?? 0); bucket++) {
      const vnode =
        dir === undefined ? undefined : this.#readQuietly(childHashAt(dir, bucket), 'vnode');
      if (vnode === undefined || !hasDirectories(vnode)) continue;
      for (const entry of vnodeEntries(vnode)) {
        if (entry.kind === 'dir') known.set(entry.name, entry.hash);
      }
    }
    return known;
  }

  async #checkContents(): Promise<void> {
    const { hashes, size } = this.#contents;
    while (this.#checkedContents < size) {
      const start = this.#checkedContents;
      this.#checkedContents = Math.min(size, start + childrenPerSlice);
      const fresh = hashes.subarray(
        start * hashBytesLength,
        this.#checkedContents * hashBytesLength,
      );
      const missing = this.#repository.versions.findMissing(fresh);
      this.#missingContentCount += missing.length / hashBytesLength;
      await this.#spend(childrenPerSlice);
    }
  }

  #read(id: Hash, kind: 'dir' | 'vnode'): NodeView | undefined {
    const view = this.#readQuietly(id, kind);
    if (view === undefined) this.#missingNodes.add(hashToBytes(id));
    return view;
  }

  #readQuietly(id: Hash, kind: 'dir' | 'vnode'): NodeView | undefined {
    if (!this.#repository.nodes.has(id)) return undefined;
    return requireNode(this.#repository.nodes, id, kind);
  }
}

function hasDirectories(vnode: NodeView): boolean {
  for (let index = 0; index < vnode.childCount; index++) {
    if (childTypeAt(vnode, index) === nodeTypes.dir) return true;
  }
  return false;
}
