/** Nodes of the Merkle tree with all that is known of them: what `tree` and `node` show. */
import { decodeMetadata } from '../format/metadata/metadata-codec.js';
import { decodeVNode } from '../format/node-codec.js';
import {
  childHashAt,
  type NodeView,
  parentIdOf,
  parseNode,
  payloadStart,
} from '../format/node-file.js';
import { IntegrityError, NotFoundError } from '../model/errors.js';
import { type CommitId, type Hash, zeroHash } from '../model/hash.js';
import {
  type CommitNode,
  type DirNode,
  type FileMetadata,
  type FileNode,
  nodeTypes,
  type VNode,
} from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import {
  type CommitTree,
  dirNodeOf,
  fileNodeOf,
  lookupPath,
  readCommit,
  requireNode,
  type TreeEntry,
  vnodeEntries,
} from '../tree/read.js';

/** A node as values. */
export type DescribedNode =
  | { readonly kind: 'commit'; readonly commit: CommitNode }
  | { readonly kind: 'dir'; readonly dir: DirNode; readonly vnodeCount: number }
  | { readonly kind: 'vnode'; readonly vnode: VNode }
  | { readonly kind: 'file'; readonly file: FileNode; readonly metadata: FileMetadata | undefined };

/** A node with its neighbours. */
export interface NodeDescription {
  readonly node: DescribedNode;
  readonly parentId: Hash | undefined; // the node that held it when it was written; for a commit its first parent
  readonly children: readonly DescribedNode[];
}

/** A node at its place in a tree. */
export interface LevelledNode {
  readonly level: number; // 0 for the node at the top
  readonly node: DescribedNode;
}

/** Returns the commit, directory or vnode of an id. @throws NotFoundError when there is none */
export function describeNode(repository: OpenRepository, id: Hash): NodeDescription {
  const blobs = repository.nodes.read(id);
  if (blobs === undefined)
    throw new NotFoundError(`Node ${id} not found in repo`, {
      hint: 'Ids are shown by: oxen tree',
    });
  const view = parseNode(blobs);
  const parentId = parentIdOf(view);
  return {
    node: describeView(repository, id, view),
    parentId: parentId === zeroHash ? undefined : parentId,
    children: childrenOf(repository, id, view),
  };
}

/** Returns the file or directory at a path of a commit. @throws NotFoundError when there is none */
export function describePath(
  repository: OpenRepository,
  tree: CommitTree,
  path: RepoPath,
): NodeDescription {
  if (path === '') return describeNode(repository, tree.rootId);
  const entry = lookupPath(repository.nodes, tree.rootId, path);
  if (entry === undefined) {
    throw new NotFoundError(`Entry "${path}" does not exist in commit ${tree.commit.id}`, { path });
  }
  if (entry.kind === 'dir') return describeNode(repository, entry.hash);
  return { node: describeEntry(repository, entry), parentId: undefined, children: [] };
}

/**
 * Yields a node and everything below it, parents first.
 * @param depth most levels; Infinity for all
 */
export function* walkNodes(
  repository: OpenRepository,
  { node, children }: NodeDescription,
  depth: number,
  level = 0,
): Generator<LevelledNode> {
  if (depth <= 0) return;
  yield { level, node };
  if (depth <= 1) return;
  for (const child of children) {
    if (child.kind === 'file') yield { level: level + 1, node: child };
    else yield* walkNodes(repository, describeNode(repository, idOf(child)), depth - 1, level + 1);
  }
}

function idOf(node: Exclude<DescribedNode, { kind: 'file' }>): Hash {
  if (node.kind === 'commit') return node.commit.id;
  return node.kind === 'dir' ? node.dir.hash : node.vnode.hash;
}

function describeView(repository: OpenRepository, id: Hash, view: NodeView): DescribedNode {
  if (view.type === nodeTypes.dir) {
    return { kind: 'dir', dir: dirNodeOf(view), vnodeCount: view.childCount };
  }
  if (view.type === nodeTypes.vnode) {
    return { kind: 'vnode', vnode: decodeVNode(view.node, payloadStart, view.payloadEnd) };
  }
  const tree = readCommit(repository.nodes, id as CommitId);
  if (tree === undefined) throw new IntegrityError(`Node ${id} cannot be read.`);
  return { kind: 'commit', commit: tree.commit };
}

function childrenOf(repository: OpenRepository, id: Hash, view: NodeView): DescribedNode[] {
  const { nodes } = repository;
  if (view.type === nodeTypes.vnode) {
    return vnodeEntries(view).map((entry) => describeEntry(repository, entry));
  }
  const kind = view.type === nodeTypes.commit ? 'dir' : 'vnode';
  return Array.from({ length: view.childCount }, (_, child) => {
    const childId = childHashAt(view, child);
    if (childId === id) throw new IntegrityError(`Node ${id} holds itself.`);
    return describeView(repository, childId, requireNode(nodes, childId, kind));
  });
}

function describeEntry({ nodes }: OpenRepository, entry: TreeEntry): DescribedNode {
  if (entry.kind === 'dir') {
    const view = requireNode(nodes, entry.hash, 'dir');
    return { kind: 'dir', dir: dirNodeOf(view), vnodeCount: view.childCount };
  }
  const file = fileNodeOf(entry);
  return { kind: 'file', file, metadata: decodeMetadata(file.metadata, file.dataType) };
}
