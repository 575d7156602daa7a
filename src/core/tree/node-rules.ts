/**
 * Recomputes the ids of a stored directory and its vnodes by our rule (`ids`) from the blobs alone, and says whether the
 * directory is ours: then its id stands for its content, and `fsck` and the check of arriving nodes may rely on it.
 * Directories that a real Oxen client made are not; their nodes are guarded by checksums instead.
 */
import { vnodeCount } from '../format/buckets.js';
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import {
  childHashOffset,
  childTypeAt,
  compareRanges,
  type NodeView,
  peekChild,
} from '../format/node-file.js';
import { userMetadataHashInto } from '../format/user-metadata.js';
import { IntegrityError } from '../model/errors.js';
import { equalHashBytes, hashBytesLength } from '../model/hash.js';
import { nodeTypes } from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import { BucketFinder } from './bucket.js';
import { dirIdInto, VNodeIdBuilder } from './ids.js';

/** What the rule says about a stored directory. */
export interface RuleVerdict {
  readonly isOurs: boolean; // the ids, the number of vnodes, the buckets and the order are those of our rule
  readonly dirId: Uint8Array; // by our rule from the entries as stored, 16 little-endian bytes
  readonly vnodeIds: Uint8Array; // the same of its vnodes, 16 bytes each
  readonly problem: string | undefined; // a sentence part that says why it is not ours
}

const builder = new VNodeIdBuilder();
const peek = new EntryPeek();
const userMetadata = new Uint8Array(hashBytesLength);

/**
 * Applies our rule to the directory at `directory` stored under `dirId` (16 little-endian bytes).
 * @param dir the directory's own node
 * @param vnodes the nodes of its vnodes, in the order of the directory's table
 * @throws IntegrityError when a payload cannot be read, or the vnodes are not as many as the directory names
 */
export function judgeDir(
  directory: RepoPath,
  dirId: Uint8Array,
  dir: NodeView,
  vnodes: readonly NodeView[],
): RuleVerdict {
  if (vnodes.length !== dir.childCount) {
    throw new IntegrityError(`The directory '${directory}' has vnodes that are missing.`, {
      path: directory,
    });
  }
  const vnodeIds = new Uint8Array(vnodes.length * hashBytesLength);
  const computedId = new Uint8Array(hashBytesLength);
  vnodes.forEach((vnode, index) => {
    vnodeIdInto(directory, vnode, vnodeIds, index * hashBytesLength);
  });
  dirIdInto(directory, vnodeIds, computedId, 0);
  const problem = idProblem(dirId, computedId, dir, vnodeIds) ?? layoutProblem(directory, vnodes);
  return { isOurs: problem === undefined, dirId: computedId, vnodeIds, problem };
}

/**
 * Writes the id by our rule of a vnode of `directory` into `out` at `outOffset`, from its entries as they are stored.
 * @throws IntegrityError when a payload cannot be read
 */
export function vnodeIdInto(
  directory: RepoPath,
  vnode: NodeView,
  out: Uint8Array,
  outOffset: number,
): void {
  builder.start(directory);
  for (let index = 0; index < vnode.childCount; index++) {
    peekChild(vnode, index, peek);
    const name = vnode.children.subarray(peek.nameStart, peek.nameEnd);
    const hashOffset = childHashOffset(vnode, index);
    if (peek.type === nodeTypes.dir) builder.dir(name, vnode.node, hashOffset);
    else {
      readUserMetadata(vnode, peek, userMetadata);
      builder.fileWithMetadata(name, vnode.node, hashOffset, peek.sizeBytes, userMetadata);
    }
  }
  builder.finish(out, outOffset);
}

/**
 * Says whether a stored directory or vnode has the id that our rule gives it at this place: then the id stands for its content.
 * @param id 16 little-endian bytes
 * @throws IntegrityError when a payload cannot be read
 */
export function isNamedByRule(directory: RepoPath, id: Uint8Array, node: NodeView): boolean {
  const computed = new Uint8Array(hashBytesLength);
  if (node.type === nodeTypes.vnode) vnodeIdInto(directory, node, computed, 0);
  else dirIdInto(directory, childHashes(node), computed, 0);
  return equalHashBytes(id, 0, computed, 0);
}

function childHashes(node: NodeView): Uint8Array {
  const hashes = new Uint8Array(node.childCount * hashBytesLength);
  for (let index = 0; index < node.childCount; index++) {
    const offset = childHashOffset(node, index);
    hashes.set(node.node.subarray(offset, offset + hashBytesLength), index * hashBytesLength);
  }
  return hashes;
}

/**
 * Returns the name of the first entry of a vnode that is in the wrong bucket or out of order, or undefined. Readers cannot
 * find such an entry by its path, whoever wrote it.
 * @param bucket the place of the vnode in its directory
 * @param bucketCount number of vnodes of its directory
 */
export function misplacedEntry(
  directory: RepoPath,
  vnode: NodeView,
  bucket: number,
  bucketCount: number,
): string | undefined {
  const finder = new BucketFinder(directory, bucketCount);
  const bytes = vnode.children;
  let previousStart = 0;
  let previousEnd = 0;
  for (let index = 0; index < vnode.childCount; index++) {
    peekChild(vnode, index, peek);
    const { nameStart, nameEnd } = peek;
    const isAscending =
      compareRanges(bytes, previousStart, previousEnd, bytes, nameStart, nameEnd) < 0;
    if (!isAscending || finder.find(bytes, nameStart, nameEnd) !== bucket) {
      return peekedName(bytes, peek);
    }
    previousStart = nameStart;
    previousEnd = nameEnd;
  }
  return undefined;
}

/** Sets `out` to the hash of the user's metadata of the file in `entry`, zeros when it has none. */
export function readUserMetadata(vnode: NodeView, entry: EntryPeek, out: Uint8Array): boolean {
  return userMetadataHashInto(vnode.children, entry.metadataStart, entry.payloadEnd, out, 0);
}

function idProblem(
  dirId: Uint8Array,
  computedId: Uint8Array,
  dir: NodeView,
  vnodeIds: Uint8Array,
): string | undefined {
  for (let index = 0; index < dir.childCount; index++) {
    const isSame =
      childTypeAt(dir, index) === nodeTypes.vnode &&
      equalHashBytes(dir.node, childHashOffset(dir, index), vnodeIds, index * hashBytesLength);
    if (!isSame) return `the id of its vnode ${index} is not the hash of its entries`;
  }
  if (equalHashBytes(dirId, 0, computedId, 0)) return undefined;
  return 'its id is not the hash of its vnodes';
}

function layoutProblem(directory: RepoPath, vnodes: readonly NodeView[]): string | undefined {
  const entryCount = vnodes.reduce((sum, vnode) => sum + vnode.childCount, 0);
  const expected = vnodeCount(entryCount);
  if (vnodes.length !== expected) return `it has ${vnodes.length} vnodes, not ${expected}`;
  for (const [bucket, vnode] of vnodes.entries()) {
    const name = misplacedEntry(directory, vnode, bucket, vnodes.length);
    if (name !== undefined) return `the entry ${JSON.stringify(name)} is out of place`;
  }
  return undefined;
}
