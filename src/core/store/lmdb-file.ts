/**
 * A look at an LMDB data file before LMDB opens it: a file of another data format or one that is cut off would end
 * the process with a segmentation fault. Source of the layout: LMDB `mdb.c` (MDB_page, MDB_meta, MDB_db), data format 2
 * as lmdb-js builds it: 24 bytes of page header, then magic, version, address, map size, two tree roots, last page,
 * transaction id.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  IntegrityError,
  OperationError,
  systemErrorCode,
  wrapSystemError,
} from '../model/errors.js';

const magic = 0xbeefc0de;
const pageHeaderLength = 24;
const foreignHeaderLength = 16;
const metaLength = 136;
const probeLength = pageHeaderLength + metaLength;
const metaFlag = 0x08;

/** The state that a data file says it is in. */
export interface LmdbFileState {
  readonly pageSize: number; // bytes
  readonly lastPage: number; // number of the last page in use
  readonly transactionId: number; // of the newest committed transaction
  readonly fileSize: number; // bytes
  readonly freeTree: LmdbTree; // the free pages
  readonly mainTree: LmdbTree; // the named databases
}

/** The record of a tree, 48 bytes: pad u32, flags u16, depth u16, page and entry counts u64, root page u64. */
export interface LmdbTree {
  readonly flags: number;
  readonly depth: number; // 0 when it is empty
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: bigint; // all bits set when it is empty
}

/** Bytes of the record of a tree. */
export const treeRecordLength = 48;

/** Returns the record of a tree at `offset`. */
export function decodeTree(bytes: Buffer, offset: number): LmdbTree {
  const count = (field: number) => Number(bytes.readBigUInt64LE(offset + 8 + field * 8));
  return {
    flags: bytes.readUInt16LE(offset + 4),
    depth: bytes.readUInt16LE(offset + 6),
    branchPages: count(0),
    leafPages: count(1),
    overflowPages: count(2),
    entries: count(3),
    root: bytes.readBigUInt64LE(offset + 40),
  };
}

/** Says whether the file ends before its last page; `walkLmdbFile` tells whether that is harmless. */
export function isShort(state: LmdbFileState): boolean {
  return state.fileSize < (state.lastPage + 1) * state.pageSize;
}

/**
 * Checks the headers of the data file at `path`; returns undefined when there is none or it is empty (a creation that was cut short).
 * @throws OperationError when it belongs to classic LMDB (data format 1), as real Oxen writes it
 * @throws IntegrityError when it is no LMDB file or is cut off
 */
export function inspectLmdbFile(path: string): LmdbFileState | undefined {
  const file = openIfPresent(path);
  if (file === undefined) return undefined;
  try {
    const fileSize = fstatSync(file).size;
    if (fileSize === 0) return undefined;
    const [first, second] = readMetas(file, path);
    const newest = second.transactionId > first.transactionId ? second : first;
    return { ...newest, pageSize: first.pageSize, fileSize };
  } finally {
    closeSync(file);
  }
}

type Meta = Omit<LmdbFileState, 'fileSize'>;

const readAttempts = 5;

/**
 * Reads both headers. Commits write them in turn, so their transactions are neighbours and each is at the place of its parity; a header
 * that says otherwise is damaged, and LMDB would take the state of the other one. What another process writes meanwhile is read again.
 */
function readMetas(file: number, path: string): [Meta, Meta] {
  let seen = '';
  for (let attempt = 0; attempt < readAttempts; attempt++) {
    const first = readMeta(file, 0, path);
    const second = readMeta(file, first.pageSize, path);
    const ids = [first.transactionId, second.transactionId];
    if (areNeighbours(ids[0] ?? 0, ids[1] ?? 0)) return [first, second];
    if (String(ids) === seen) break;
    seen = String(ids);
  }
  throw damaged(path, `its headers are of transactions ${seen}, which do not follow each other`);
}

/** @param even number of the transaction in the first header; @param odd of that in the second; both 0 in a new file */
function areNeighbours(even: number, odd: number): boolean {
  if (odd === 0) return even === 0;
  return even % 2 === 0 && Math.abs(even - odd) === 1;
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw wrapSystemError(error, `Cannot read ${path}`, path);
  }
}

function readMeta(file: number, position: number, path: string): Meta {
  const bytes = Buffer.alloc(probeLength);
  const count = readSync(file, bytes, 0, probeLength, position);
  if (isForeign(bytes, count)) throw foreign(path);
  if (count < probeLength) throw damaged(path, 'it is cut off');
  if (bytes.readUInt32LE(pageHeaderLength) !== magic || (bytes[18] ?? 0) !== metaFlag) {
    throw damaged(path, 'its header is not that of a database');
  }
  const version = bytes.readUInt32LE(pageHeaderLength + 4) & 0xffff;
  if (version !== 2) throw damaged(path, `its data format ${version} is not known`);
  const pageSize = bytes.readUInt32LE(pageHeaderLength + 24);
  if (pageSize < 256 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    throw damaged(path, `its page size ${pageSize} is impossible`);
  }
  return {
    pageSize,
    freeTree: decodeTree(bytes, pageHeaderLength + 24),
    mainTree: decodeTree(bytes, pageHeaderLength + 72),
    lastPage: Number(bytes.readBigUInt64LE(pageHeaderLength + 120)),
    transactionId: Number(bytes.readBigUInt64LE(pageHeaderLength + 128)),
  };
}

function isForeign(bytes: Buffer, count: number): boolean {
  return count >= 24 && bytes.readUInt32LE(foreignHeaderLength) === magic;
}

function foreign(path: string): OperationError {
  return new OperationError(`${path} is an LMDB file that another program wrote.`, {
    path,
    hint: 'start `oxen serve`, push the repository to it with the program that made it, then clone it from there',
  });
}

function damaged(path: string, reason: string): IntegrityError {
  return new IntegrityError(`The database ${path} is damaged: ${reason}.`, {
    path,
    hint: 'oxen fsck --rebuild-index',
  });
}
