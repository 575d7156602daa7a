/** What lies on disk: allocated bytes, warming of the page cache, and flushing. */
import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';

const blockBytes = 512; // unit of st_blocks
const buffer = Buffer.alloc(1024 * 1024);

/** Returns the bytes allocated for the paths and everything below them; a missing path has none. Hard links count once. */
export function allocatedBytes(paths: readonly string[]): number {
  const seen = new Set<number>();
  let total = 0;
  for (const path of paths) {
    visit(path, (_file, stat) => {
      if (stat.nlink > 1 && seen.has(stat.ino)) return;
      seen.add(stat.ino);
      total += stat.blocks * blockBytes;
    });
  }
  return total;
}

/** Reads every file below `path` once, so that contents, inodes and directories are in memory. */
export function warmCache(path: string): void {
  visit(path, (file, stat) => {
    if (!stat.isFile()) return;
    const descriptor = openSync(file, 'r');
    while (readSync(descriptor, buffer) > 0);
    closeSync(descriptor);
  });
}

/** Writes everything that is dirty on the file system of `path` to the disk (`sync -f`). */
export function flush(path: string): void {
  execFileSync('sync', ['-f', path]);
}

function visit(path: string, use: (path: string, stat: Stats) => void): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  use(path, stat);
  if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name), use);
}
