/**
 * Goes through the nodes that a receiver needs for some commits: each commit, directory and vnode once, and nothing of the
 * tree of a base that the receiver has. The base's tree is not read as a whole: equal directories are left out in pairs.
 */
import { setImmediate } from 'node:timers/promises';
import { childHashAt, childTypeAt, type NodeView } from '../format/node-file.js';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import { isWithin, joinPath, pathDepth, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { IdentifiedNode } from '../store/node-store.js';
import { requireNode, vnodeEntries } from '../tree/read.js';

/** Which part of each tree is sent. */
export interface SentPart {
  readonly subtrees: readonly RepoPath[]; // none: everything
  readonly depth: number; // levels of directories below each subtree; -1 for all
  readonly withParents: boolean; // also the directories above the subtrees
}

/** Everything of a tree. */
export const wholeTree: SentPart = { subtrees: [], depth: -1, withParents: true };

interface PendingDirectory {
  readonly path: RepoPath;
  readonly id: Hash;
  readonly baseId: Hash | undefined;
}

const nodesPerSlice = 128;

/**
 * Yields the nodes of commits.
 * @param commitIds parents first, so that a tree is sent before those that share it
 * @param baseRootId root of a tree that the receiver has
 * @throws IntegrityError when a node is missing or damaged
 */
export async function* sendNodes(
  repository: OpenRepository,
  commitIds: Iterable<CommitId>,
  baseRootId: Hash | undefined,
  part: SentPart = wholeTree,
): AsyncGenerator<IdentifiedNode> {
  const walk = new UnsentNodes(repository, part);
  let count = 0;
  for (const commitId of commitIds) {
    for (const node of walk.nodesOf(commitId, baseRootId)) {
      yield node;
      if (++count % nodesPerSlice === 0) await setImmediate();
    }
  }
}

/** Goes through trees and leaves out what it has given before. */
class UnsentNodes {
  readonly #repository: OpenRepository;
  readonly #part: SentPart;
  readonly #sent = new HashTable();

  constructor(repository: OpenRepository, part: SentPart) {
    this.#repository = repository;
    this.#part = part;
  }

  *nodesOf(commitId: CommitId, baseRootId: Hash | undefined): Generator<IdentifiedNode> {
    const tree = this.#repository.commitTree(commitId);
    if (tree === undefined) return;
    yield* this.#ifUnsent(commitId);
    const pending: PendingDirectory[] = [{ path: rootPath, id: tree.rootId, baseId: baseRootId }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (!this.#isNeeded(next)) continue;
      const vnodes = vnodesOf(this.#repository, next.id);
      if (isInPart(next.path, this.#part)) {
        yield* this.#ifUnsent(next.id);
        for (const vnodeId of vnodes.keys()) yield* this.#ifUnsent(vnodeId);
      }
      this.#pushSubdirectories(pending, next, vnodes);
    }
  }

  /** A directory that was sent was sent with all below it, unless only parts are sent. */
  #isNeeded({ path, id, baseId }: PendingDirectory): boolean {
    if (id === baseId || !leadsToPart(path, this.#part)) return false;
    return this.#part.subtrees.length > 0 || this.#sent.find(hashToBytes(id)) < 0;
  }

  #pushSubdirectories(
    pending: PendingDirectory[],
    { path, baseId }: PendingDirectory,
    vnodes: ReadonlyMap<Hash, NodeView>,
  ): void {
    const known = baseId === undefined ? undefined : subdirectories(this.#repository, baseId);
    for (const [name, id] of subdirectoriesIn(vnodes.values())) {
      pending.push({ path: joinPath(path, name), id, baseId: known?.get(name) });
    }
  }

  *#ifUnsent(id: Hash): Generator<IdentifiedNode> {
    if (this.#sent.add(hashToBytes(id)) >= 0) yield readNode(this.#repository, id);
  }
}

/** Yields every node of the store. */
export async function* sendAllNodes(repository: OpenRepository): AsyncGenerator<IdentifiedNode> {
  let count = 0;
  const ids = [...repository.nodes.ids()];
  for (const id of ids) {
    if (++count % nodesPerSlice === 0) await setImmediate();
    yield readNode(repository, id);
  }
}

/** Returns a stored node with its id. @throws IntegrityError when it is missing or damaged */
export function readNode(repository: OpenRepository, id: Hash): IdentifiedNode {
  const blobs = repository.nodes.read(id);
  if (blobs === undefined) throw new IntegrityError(`The node ${id} is missing.`);
  return { id, blobs };
}

function vnodesOf(repository: OpenRepository, dirId: Hash): Map<Hash, NodeView> {
  const dir = requireNode(repository.nodes, dirId, 'dir');
  const vnodes = new Map<Hash, NodeView>();
  for (let bucket = 0; bucket < dir.childCount; bucket++) {
    const id = childHashAt(dir, bucket);
    vnodes.set(id, requireNode(repository.nodes, id, 'vnode'));
  }
  return vnodes;
}

function subdirectories(repository: OpenRepository, dirId: Hash): ReadonlyMap<string, Hash> {
  return subdirectoriesIn(vnodesOf(repository, dirId).values());
}

/** Returns the directories in vnodes by name; vnodes without any are not read entry by entry. */
export function subdirectoriesIn(vnodes: Iterable<NodeView>): Map<string, Hash> {
  const found = new Map<string, Hash>();
  for (const vnode of vnodes) {
    if (!hasDirectory(vnode)) continue;
    for (const entry of vnodeEntries(vnode)) {
      if (entry.kind === 'dir') found.set(entry.name, entry.hash);
    }
  }
  return found;
}

function hasDirectory(vnode: NodeView): boolean {
  for (let index = 0; index < vnode.childCount; index++) {
    if (childTypeAt(vnode, index) === nodeTypes.dir) return true;
  }
  return false;
}

/** Says whether a directory is to be sent, as a part of a subtree or because it lies above one. */
function isInPart(path: RepoPath, part: SentPart): boolean {
  const { subtrees, depth, withParents } = part;
  if (subtrees.length === 0) return isDeepEnough(path, rootPath, depth);
  return subtrees.some(
    (subtree) =>
      (isWithin(path, subtree) && isDeepEnough(path, subtree, depth)) ||
      (withParents && isWithin(subtree, path)),
  );
}

function leadsToPart(path: RepoPath, part: SentPart): boolean {
  return isInPart(path, part) || part.subtrees.some((subtree) => isWithin(subtree, path));
}

function isDeepEnough(path: RepoPath, subtree: RepoPath, depth: number): boolean {
  return depth < 0 || pathDepth(path) - pathDepth(subtree) <= depth;
}
