/**
 * Reads commits and directories out of stored nodes: a commit's root, the entries of a directory, the entry at a path.
 * A path is found by walking down: root, bucket of the next name, binary search in the vnode.
 */
import { bucketOf } from '../format/buckets.js';
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import { hashInto } from '../format/hashing.js';
import { decodeCommit, decodeDir, decodeFile } from '../format/node-codec.js';
import {
  childEnd,
  childHashAt,
  childStart,
  findChild,
  type NodeView,
  parseNode,
  payloadStart,
  peekChild,
} from '../format/node-file.js';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, type Hash, hashBytesLength } from '../model/hash.js';
import {
  type CommitNode,
  type DirNode,
  type FileNode,
  type NodeBlobs,
  nodeTypes,
} from '../model/node.js';
import { baseName, compareBytewise, joinPath, parentPath, type RepoPath } from '../model/path.js';

/** Gives stored nodes by id. */
export interface NodeSource {
  /**
   * Returns the blobs of a node, or undefined when it is not stored.
   * @throws IntegrityError when it is stored and damaged
   */
  read(id: Hash): NodeBlobs | undefined;
}

/** An entry of a stored directory; its payload is read on demand. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'dir';
  readonly hash: Hash; // of the content, or the id of the directory
  readonly sizeBytes: number; // of the file, or of all files at or below the directory
  readonly vnode: NodeView; // where the payload lies
  readonly child: number;
}

/** A commit with the id of its root directory. */
export interface CommitTree {
  readonly commit: CommitNode;
  readonly rootId: Hash;
}

/** Returns a stored commit, or undefined when there is none of this id. @throws IntegrityError when it is damaged */
export function readCommit(source: NodeSource, id: CommitId): CommitTree | undefined {
  const blobs = source.read(id);
  if (blobs === undefined) return undefined;
  const view = parseNode(blobs);
  if (view.type !== nodeTypes.commit || view.childCount !== 1) {
    throw new IntegrityError(`Node ${id} is not a whole commit.`);
  }
  const commit = decodeCommit(view.node, payloadStart, view.payloadEnd);
  return { commit, rootId: childHashAt(view, 0) };
}

/** Returns the view of a stored node of the given kind. @throws IntegrityError when it is missing, damaged or another kind */
export function requireNode(source: NodeSource, id: Hash, kind: 'dir' | 'vnode'): NodeView {
  const blobs = source.read(id);
  if (blobs === undefined) {
    throw new IntegrityError(`The ${kind} node ${id} is missing from the repository.`, {
      hint: 'Find out what else is missing: oxen fsck',
    });
  }
  const view = parseNode(blobs);
  if (view.type !== nodeTypes[kind]) throw new IntegrityError(`Node ${id} is not a ${kind} node.`);
  return view;
}

/** Returns the values of the directory node in `view`. @throws IntegrityError when its payload is damaged */
export function dirNodeOf(view: NodeView): DirNode {
  return decodeDir(view.node, payloadStart, view.payloadEnd);
}

/** Returns the entries of a vnode in order, ascending by name. */
export function vnodeEntries(vnode: NodeView): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let child = 0; child < vnode.childCount; child++) entries.push(entryAt(vnode, child));
  return entries;
}

/** Returns the entries of a directory, ascending by name. @throws IntegrityError when a node is missing or damaged */
export function readDirectory(source: NodeSource, dirId: Hash): TreeEntry[] {
  const dir = requireNode(source, dirId, 'dir');
  const entries: TreeEntry[] = [];
  for (let bucket = 0; bucket < dir.childCount; bucket++) {
    for (const entry of vnodeEntries(requireNode(source, childHashAt(dir, bucket), 'vnode'))) {
      entries.push(entry);
    }
  }
  if (dir.childCount > 1) entries.sort((left, right) => compareBytewise(left.name, right.name));
  return entries;
}

const pathHash = new Uint8Array(hashBytesLength);

/** Returns the entry `name` of the directory at `path` with id `dirId`, or undefined when it has none. */
export function findEntry(
  source: NodeSource,
  dirId: Hash,
  path: RepoPath,
  name: string,
): TreeEntry | undefined {
  const dir = requireNode(source, dirId, 'dir');
  if (dir.childCount === 0) return undefined;
  hashInto(Buffer.from(joinPath(path, name)), pathHash, 0);
  const bucket = bucketOf(pathHash, 0, dir.childCount);
  const vnode = requireNode(source, childHashAt(dir, bucket), 'vnode');
  const child = findChild(vnode, Buffer.from(name), peek);
  return child < 0 ? undefined : entryAt(vnode, child);
}

/** Returns the entry at `path` below the root directory, or undefined; the root itself has no entry. */
export function lookupPath(
  source: NodeSource,
  rootId: Hash,
  path: RepoPath,
): TreeEntry | undefined {
  const dirId = lookupDirectory(source, rootId, parentPath(path));
  if (path === '' || dirId === undefined) return undefined;
  return findEntry(source, dirId, parentPath(path), baseName(path));
}

/** Returns the id of the directory at `path`, the root for the empty path, or undefined when there is none. */
export function lookupDirectory(
  source: NodeSource,
  rootId: Hash,
  path: RepoPath,
): Hash | undefined {
  let dirId = rootId;
  let walked = '' as RepoPath;
  if (path === '') return dirId;
  for (const name of path.split('/')) {
    const entry = findEntry(source, dirId, walked, name);
    if (entry?.kind !== 'dir') return undefined;
    dirId = entry.hash;
    walked = joinPath(walked, name);
  }
  return dirId;
}

/** Returns the file node of an entry of kind `file`. @throws IntegrityError when its payload is damaged */
export function fileNodeOf({ vnode, child }: TreeEntry): FileNode {
  return decodeFile(vnode.children, childStart(vnode, child), childEnd(vnode, child));
}

/** Returns the directory node of an entry of kind `dir`. @throws IntegrityError when its payload is damaged */
export function subdirectoryNodeOf({ vnode, child }: TreeEntry): DirNode {
  return decodeDir(vnode.children, childStart(vnode, child), childEnd(vnode, child));
}

const peek = new EntryPeek();

function entryAt(vnode: NodeView, child: number): TreeEntry {
  peekChild(vnode, child, peek);
  return {
    name: peekedName(vnode.children, peek),
    kind: peek.type === nodeTypes.dir ? 'dir' : 'file',
    hash: childHashAt(vnode, child),
    sizeBytes: peek.sizeBytes,
    vnode,
    child,
  };
}
