/**
 * The few system calls that writing to the store needs, as a port: tests put a disk in their place that fails,
 * tears or stops at the n-th call. All calls are synchronous except flushing, which runs on the thread pool so that
 * several files are flushed at once. LMDB does its own input and output and is not behind this port.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/** System calls; each throws what node:fs throws. */
export interface Disk {
  /** Opens a file and returns its descriptor. */
  open(path: string, flags: number, mode?: number): number;
  close(file: number): void;
  /** Reads up to `length` bytes at `position` and returns how many came. */
  read(file: number, into: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes up to `length` bytes at `position` and returns how many were written. */
  write(file: number, from: Uint8Array, offset: number, length: number, position: number): number;
  truncate(file: number, length: number): void;
  /** Returns when everything written to the file is durable. */
  sync(file: number): void;
  /** Resolves when everything written to the file so far is durable. */
  syncLater(file: number): Promise<void>;
  /** Returns the size of the file in bytes. */
  size(file: number): number;
  rename(from: string, to: string): void;
  /** Removes a file; a missing one is fine. */
  remove(path: string): void;
  /** Creates a directory and its missing ancestors. */
  makeDirectory(path: string): void;
  /** Returns the names in a directory. */
  list(path: string): string[];
}

const fsyncLater = promisify(fsync);

/** The disk of the machine. */
export const nodeDisk: Disk = {
  open: (path, flags, mode) => openSync(path, flags, mode),
  close: (file) => closeSync(file),
  read: (file, into, offset, length, position) => readSync(file, into, offset, length, position),
  write: (file, from, offset, length, position) => writeSync(file, from, offset, length, position),
  truncate: (file, length) => ftruncateSync(file, length),
  sync: (file) => fsyncSync(file),
  syncLater: (file) => fsyncLater(file),
  size: (file) => fstatSync(file).size,
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true });
  },
  list: (path) => readdirSync(path),
};

/** Flags for `Disk.open`. */
export const openFlags = {
  read: constants.O_RDONLY,
  readWrite: constants.O_RDWR,
  createNew: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  openOrCreate: constants.O_RDWR | constants.O_CREAT,
} as const;

/** Writes all of `bytes` at `position`, in as many calls as it takes. */
export function writeFully(disk: Disk, file: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += disk.write(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Reads at `position` until `into` is full or the file ends; returns how many bytes came. */
export function readFully(disk: Disk, file: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = disk.read(file, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Makes the entries of a directory durable: names created, renamed or removed in it. */
export function syncDirectory(disk: Disk, path: string): void {
  // Windows cannot flush a directory; NTFS journals its names.
  if (process.platform === 'win32') return;
  const file = disk.open(path, openFlags.read);
  try {
    disk.sync(file);
  } finally {
    disk.close(file);
  }
}

/** As `syncDirectory`, without waiting on the calling thread. */
export async function syncDirectoryLater(disk: Disk, path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const file = disk.open(path, openFlags.read);
  try {
    await disk.syncLater(file);
  } finally {
    disk.close(file);
  }
}
