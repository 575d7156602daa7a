/**
 * Small files that are replaced as a whole: HEAD, configuration. After a crash there is the old text or the new one,
 * never a part: temporary file, fsync, rename, fsync of the directory.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode, wrapSystemError } from '../model/errors.js';
import { type Disk, nodeDisk, openFlags, syncDirectory, writeFully } from './disk.js';

const temporaryName = /\.\d+\.tmp$/;
const abandonedAfterMs = 3_600_000;

/** Settings of `writeFileAtomically`. */
export interface AtomicFileOptions {
  readonly mode?: number; // permission bits, 0o666 less the umask when absent
  readonly disk?: Disk;
}

/**
 * Replaces the file at `path`; it is durable on return. Two writers at once: one of the two texts wins.
 * @throws OperationError when the file cannot be written; the old one is then still there
 */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: AtomicFileOptions = {},
): void {
  const { disk = nodeDisk, mode = 0o666 } = options;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeNewFile(disk, temporary, Buffer.from(content), mode);
    disk.rename(temporary, path);
    syncDirectory(disk, dirname(path));
  } catch (error) {
    removeQuietly(disk, temporary);
    throw wrapSystemError(error, `Cannot write ${path}`, path);
  }
}

/**
 * Removes the temporary files that crashed processes left in `directory`. Those that were written within the last hour may be in use.
 * @param nowMs milliseconds since 1970
 * @throws OperationError when one cannot be removed
 */
export function removeAbandonedFiles(directory: string, nowMs: number): void {
  for (const name of readdirSync(directory)) {
    if (!temporaryName.test(name)) continue;
    const path = join(directory, name);
    try {
      const { mtimeMs } = lstatSync(path);
      if (nowMs - mtimeMs > abandonedAfterMs) nodeDisk.remove(path);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') continue;
      throw wrapSystemError(error, `Cannot remove ${path}`, path);
    }
  }
}

/**
 * Returns the text of the file at `path`, undefined when there is none.
 * @throws OperationError when it exists but cannot be read
 */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw wrapSystemError(error, `Cannot read ${path}`, path);
  }
}

function writeNewFile(disk: Disk, path: string, bytes: Uint8Array, mode: number): void {
  // A file left over by a crashed process of the same id would be in the way of the exclusive creation.
  disk.remove(path);
  const file = disk.open(path, openFlags.createNew, mode);
  try {
    writeFully(disk, file, bytes, 0);
    disk.sync(file);
  } finally {
    disk.close(file);
  }
}

function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // The first error is the one to report.
  }
}
