/** A data set with many directories: four small files in each directory of a three-level tree. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededBytes } from './seeded-bytes.js';

const filesPerDirectory = 4;
const sizeBytes = 1024;

/** Writes about `directoryCount` directories below `folder`: 20 at the top, the square root of the rest at each further level. */
export function writeNestedFiles(folder: string, directoryCount: number): void {
  const nextBytes = seededBytes('nested');
  const topCount = Math.min(20, directoryCount);
  const perTop = Math.ceil(directoryCount / topCount);
  const middleCount = Math.max(1, Math.floor(Math.sqrt(perTop)));
  for (let index = 0; index < directoryCount; index += 1) {
    const top = index % topCount;
    const inTop = Math.floor(index / topCount);
    const directory = join(folder, `t${top}`, `m${inTop % middleCount}`, `d${inTop}`);
    mkdirSync(directory, { recursive: true });
    for (let file = 0; file < filesPerDirectory; file += 1) {
      writeFileSync(join(directory, `item_${file}.bin`), nextBytes(sizeBytes));
    }
  }
}
