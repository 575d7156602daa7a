/**
 * Walks the page trees of an LMDB data file without LMDB: a damaged pointer or length would end the process there.
 * Used by `fsck`, and when a file is shorter than its header says, which may be harmless (freed pages at the end
 * are never written) or a cut. Values are not looked at; their checksums are `checked-database`.
 *
 * Layout (LMDB `mdb.c`, data format 2 of lmdb-js, little endian). Page: number u64, transaction u64, pad u16,
 * flags u16 (1 branch, 2 leaf, 4 overflow), then lower u16 and upper u16 or the page count u32 of an overflow, then u16
 * pointers relative to the end of this 24-byte header. Node: low u16, high u16, flags u16, key size u16, key, data.
 * In a branch low, high and flags are the child's page number, in a leaf low and high are the data size.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { IntegrityError } from '../model/errors.js';
import { decodeTree, type LmdbFileState, type LmdbTree, treeRecordLength } from './lmdb-file.js';

const headerLength = 24;
const nodeHeaderLength = 8;
const branchFlag = 1;
const leafFlag = 2;
const overflowFlag = 4;
const bigDataFlag = 1;
const subDatabaseFlag = 2;
const integerKeys = 8;
const noPage = 0xffff_ffff_ffff_ffffn;

/** A page still to be visited, and between which keys its own must lie. */
interface Visit {
  readonly page: number;
  readonly depth: number; // 1 for a root
  readonly from: Buffer | undefined;
  readonly before: Buffer | undefined;
}

/** A tree under way. */
interface TreeWalk {
  readonly tree: LmdbTree;
  readonly isSorted: boolean; // keys compare bytewise; those of the free list are numbers
  readonly holdsTrees: boolean; // its values are trees
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** A node of the page in the buffer. */
interface PageNode {
  readonly key: Buffer; // a view
  readonly flags: number;
  readonly low: number; // low and high field as one number
  readonly dataStart: number;
}

/** A value that has pages of its own. */
interface LargeValue {
  readonly first: bigint; // number of its first page
  readonly length: number; // bytes
}

/**
 * Visits every page in use and returns how many there are.
 * @throws IntegrityError naming the first page that is damaged or lies beyond the end of the file
 */
export function walkLmdbFile(path: string, state: LmdbFileState): number {
  const file = openSync(path, 'r');
  try {
    return new PageWalk(path, file, state).run();
  } finally {
    closeSync(file);
  }
}

class PageWalk {
  readonly #path: string;
  readonly #file: number;
  readonly #state: LmdbFileState;
  readonly #page: Buffer;
  readonly #named: LmdbTree[] = [];
  #count = 2; // the meta pages

  constructor(path: string, file: number, state: LmdbFileState) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    this.#page = Buffer.alloc(state.pageSize);
  }

  run(): number {
    const { freeTree, mainTree } = this.#state;
    this.#walkTree(freeTree, { isSorted: false, holdsTrees: false });
    this.#walkTree(mainTree, { isSorted: true, holdsTrees: true });
    for (const tree of this.#named) this.#walkTree(tree, { isSorted: true, holdsTrees: false });
    return this.#count;
  }

  #walkTree(tree: LmdbTree, kind: Pick<TreeWalk, 'isSorted' | 'holdsTrees'>): void {
    const walk = { tree, ...kind, branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const open: Visit[] = [];
    if (tree.root !== noPage) {
      open.push({ page: Number(tree.root), depth: 1, from: undefined, before: undefined });
    }
    for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
      this.#read(visit.page);
      if (++this.#count > this.#state.lastPage + 1) throw this.#damaged(visit.page, 'a cycle');
      const nodes = this.#nodesOf(walk, visit);
      if (this.#page.readUInt16LE(18) === branchFlag) this.#visitBranch(walk, visit, nodes, open);
      else this.#visitLeaf(walk, visit, nodes);
    }
    this.#compareCounts(walk);
  }

  #nodesOf(walk: TreeWalk, visit: Visit): PageNode[] {
    const { page } = visit;
    const flags = this.#page.readUInt16LE(18);
    if (flags !== branchFlag && flags !== leafFlag) throw this.#damaged(page, 'unknown flags');
    if ((flags === leafFlag) !== (visit.depth === walk.tree.depth)) {
      throw this.#damaged(page, 'the wrong depth');
    }
    const lower = this.#page.readUInt16LE(20);
    const upper = this.#page.readUInt16LE(22);
    const limit = this.#state.pageSize - headerLength;
    if (lower % 2 !== 0 || lower > upper || upper > limit || lower === 0) {
      throw this.#damaged(page, 'an impossible size');
    }
    const nodes: PageNode[] = [];
    for (let index = 0; index < lower / 2; index++) nodes.push(this.#nodeAt(page, index, upper));
    if (walk.isSorted) this.#checkOrder(visit, nodes, flags === branchFlag);
    return nodes;
  }

  #nodeAt(page: number, index: number, upper: number): PageNode {
    const pointer = this.#page.readUInt16LE(headerLength + index * 2);
    const start = pointer + headerLength;
    if (pointer < upper || start + nodeHeaderLength > this.#page.length) {
      throw this.#damaged(page, 'a bad pointer');
    }
    const keyStart = start + nodeHeaderLength;
    const dataStart = keyStart + this.#page.readUInt16LE(start + 6);
    if (dataStart > this.#page.length) throw this.#damaged(page, 'a bad length');
    return {
      key: this.#page.subarray(keyStart, dataStart),
      flags: this.#page.readUInt16LE(start + 4),
      low: this.#page.readUInt32LE(start),
      dataStart,
    };
  }

  /** Keys ascend and lie where the branches above say; the first key of a branch is never looked at and may be anything. */
  #checkOrder(visit: Visit, nodes: readonly PageNode[], isBranch: boolean): void {
    let previous = visit.from;
    for (const { key } of isBranch ? nodes.slice(1) : nodes) {
      const order = previous === undefined ? 1 : key.compare(previous);
      const isInOrder = previous === visit.from ? order >= 0 : order > 0;
      if (!isInOrder || (visit.before !== undefined && key.compare(visit.before) >= 0)) {
        throw this.#damaged(visit.page, 'keys that are out of order');
      }
      previous = key;
    }
  }

  #visitBranch(walk: TreeWalk, visit: Visit, nodes: readonly PageNode[], open: Visit[]): void {
    walk.branchPages++;
    const keys = nodes.map((node) => Buffer.from(node.key));
    for (const [index, { low, flags }] of nodes.entries()) {
      const page = low + flags * 2 ** 32;
      const from = index === 0 ? visit.from : keys[index];
      open.push({ page, depth: visit.depth + 1, from, before: keys[index + 1] ?? visit.before });
    }
  }

  #visitLeaf(walk: TreeWalk, visit: Visit, nodes: readonly PageNode[]): void {
    walk.leafPages++;
    walk.entries += nodes.length;
    const large: LargeValue[] = [];
    for (const node of nodes) {
      const value = this.#valueOf(walk, visit.page, node);
      if (value !== undefined) large.push(value);
    }
    for (const value of large) this.#visitOverflow(walk, visit.page, value);
  }

  /** Checks the value of a leaf's node; returns where it lies when it has pages of its own. */
  #valueOf(walk: TreeWalk, page: number, node: PageNode): LargeValue | undefined {
    const { flags, low, dataStart } = node;
    const isLarge = flags === bigDataFlag && !walk.holdsTrees;
    if (flags !== (walk.holdsTrees ? subDatabaseFlag : 0) && !isLarge) {
      throw this.#damaged(page, 'unknown flags');
    }
    const length = isLarge ? headerLength : low;
    if (dataStart + length > this.#page.length) throw this.#damaged(page, 'a bad length');
    if (isLarge) return { first: this.#page.readBigUInt64LE(dataStart), length: low };
    if (!walk.holdsTrees) return undefined;
    if (length !== treeRecordLength) throw this.#damaged(page, 'a bad length');
    this.#named.push(decodeTree(this.#page, dataStart));
    return undefined;
  }

  #visitOverflow(walk: TreeWalk, from: number, { first, length }: LargeValue): void {
    const { pageSize, lastPage, fileSize } = this.#state;
    const page = Number(first);
    const pages = Math.ceil((headerLength + length) / pageSize);
    if (page + pages - 1 > lastPage) throw this.#damaged(from, 'a bad page number');
    const header = Buffer.alloc(headerLength);
    const count = readSync(this.#file, header, 0, headerLength, page * pageSize);
    const end = page * pageSize + headerLength + length;
    if (count < headerLength || end > fileSize) throw this.#cutOff(page);
    if (header.readBigUInt64LE(0) !== first || header.readUInt16LE(18) !== overflowFlag) {
      throw this.#damaged(page, 'a bad header');
    }
    if (header.readUInt32LE(20) !== pages) throw this.#damaged(page, 'an impossible size');
    walk.overflowPages += pages;
    this.#count += pages;
  }

  #compareCounts(walk: TreeWalk): void {
    const { tree } = walk;
    const isRight =
      walk.entries === tree.entries &&
      walk.branchPages === tree.branchPages &&
      walk.leafPages === tree.leafPages &&
      walk.overflowPages === tree.overflowPages &&
      tree.flags === (walk.isSorted ? 0 : integerKeys);
    if (!isRight) throw this.#error(`the counts of the tree at page ${tree.root} are wrong`);
  }

  #read(page: number): void {
    if (page > this.#state.lastPage) throw this.#damaged(page, 'a bad page number');
    const { pageSize } = this.#state;
    const count = readSync(this.#file, this.#page, 0, pageSize, page * pageSize);
    if (count < pageSize) throw this.#cutOff(page);
    if (Number(this.#page.readBigUInt64LE(0)) !== page) throw this.#damaged(page, 'a bad header');
  }

  #cutOff(page: number): IntegrityError {
    return this.#error(`it is cut off before page ${page}`);
  }

  #damaged(page: number, what: string): IntegrityError {
    return this.#error(`page ${page} has ${what}`);
  }

  #error(reason: string): IntegrityError {
    return new IntegrityError(`The database ${this.#path} is damaged: ${reason}.`, {
      path: this.#path,
      hint: 'oxen fsck --rebuild-index',
    });
  }
}
