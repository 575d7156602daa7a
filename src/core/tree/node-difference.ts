/**
 * Compares two nodes that go by the same id and says whether they mean the same data. Hints are ignored: combined hash,
 * derived metadata, mime and data type, last commit, mtime, parent header and counters may differ between writers.
 * Real Oxen produces different nodes with the same id (merkle-format.md, section 5.6), so an arriving node is compared
 * with the stored one before it counts as known.
 */
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import { decodeCommit, decodeDir } from '../format/node-codec.js';
import {
  childHashOffset,
  childTypeAt,
  compareRanges,
  type NodeView,
  payloadOf,
  peekChild,
} from '../format/node-file.js';
import { equalHashBytes, hashBytesLength } from '../model/hash.js';
import { nodeTypes } from '../model/node.js';
import { readUserMetadata } from './node-rules.js';

/** Where two nodes first differ. */
export interface NodeDifference {
  readonly name: string | undefined; // of the entry of a vnode that differs; undefined for other nodes
  readonly message: string; // a sentence part: what differs
}

const leftPeek = new EntryPeek();
const rightPeek = new EntryPeek();
const leftMetadata = new Uint8Array(hashBytesLength);
const rightMetadata = new Uint8Array(hashBytesLength);

/**
 * Returns the first difference in what the two nodes mean, or undefined when they differ in hints at most.
 * @throws IntegrityError when a payload cannot be read
 */
export function findNodeDifference(left: NodeView, right: NodeView): NodeDifference | undefined {
  if (left.type !== right.type) return { name: undefined, message: 'the kind of node differs' };
  if (left.type === nodeTypes.vnode) return vnodeDifference(left, right);
  const message =
    left.type === nodeTypes.dir ? dirDifference(left, right) : commitDifference(left, right);
  return message === undefined ? undefined : { name: undefined, message };
}

function commitDifference(left: NodeView, right: NodeView): string | undefined {
  const a = decodeCommit(payloadOf(left));
  const b = decodeCommit(payloadOf(right));
  if (a.parentIds.join() !== b.parentIds.join()) return 'the parents differ';
  if (a.message !== b.message) return 'the message differs';
  if (a.author !== b.author || a.email !== b.email) return 'the author differs';
  if (a.timestamp.seconds !== b.timestamp.seconds) return 'the time differs';
  return childrenDiffer(left, right) ? 'the root directory differs' : undefined;
}

function dirDifference(left: NodeView, right: NodeView): string | undefined {
  if (decodeDir(payloadOf(left)).name !== decodeDir(payloadOf(right)).name) {
    return 'the name of the directory differs';
  }
  return childrenDiffer(left, right) ? 'the vnodes differ' : undefined;
}

function childrenDiffer(left: NodeView, right: NodeView): boolean {
  if (left.childCount !== right.childCount) return true;
  for (let index = 0; index < left.childCount; index++) {
    if (!isSameInTable(left, right, index, index)) return true;
  }
  return false;
}

function isSameInTable(
  left: NodeView,
  right: NodeView,
  leftIndex: number,
  rightIndex: number,
): boolean {
  return (
    childTypeAt(left, leftIndex) === childTypeAt(right, rightIndex) &&
    equalHashBytes(
      left.node,
      childHashOffset(left, leftIndex),
      right.node,
      childHashOffset(right, rightIndex),
    )
  );
}

function vnodeDifference(left: NodeView, right: NodeView): NodeDifference | undefined {
  const common = Math.min(left.childCount, right.childCount);
  for (let index = 0; index < common; index++) {
    const difference = entryDifference(left, right, index);
    if (difference !== undefined) return difference;
  }
  if (left.childCount === right.childCount) return undefined;
  const longer = left.childCount > common ? left : right;
  peekChild(longer, common, leftPeek);
  return { name: peekedName(longer.children, leftPeek), message: 'only one of them has the entry' };
}

function entryDifference(
  left: NodeView,
  right: NodeView,
  index: number,
): NodeDifference | undefined {
  peekChild(left, index, leftPeek);
  peekChild(right, index, rightPeek);
  const order = compareNames(left, right);
  if (order !== 0) {
    const name =
      order < 0 ? peekedName(left.children, leftPeek) : peekedName(right.children, rightPeek);
    return { name, message: 'only one of them has the entry' };
  }
  const message = contentDifference(left, right, index);
  return message === undefined ? undefined : { name: peekedName(left.children, leftPeek), message };
}

function contentDifference(left: NodeView, right: NodeView, index: number): string | undefined {
  if (leftPeek.type !== rightPeek.type) return 'one is a file and the other a directory';
  if (!isSameInTable(left, right, index, index)) return 'the content differs';
  if (leftPeek.type === nodeTypes.dir) return undefined;
  if (leftPeek.sizeBytes !== rightPeek.sizeBytes) return 'the size differs';
  readUserMetadata(left, leftPeek, leftMetadata);
  readUserMetadata(right, rightPeek, rightMetadata);
  if (equalHashBytes(leftMetadata, 0, rightMetadata, 0)) return undefined;
  return 'the metadata set by the user differs';
}

function compareNames(left: NodeView, right: NodeView): number {
  return compareRanges(
    left.children,
    leftPeek.nameStart,
    leftPeek.nameEnd,
    right.children,
    rightPeek.nameStart,
    rightPeek.nameEnd,
  );
}
