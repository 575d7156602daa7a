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
import type { LmdbFileState } from './lmdb-file.js';

const headerLength = 24;
const nodeHeaderLength = 8;
const branchFlag = 1;
const leafFlag = 2;
const overflowFlag = 4;
const bigDataFlag = 1;
const subDatabaseFlag = 2;
const rootOffsetInDatabase = 40;
const noPage = 0xffff_ffff_ffff_ffffn;
const maxDepth = 32;

/** A page still to be visited. */
interface Visit {
  readonly page: number;
  readonly depth: number;
  readonly isSorted: boolean; // keys compare bytewise; those of the free list are numbers
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
  readonly #open: Visit[] = [];
  #count = 2;

  constructor(path: string, file: number, state: LmdbFileState) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    this.#page = Buffer.alloc(state.pageSize);
  }

  run(): number {
    this.#visitRoot(this.#state.freeRoot, false);
    this.#visitRoot(this.#state.mainRoot, true);
    for (let visit = this.#open.pop(); visit !== undefined; visit = this.#open.pop()) {
      this.#read(visit.page);
      this.#visitPage(visit);
      if (++this.#count > this.#state.lastPage + 1) throw this.#damaged(visit.page, 'a cycle');
    }
    return this.#count;
  }

  #visitRoot(root: bigint, isSorted: boolean): void {
    if (root !== noPage) this.#open.push({ page: Number(root), depth: 0, isSorted });
  }

  #visitPage(visit: Visit): void {
    const { page, depth } = visit;
    const flags = this.#page.readUInt16LE(18);
    if (flags !== branchFlag && flags !== leafFlag) throw this.#damaged(page, 'unknown flags');
    if (depth > maxDepth) throw this.#damaged(page, 'a tree that is too deep');
    const lower = this.#page.readUInt16LE(20);
    const limit = this.#state.pageSize - headerLength;
    if (lower % 2 !== 0 || lower > limit) throw this.#damaged(page, 'an impossible size');
    let previous: Buffer | undefined;
    for (let index = 0; index < lower / 2; index++) {
      const key = this.#visitNode(visit, index, flags === branchFlag);
      if (visit.isSorted && previous !== undefined && previous.compare(key) >= 0) {
        throw this.#damaged(page, 'keys that are out of order');
      }
      // The first key of a branch is never looked at and may be anything.
      previous = index === 0 && flags === branchFlag ? undefined : Buffer.from(key);
    }
  }

  /** Checks one node of the page in the buffer, notes the pages it refers to, and returns a view of its key. */
  #visitNode(visit: Visit, index: number, isBranch: boolean): Buffer {
    const { page, depth, isSorted } = visit;
    const start = this.#page.readUInt16LE(headerLength + index * 2) + headerLength;
    if (start + nodeHeaderLength > this.#page.length) throw this.#damaged(page, 'a bad pointer');
    const low = this.#page.readUInt32LE(start);
    const flags = this.#page.readUInt16LE(start + 4);
    const keyStart = start + nodeHeaderLength;
    const dataStart = keyStart + this.#page.readUInt16LE(start + 6);
    const isBig = !isBranch && (flags & bigDataFlag) !== 0;
    const dataLength = isBranch ? 0 : isBig ? headerLength : low;
    if (dataStart + dataLength > this.#page.length) throw this.#damaged(page, 'a bad length');
    const key = this.#page.subarray(keyStart, dataStart);
    if (isBranch) {
      this.#open.push({ page: low + flags * 2 ** 32, depth: depth + 1, isSorted });
    } else if (isBig) {
      this.#visitOverflow(page, this.#page.readBigUInt64LE(dataStart), low);
    } else if ((flags & subDatabaseFlag) !== 0) {
      if (dataLength < rootOffsetInDatabase + 8) throw this.#damaged(page, 'a bad database');
      this.#visitRoot(this.#page.readBigUInt64LE(dataStart + rootOffsetInDatabase), true);
    }
    return key;
  }

  #visitOverflow(from: number, first: bigint, dataLength: number): void {
    const page = Number(first);
    const header = Buffer.alloc(headerLength);
    const count = readSync(this.#file, header, 0, headerLength, page * this.#state.pageSize);
    const pages = Math.ceil((headerLength + dataLength) / this.#state.pageSize);
    if (page + pages - 1 > this.#state.lastPage) throw this.#damaged(from, 'a bad page number');
    const end = page * this.#state.pageSize + headerLength + dataLength;
    if (count < headerLength || end > this.#state.fileSize) throw this.#cutOff(page);
    if (header.readBigUInt64LE(0) !== first || header.readUInt16LE(18) !== overflowFlag) {
      throw this.#damaged(page, 'a bad header');
    }
    if (header.readUInt32LE(20) < pages) throw this.#damaged(page, 'an impossible size');
    this.#count += pages;
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
