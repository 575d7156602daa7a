/** A file system that is full soon, for tests that may mount one. */
import { spawnSync } from 'node:child_process';

/** Mounts an empty file system of so many MiB at `path`; returns false when this user may not. */
export function mountSmall(path: string, mebibytes: number): boolean {
  const size = `size=${mebibytes}m`;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', path]).status === 0;
}

/** Takes the file system away. */
export function unmountSmall(path: string): void {
  spawnSync('umount', [path]);
}
