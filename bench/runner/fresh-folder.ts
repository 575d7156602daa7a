/**
 * Folders for measured runs, each in another region of the disk. ext4 will not reuse an inode for up to six minutes
 * after its file was deleted, and walks over all such inodes for every new one: next to the leftovers of the last
 * round, creating a file costs up to fifteen times as much. A folder marked `T` has its subfolders spread over the disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Makes and returns an empty folder below `<cache>/work` with a name that was not used before. */
export function freshFolder(cache: string, name: string): string {
  const work = join(cache, 'work');
  if (mkdirSync(work, { recursive: true }) !== undefined) {
    spawnSync('chattr', ['+T', work], { stdio: 'ignore' }); // other file systems do without
  }
  return mkdtempSync(join(work, `${name.replaceAll(/[^\w.-]+/g, '-')}-`));
}

/** Moves the entries `names` of `from` (default: all) into `to`. Contents and times of the files stay as they are. */
export function moveEntries(from: string, to: string, names = readdirSync(from)): void {
  for (const name of names) renameSync(join(from, name), join(to, name));
}

/**
 * The folders of rounds that have ended. Those of many small files stay until the last round of the case: deleting files makes the
 * creation of the next ones slow, for the tools that create one for each version most of all. Those of large files would fill the disk.
 */
export class SpentFolders {
  readonly #staysUntilEnd: boolean;
  #folders: string[] = [];

  /** @param shape of what the rounds write */
  constructor({
    fileCount,
    sizeBytes,
  }: { readonly fileCount: number; readonly sizeBytes: number }) {
    this.#staysUntilEnd = sizeBytes <= fileCount * smallFileBytes;
  }

  /** Takes over a folder that nobody needs any more. */
  add(folder: string): void {
    if (this.#staysUntilEnd) this.#folders.push(folder);
    else rmSync(folder, { recursive: true, force: true });
  }

  /** Removes what was taken over. */
  clear(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    this.#folders = [];
  }
}

const smallFileBytes = 16 << 10;

/** Removes everything that earlier runs have left in `<cache>/work`. */
export function clearWork(cache: string): void {
  rmSync(join(cache, 'work'), { recursive: true, force: true });
}
