/** The shape of a folder: how many files, bytes and directories it has and how deep it is. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Counts over a folder. */
export interface Shape {
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly directoryCount: number; // the folder itself not counted
  readonly depth: number; // 1 when all files lie in the folder itself
}

/** Returns the shape of `folder`; entries named in `except`, at any depth, are left out. */
export function shapeOf(folder: string, except: readonly string[] = []): Shape {
  let fileCount = 0;
  let sizeBytes = 0;
  let directoryCount = 0;
  let depth = 0;
  const pending: { path: string; level: number }[] = [{ path: folder, level: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readdirSync(next.path, { withFileTypes: true })) {
      if (except.includes(entry.name)) continue;
      const path = join(next.path, entry.name);
      if (entry.isDirectory()) {
        directoryCount += 1;
        pending.push({ path, level: next.level + 1 });
      } else if (entry.isFile()) {
        fileCount += 1;
        sizeBytes += lstatSync(path).size;
        depth = Math.max(depth, next.level);
      }
    }
  }
  return { fileCount, sizeBytes, directoryCount, depth };
}

/** Returns the shape as one line, for example `100,000 files, 390.6 MiB, 100 directories, depth 2`. */
export function describeShape(shape: Shape): string {
  const count = (value: number) => value.toLocaleString('en-US');
  const size = formatBytes(shape.sizeBytes);
  return `${count(shape.fileCount)} files, ${size}, ${count(shape.directoryCount)} directories, depth ${shape.depth}`;
}

/** Returns a size with a binary unit and one decimal, for example `1.5 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
