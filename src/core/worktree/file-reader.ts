/**
 * Reads one file of the working tree after the other into kernel memory, so that what was read is a state the file
 * really had: a file that moves while it is read is read again. Links are not followed, and nothing but regular files is read:
 * a FIFO would hang, a device might act.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileStat, fileIndexFlags } from '../format/file-index-run.js';
import { getKernel } from '../format/hashing.js';
import type { ByteSource } from '../format/metadata/byte-source.js';
import { type Clock, millisecondsOf, systemClock } from '../model/clock.js';
import { describeSystemError, systemErrorCode } from '../model/errors.js';
import { nodeDisk, readFully } from '../store/disk.js';
import { isRacy } from './racy.js';

const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const readAttempts = 3;
const rangeBytes = 64 * 1024;
const nsPerSecond = 1_000_000_000n;
const bigintStat = { bigint: true } as const;

/** What reading files depends on beside the disk. */
export interface ReadOptions {
  readonly clock?: Clock; // the clock that stamps files, by default the system's
  readonly afterRead?: (path: string) => void; // called between the read of a content and the last look at its stat values
}

/** Why a file could not be read. */
export interface ReadProblem {
  readonly code: string; // as in `PathProblem`
  readonly message: string;
}

/** What `read` found. */
export type ReadOutcome = 'read' | 'large' | 'problem';

/**
 * The reader of a job. After each step its fields tell about the present file; it has the shape of the stat values of a file
 * index row, so that no object is made for each file.
 */
export class FileReader implements FileStat {
  size = 0; // bytes
  mtimeMs = 0;
  ctimeMs = 0;
  ino = 0;
  mode = 0;
  mtimeSeconds = 0;
  mtimeNanoseconds = 0;
  problem: ReadProblem = noProblem;
  readonly startMs: number; // when this reader was made, before it read anything
  readonly #memory = getKernel().memory;
  readonly #afterRead: ReadOptions['afterRead'];
  #path = '';
  #descriptor = -1;

  constructor({ clock = systemClock, afterRead }: ReadOptions = {}) {
    this.startMs = millisecondsOf(clock);
    this.#afterRead = afterRead;
  }

  /** Opens the file at `path` and takes its stat values; returns whether it is a file that can be read, else sets `problem`. */
  open(path: string): boolean {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, openFlags);
      return this.#takeStat();
    } catch (error) {
      return this.#fail(openProblem(error));
    }
  }

  /**
   * Reads the whole file to `at` in kernel memory, where `room` bytes are free: one more than the file must have. A
   * file with more is `large` and is not read; one that does not hold still is a `problem`.
   */
  read(at: number, room: number): ReadOutcome {
    if (this.size >= room) return 'large';
    const isRead = this.readSettled(() => this.readBlock(at, 0, Math.min(this.size + 1, room)));
    return isRead ? 'read' : 'problem';
  }

  /**
   * Calls `readAll`, which reads the file from its start and returns the bytes it met, until the file was the same before
   * and after; three times at most. Otherwise sets `problem` and returns false.
   */
  readSettled(readAll: () => number): boolean {
    try {
      for (let attempt = 0; attempt < readAttempts; attempt++) {
        if (attempt > 0 && !this.#takeStat()) return false;
        const length = readAll();
        if (this.isSettled(length)) return true;
      }
      return this.#fail(hasChanged);
    } catch (error) {
      return this.#fail(systemProblem(error));
    }
  }

  /**
   * Reads up to `length` bytes from `position` of the file; fewer only at its end.
   * @throws the system's error; inside `readSettled` it becomes the problem
   */
  readBlock(at: number, position: number, length: number): number {
    let done = 0;
    while (done < length) {
      const count = readSync(
        this.#descriptor,
        this.#memory,
        at + done,
        length - done,
        position + done,
      );
      done += count;
      // A regular file gives less than asked for at its end only; the look at its size afterwards confirms it.
      if (count === 0 || position + done === this.size) break;
    }
    return done;
  }

  /**
   * Returns the bytes of the present file as a source of single ranges; a range is valid until the next one is read.
   * Reading throws the system's error.
   */
  asSource(): ByteSource {
    let buffer = Buffer.alloc(0);
    return {
      sizeBytes: this.size,
      read: (offset, length) => {
        const wanted = Math.max(0, Math.min(length, this.size - offset));
        if (wanted > buffer.length) buffer = Buffer.allocUnsafeSlow(Math.max(wanted, rangeBytes));
        const range = buffer.subarray(0, wanted);
        return range.subarray(0, readFully(nodeDisk, this.#descriptor, range, offset));
      },
    };
  }

  /**
   * Says whether the file is as it was when its stat values were taken and `length` bytes are all of it; takes the
   * exact mtime. Otherwise sets `problem`.
   * @throws the system's error; inside `readSettled` it becomes the problem
   */
  isSettled(length: number): boolean {
    this.#afterRead?.(this.#path);
    const now = fstatSync(this.#descriptor, bigintStat);
    this.mtimeSeconds = secondsOf(now.mtimeNs);
    this.mtimeNanoseconds = Number(now.mtimeNs - BigInt(this.mtimeSeconds) * nsPerSecond);
    const ctimeSeconds = secondsOf(now.ctimeNs);
    const ctimeNanoseconds = Number(now.ctimeNs - BigInt(ctimeSeconds) * nsPerSecond);
    const isSame =
      length === this.size &&
      Number(now.size) === length &&
      this.mtimeSeconds * 1000 + this.mtimeNanoseconds / 1e6 === this.mtimeMs &&
      ctimeSeconds * 1000 + ctimeNanoseconds / 1e6 === this.ctimeMs;
    return isSame || this.#fail(hasChanged);
  }

  /**
   * Flags of a file index row with these stat values: racy when they are too young to be trusted.
   * @param readMs when the content was read first, in ms since 1970; by default when this reader was made
   */
  flags(readMs = this.startMs): number {
    return isRacy(this.mtimeMs, this.ctimeMs, readMs) ? fileIndexFlags.racy : 0;
  }

  /** Closes the file when one is open. */
  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #takeStat(): boolean {
    const stats = fstatSync(this.#descriptor);
    if (!stats.isFile()) return this.#fail(notAFile);
    this.size = stats.size;
    this.mtimeMs = stats.mtimeMs;
    this.ctimeMs = stats.ctimeMs;
    this.ino = stats.ino;
    this.mode = stats.mode;
    return true;
  }

  #fail(problem: ReadProblem): false {
    this.problem = problem;
    return false;
  }
}

const noProblem: ReadProblem = { code: '', message: '' };
/** The problem of a file that does not hold still. */
export const hasChanged: ReadProblem = { code: 'changed', message: 'it changed while it was read' };
const notAFile: ReadProblem = { code: 'type', message: 'it is not a regular file' };

/** Returns a system error as a problem. */
export function systemProblem(error: unknown): ReadProblem {
  return { code: systemErrorCode(error) ?? 'EIO', message: describeSystemError(error) };
}

function openProblem(error: unknown): ReadProblem {
  switch (systemErrorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'vanished', message: 'it does not exist any more' };
    case 'ELOOP': // a link; nothing above it is one, the job has looked
    case 'ENXIO': // a socket
      return notAFile;
    default:
      return systemProblem(error);
  }
}

function secondsOf(nanoseconds: bigint): number {
  const seconds = Number(nanoseconds / nsPerSecond);
  return nanoseconds < 0n && nanoseconds % nsPerSecond !== 0n ? seconds - 1 : seconds;
}
