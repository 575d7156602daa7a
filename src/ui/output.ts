/**
 * The two streams to the user. They are written with plain system calls: `process.stdout` takes 3 ms to build and
 * nothing here needs what it can do. A reader that went away (`| head -1`) is no error: from then on nothing is written.
 */
import { fstatSync, writeSync } from 'node:fs';
import { systemErrorCode } from '../core/model/errors.js';
import type { Paint } from './colour.js';

/** A stream to the user. */
export interface Output {
  readonly isTerminal: boolean;
  /** True once nobody reads any more; long outputs stop then. */
  readonly isClosed: boolean;
  readonly paint: Paint;
  /** Writes `chunk` and returns when the system has taken it. */
  write(chunk: string | Uint8Array): void;
}

/** Writes some of `bytes` and returns how many, like `writeSync`. */
export type WriteBytes = (bytes: Uint8Array) => number;

const fullPipePauseMs = 5;

/** Returns an output over `writeBytes`. */
export function outputOver(writeBytes: WriteBytes, isTerminal: boolean, paint: Paint): Output {
  let isClosed = false;
  return {
    isTerminal,
    paint,
    get isClosed() {
      return isClosed;
    },
    write(chunk) {
      let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      while (rest.length > 0 && !isClosed) {
        const taken = tryWrite(writeBytes, rest);
        if (taken === undefined) isClosed = true;
        else rest = rest.subarray(taken);
      }
    },
  };
}

/** Returns the number of bytes that were taken, or undefined when nobody reads any more. */
function tryWrite(writeBytes: WriteBytes, bytes: Uint8Array): number | undefined {
  try {
    return writeBytes(bytes);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EPIPE') return undefined;
    if (code !== 'EAGAIN') throw error;
    pause(fullPipePauseMs);
    return 0;
  }
}

/** Returns the output over a descriptor of the process. */
export function outputOfDescriptor(descriptor: number, isTerminal: boolean, paint: Paint): Output {
  return outputOver((bytes) => writeSync(descriptor, bytes), isTerminal, paint);
}

/** Says whether a descriptor is a terminal; `node:tty` is only loaded when it might be one. */
export async function isTerminalDescriptor(descriptor: number): Promise<boolean> {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  const { isatty } = await import('node:tty');
  return isatty(descriptor);
}

/** Waits on the calling thread: the other end of a pipe that does not block is slow. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
