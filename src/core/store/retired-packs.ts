/**
 * The end of a pack: it is held so that nobody appends to it, retired when no place names it any more, and its file is removed
 * after a grace period, for readers that still have its places in hand. Files that no row of the pack table knows are
 * left by writers that were stopped; they go as well.
 */
import { systemErrorCode, wrapSystemError } from '../model/errors.js';
import { type Disk, nodeDisk, openFlags, syncDirectory } from './disk.js';
import type { StoreEnvironment } from './environment.js';
import { type FileLocks, loadFileLocks } from './locks.js';
import { packIdOf, packPath } from './pack-files.js';
import { type PackRow, PackTable } from './pack-table.js';

/** A pack file that was removed, or would be. */
export interface RemovedPack {
  readonly id: number;
  readonly sizeBytes: number; // of the file
  readonly reason: 'retired' | 'unknown'; // unknown: the pack table has no row for it
}

/** Packs that nobody else can append to while they are held. Close it when done. */
export class PackHolder {
  readonly #environment: StoreEnvironment;
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #locks: FileLocks;
  readonly #files: number[] = [];

  private constructor(
    environment: StoreEnvironment,
    directory: string,
    disk: Disk,
    locks: FileLocks,
  ) {
    this.#environment = environment;
    this.#directory = directory;
    this.#disk = disk;
    this.#locks = locks;
  }

  /** @throws OperationError when files cannot be locked on this platform */
  static async open(
    environment: StoreEnvironment,
    packDirectory: string,
    disk: Disk = nodeDisk,
  ): Promise<PackHolder> {
    return new PackHolder(environment, packDirectory, disk, await loadFileLocks());
  }

  /** Holds a pack; false when someone appends to it, or has done so since `row` was read. */
  tryHold(row: PackRow): boolean {
    const file = openIfThere(this.#disk, packPath(this.#directory, row.id));
    if (file === undefined) return false;
    if (this.#locks.tryLock(file)) {
      this.#environment.refresh();
      const now = new PackTable(this.#environment).get(row.id);
      if (now?.length === row.length && now.state === row.state) {
        this.#files.push(file);
        return true;
      }
    }
    this.#disk.close(file);
    return false;
  }

  /** Removes the file of a pack that nobody appends to and that has no row; false when that is not so. */
  tryRemoveUnknown(id: number): boolean {
    const path = packPath(this.#directory, id);
    const file = openIfThere(this.#disk, path);
    if (file === undefined) return false;
    try {
      if (!this.#locks.tryLock(file)) return false;
      this.#environment.refresh();
      if (new PackTable(this.#environment).get(id) !== undefined) return false;
      this.#disk.remove(path);
      return true;
    } finally {
      this.#disk.close(file);
    }
  }

  /** Lets go of all packs. */
  close(): void {
    for (const file of this.#files.splice(0)) this.#disk.close(file);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Returns the files of packs that could go now: retired at least `graceMs` ago, or without a row. */
export function listRemovablePacks(
  environment: StoreEnvironment,
  packDirectory: string,
  nowMs: number,
  graceMs: number,
  disk: Disk = nodeDisk,
): RemovedPack[] {
  const rows = new Map(new PackTable(environment).list().map((row) => [row.id, row]));
  const found: RemovedPack[] = [];
  for (const name of namesIn(disk, packDirectory)) {
    const id = packIdOf(name);
    if (id === undefined) continue;
    const row = rows.get(id);
    const isExpired = row?.state === 'retired' && row.retiredAtMs + graceMs <= nowMs;
    if (row !== undefined && !isExpired) continue;
    const sizeBytes = packFileSize(disk, packDirectory, id) ?? 0;
    found.push({ id, sizeBytes, reason: row === undefined ? 'unknown' : 'retired' });
  }
  return found;
}

/**
 * Removes the files of packs, and the rows of those that were retired; returns what was removed. The number of a pack is never used
 * again: the row with the highest one stays.
 * @throws OperationError when a file cannot be removed
 */
export function removePacks(
  environment: StoreEnvironment,
  packDirectory: string,
  packs: readonly RemovedPack[],
  holder: PackHolder,
  disk: Disk = nodeDisk,
): RemovedPack[] {
  try {
    const removed = packs.filter(({ id, reason }) => {
      if (reason === 'unknown') return holder.tryRemoveUnknown(id);
      disk.remove(packPath(packDirectory, id));
      return true;
    });
    if (removed.length > 0) syncDirectory(disk, packDirectory);
    forgetRetired(environment, packDirectory, disk);
    return removed;
  } catch (error) {
    throw wrapSystemError(error, `Cannot remove packs in ${packDirectory}`, packDirectory);
  }
}

/** Removes the rows of retired packs whose files are gone. */
function forgetRetired(environment: StoreEnvironment, packDirectory: string, disk: Disk): void {
  const table = new PackTable(environment);
  const rows = table.list();
  const last = rows[rows.length - 1]?.id;
  const there = new Set(namesIn(disk, packDirectory).map(packIdOf));
  const gone = rows.filter(({ id, state }) => state === 'retired' && id !== last && !there.has(id));
  if (gone.length === 0) return;
  environment.transaction(() => {
    for (const { id } of gone) table.remove(id);
  });
}

/** Returns the bytes of the file of a pack, undefined when it is not there. */
export function packFileSize(disk: Disk, packDirectory: string, id: number): number | undefined {
  return fileSizeOf(disk, packPath(packDirectory, id));
}

/** Returns the bytes of a file, undefined when it is not there. @throws OperationError when it cannot be opened */
export function fileSizeOf(disk: Disk, path: string): number | undefined {
  const file = openIfThere(disk, path, openFlags.read);
  if (file === undefined) return undefined;
  try {
    return disk.size(file);
  } finally {
    disk.close(file);
  }
}

function openIfThere(
  disk: Disk,
  path: string,
  flags: number = openFlags.readWrite,
): number | undefined {
  try {
    return disk.open(path, flags);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw wrapSystemError(error, `Cannot open ${path}`, path);
  }
}

function namesIn(disk: Disk, directory: string): string[] {
  try {
    return disk.list(directory);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw wrapSystemError(error, `Cannot list ${directory}`, directory);
  }
}
