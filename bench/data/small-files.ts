/** Data sets of many small files: equal sizes, random contents, spread evenly over directories. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededBytes } from './seeded-bytes.js';

/** How many files, where, and how large. */
export interface SmallFilesPlan {
  readonly seed: string;
  readonly fileCount: number;
  readonly directoryCount: number; // 1: all files in the folder itself
  readonly sizeBytes: number; // of each file
}

/** Returns the path of file `index` below the folder. Names count up inside each directory, as cameras name images. */
export function smallFilePath(plan: SmallFilesPlan, index: number): string {
  const name = `image_${String(index).padStart(7, '0')}.bin`;
  if (plan.directoryCount <= 1) return name;
  const filesPerDirectory = Math.ceil(plan.fileCount / plan.directoryCount);
  const directory = Math.floor(index / filesPerDirectory);
  return `part_${String(directory).padStart(5, '0')}/${name}`;
}

/** Writes the files below `folder`, which exists. */
export function writeSmallFiles(folder: string, plan: SmallFilesPlan): void {
  const nextBytes = seededBytes(plan.seed);
  let lastDirectory = '';
  for (let index = 0; index < plan.fileCount; index += 1) {
    const path = join(folder, smallFilePath(plan, index));
    const directory = dirname(path);
    if (directory !== lastDirectory) mkdirSync(directory, { recursive: true });
    lastDirectory = directory;
    writeFileSync(path, nextBytes(plan.sizeBytes));
  }
}
