/**
 * The two blobs under which a commit, directory or vnode is stored and sent: assembled, and read in place. A
 * `NodeView` copies nothing; every access is bounded by the blobs, so a damaged table can only fail. What an
 * arriving node must satisfy beyond that is `node-check`.
 *
 * | node blob | bytes | meaning |
 * |---|---|---|
 * | 0 | 1 | node type |
 * | 1 | 16 | parent id, least significant byte first; zeros when none; only a hint |
 * | 17 | 4 | payload length, u32 LE |
 * | 21 | n | payload (`node-codec`) |
 * | 21 + n | 33 a child | type u8, hash (LE), offset u64 LE and length u64 LE of its payload in the children blob |
 *
 * The children blob holds the payloads of the children in the same order (merkle-format.md, section 4).
 */
import { IntegrityError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { type NodeBlobs, type NodeType, nodeTypes } from '../model/node.js';
import { type EntryPeek, peekEntry, peekName } from './entry-peek.js';

/** Where the payload starts in a node blob. */
export const payloadStart = 21;

const parentOffset = 1;
const payloadLengthOffset = 17;
const childBytes = 33;
const two32 = 2 ** 32;

/** The children of a node under construction, in order, as columns; cleared and used again. */
export class ChildList {
  #table = Buffer.alloc(childBytes * 16);
  #count = 0;
  #childrenLength = 0;

  /** Number of children. */
  get count(): number {
    return this.#count;
  }

  /** Length of the children blob so far, in bytes. */
  get childrenLength(): number {
    return this.#childrenLength;
  }

  /** The lookup table so far, a view that is valid until the next `add`. */
  get table(): Uint8Array {
    return this.#table.subarray(0, this.#count * childBytes);
  }

  /** Appends a child with the hash of 16 little-endian bytes at `offset`, and a payload of `length` bytes. */
  add(type: NodeType, hashes: Uint8Array, offset: number, length: number): void {
    const at = this.#count * childBytes;
    if (at + childBytes > this.#table.length) this.#grow();
    const table = this.#table;
    table[at] = type;
    for (let index = 0; index < hashBytesLength; index++) {
      table[at + 1 + index] = hashes[offset + index] ?? 0;
    }
    putUint64(table, at + 17, this.#childrenLength);
    putUint64(table, at + 25, length);
    this.#childrenLength += length;
    this.#count++;
  }

  /** Forgets all children. */
  reset(): void {
    this.#count = 0;
    this.#childrenLength = 0;
  }

  #grow(): void {
    const larger = Buffer.alloc(this.#table.length * 2);
    larger.set(this.#table);
    this.#table = larger;
  }
}

/**
 * Returns the node blob of a node.
 * @param parentId 16 little-endian bytes
 */
export function assembleNode(
  type: NodeType,
  parentId: Uint8Array,
  payload: Uint8Array,
  children: ChildList,
): Uint8Array {
  const table = children.table;
  const node = new Uint8Array(payloadStart + payload.length + table.length);
  node[0] = type;
  node.set(parentId.subarray(0, hashBytesLength), parentOffset);
  putUint32(node, payloadLengthOffset, payload.length);
  node.set(payload, payloadStart);
  node.set(table, payloadStart + payload.length);
  return node;
}

/** A stored node, read in place: the payload lies in `node` from `payloadStart` up to `payloadEnd`. */
export interface NodeView {
  readonly type: NodeType;
  readonly node: Uint8Array;
  readonly children: Uint8Array;
  readonly payloadEnd: number;
  readonly childCount: number;
}

/**
 * Returns a view of the node in the two blobs.
 * @throws IntegrityError when the header, the payload length or the size of the table cannot be right
 */
export function parseNode(blobs: NodeBlobs): NodeView {
  const { node, children } = blobs;
  const type = node[0];
  if (node.length < payloadStart) throw damaged('its header is cut off');
  if (type !== nodeTypes.commit && type !== nodeTypes.dir && type !== nodeTypes.vnode) {
    throw damaged(`its type is ${type}`);
  }
  const payloadEnd = payloadStart + uint32At(node, payloadLengthOffset);
  const tableBytes = node.length - payloadEnd;
  if (tableBytes < 0) throw damaged('its payload is cut off');
  if (tableBytes % childBytes !== 0) throw damaged('its table of children is cut off');
  return { type, node, children, payloadEnd, childCount: tableBytes / childBytes };
}

/** Returns the parent id in the header: whoever wrote the node last, or zero. */
export function parentIdOf(view: NodeView): Hash {
  return hashFromBytes(view.node, parentOffset);
}

/** Returns the payload, as a view. */
export function payloadOf(view: NodeView): Uint8Array {
  return view.node.subarray(payloadStart, view.payloadEnd);
}

/** Returns the type number of child `index` as it stands in the table. */
export function childTypeAt(view: NodeView, index: number): number {
  return view.node[view.payloadEnd + index * childBytes] ?? -1;
}

/** Returns the place in `view.node` of the 16 little-endian bytes of the hash of child `index`. */
export function childHashOffset(view: NodeView, index: number): number {
  return view.payloadEnd + index * childBytes + 1;
}

/** Returns the hash of child `index`: the id of a directory or vnode, the content hash of a file. */
export function childHashAt(view: NodeView, index: number): Hash {
  return hashFromBytes(view.node, childHashOffset(view, index));
}

/** Returns where the payload of child `index` starts in the children blob. */
export function childStart(view: NodeView, index: number): number {
  return uint64At(view.node, view.payloadEnd + index * childBytes + 17);
}

/**
 * Returns where the payload of child `index` ends in the children blob.
 * @throws IntegrityError when it would lie outside the blob
 */
export function childEnd(view: NodeView, index: number): number {
  const length = uint64At(view.node, view.payloadEnd + index * childBytes + 25);
  const end = childStart(view, index) + length;
  if (index < 0 || index >= view.childCount || !(end <= view.children.length)) {
    throw damaged(`child ${index} lies outside its data`);
  }
  return end;
}

/** Returns the payload of child `index`, as a view. @throws IntegrityError when it lies outside the blob */
export function childPayloadAt(view: NodeView, index: number): Uint8Array {
  return view.children.subarray(childStart(view, index), childEnd(view, index));
}

/**
 * Sets `peek` to what the payload of child `index` of a vnode says; its offsets are in `view.children`.
 * @throws IntegrityError when the payload is no file or directory
 */
export function peekChild(view: NodeView, index: number, peek: EntryPeek): void {
  peekEntry(view.children, childStart(view, index), childEnd(view, index), peek);
}

/**
 * Returns the index of the entry called `name` (UTF-8) in a vnode, or -1; `peek` is left at the last name that was
 * looked at. Costs one step per doubling of the number of entries.
 * @throws IntegrityError when a payload on the way is no file or directory
 */
export function findChild(view: NodeView, name: Uint8Array, peek: EntryPeek): number {
  let low = 0;
  let high = view.childCount - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    peekName(view.children, childStart(view, middle), childEnd(view, middle), peek);
    const order = compareRanges(view.children, peek.nameStart, peek.nameEnd, name, 0, name.length);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Compares two byte ranges: negative, zero or positive. */
export function compareRanges(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): number {
  const length = Math.min(leftEnd - leftStart, rightEnd - rightStart);
  for (let index = 0; index < length; index++) {
    const difference = (left[leftStart + index] ?? 0) - (right[rightStart + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return leftEnd - leftStart - (rightEnd - rightStart);
}

function damaged(problem: string): IntegrityError {
  return new IntegrityError(`A node is damaged: ${problem}.`);
}

function uint32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}

function uint64At(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at + 4) * two32 + uint32At(bytes, at);
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0xff;
  bytes[at + 1] = (value >>> 8) & 0xff;
  bytes[at + 2] = (value >>> 16) & 0xff;
  bytes[at + 3] = (value >>> 24) & 0xff;
}

function putUint64(bytes: Uint8Array, at: number, value: number): void {
  putUint32(bytes, at, value);
  putUint32(bytes, at + 4, Math.floor(value / two32));
}
