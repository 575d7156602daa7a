/**
 * What a commit, directory or vnode must satisfy before it is stored when it comes from somewhere else: payloads that
 * decode whole, a table that covers the children blob without gaps, hashes in the payloads that equal the table,
 * child types that belong there, names that can be names, strictly ascending. Pure and local to one node: that the
 * children exist, lie in the right bucket, or hash to the id is for `tree` and `store`.
 */
import { IntegrityError } from '../model/errors.js';
import { type Hash, hashFromBytes, shortHash } from '../model/hash.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import { nameProblem } from '../model/path.js';
import { EntryPeek, peekEntry, peekedName } from './entry-peek.js';
import { maxBlobBytes } from './msgpack.js';
import { checkFilePayload, decodeCommit, decodeDir, decodeVNode } from './node-codec.js';
import {
  childEnd,
  childHashOffset,
  childStart,
  childTypeAt,
  compareRanges,
  type NodeView,
  parseNode,
  payloadOf,
} from './node-file.js';

/**
 * Returns a view of the node in `blobs` after checking all of it, with every child.
 * @throws IntegrityError naming the node and what is wrong with it
 */
export function checkNode(id: Hash, blobs: NodeBlobs): NodeView {
  try {
    if (blobs.node.length > maxBlobBytes || blobs.children.length > maxBlobBytes) {
      refuse('A blob is larger than 1 GiB.');
    }
    const view = parseNode(blobs);
    checkTable(view);
    if (view.type === nodeTypes.commit) checkCommit(id, view);
    else if (view.type === nodeTypes.dir) checkDir(id, view);
    else checkVNode(id, view);
    return view;
  } catch (cause) {
    if (!(cause instanceof IntegrityError)) throw cause;
    throw new IntegrityError(`The node ${shortHash(id)} is refused. ${cause.message}`, { cause });
  }
}

/** Checks that the payloads of the children follow each other and fill the children blob. */
function checkTable(view: NodeView): void {
  let expectedStart = 0;
  for (let index = 0; index < view.childCount; index++) {
    if (childStart(view, index) !== expectedStart) refuse(`Child ${index} is out of place.`);
    expectedStart = childEnd(view, index);
  }
  if (expectedStart !== view.children.length) refuse('Its children do not fill their blob.');
}

function checkCommit(id: Hash, view: NodeView): void {
  expectHash(id, decodeCommit(payloadOf(view)).id);
  if (view.childCount !== 1 || childTypeAt(view, 0) !== nodeTypes.dir) {
    refuse('A commit has exactly one directory.');
  }
  const root = decodeDir(view.children);
  expectHash(tableHash(view, 0), root.hash);
  if (root.name !== '') refuse('The root directory has a name.');
}

function checkDir(id: Hash, view: NodeView): void {
  const dir = decodeDir(payloadOf(view));
  expectHash(id, dir.hash);
  if (dir.name !== '') checkName(dir.name);
  for (let index = 0; index < view.childCount; index++) {
    if (childTypeAt(view, index) !== nodeTypes.vnode) {
      refuse(`Child ${index} of a directory is no vnode.`);
    }
    const child = decodeVNode(view.children, childStart(view, index), childEnd(view, index));
    expectHash(tableHash(view, index), child.hash);
  }
}

function checkVNode(id: Hash, view: NodeView): void {
  expectHash(id, decodeVNode(payloadOf(view)).hash);
  const bytes = view.children;
  const peek = new EntryPeek();
  let previousStart = 0;
  let previousEnd = 0;
  for (let index = 0; index < view.childCount; index++) {
    checkEntry(view, index, peek);
    if (
      compareRanges(bytes, previousStart, previousEnd, bytes, peek.nameStart, peek.nameEnd) >= 0
    ) {
      refuse(`The name ${JSON.stringify(peekedName(bytes, peek))} is out of order.`);
    }
    previousStart = peek.nameStart;
    previousEnd = peek.nameEnd;
  }
}

/** Checks the payload of an entry of a vnode and that it agrees with the table; leaves it in `peek`. */
function checkEntry(view: NodeView, index: number, peek: EntryPeek): void {
  const bytes = view.children;
  const start = childStart(view, index);
  const end = childEnd(view, index);
  peekEntry(bytes, start, end, peek);
  if (peek.type !== childTypeAt(view, index)) refuse(`Child ${index} is not of its type.`);
  if (!equalReversed(bytes, peek.hashOffset, view.node, childHashOffset(view, index))) {
    refuse(`Child ${index} does not have its hash.`);
  }
  if (!isPlainName(bytes, peek.nameStart, peek.nameEnd)) checkName(peekedName(bytes, peek));
  if (peek.type === nodeTypes.dir) decodeDir(bytes, start, end);
  else checkFilePayload(bytes, start, end);
}

/** Says whether the name is up to 255 of letters, digits, `-`, `_` and inner dots, which is always allowed. */
function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 255 || bytes[start] === 0x2e) return false;
  for (let index = start; index < end; index++) {
    if (plainBytes[bytes[index] ?? 0] !== 1) return false;
  }
  return true;
}

const plainBytes = new Uint8Array(256);
for (const byte of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.',
)) {
  plainBytes[byte] = 1;
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) refuse(`The name ${JSON.stringify(name)} ${problem}.`);
}

function tableHash(view: NodeView, index: number): Hash {
  return hashFromBytes(view.node, childHashOffset(view, index));
}

function expectHash(expected: Hash, found: Hash): void {
  if (found !== expected) refuse(`Its hash is said to be ${found}, not ${expected}.`);
}

function equalReversed(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
): boolean {
  for (let index = 0; index < 16; index++) {
    if (left[leftOffset + index] !== right[rightOffset + 15 - index]) return false;
  }
  return true;
}

function refuse(problem: string): never {
  throw new IntegrityError(problem);
}
