/**
 * A data set of a few large files, and edits that only content-defined chunking sees through: one KiB inserted a
 * tenth into the file, so that everything behind it moves.
 */
import { closeSync, copyFileSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { seededBytes } from './seeded-bytes.js';

const blockBytes = 8 * 1024 * 1024;
const insertedBytes = 1024;

/** Names of the files of the set. */
export const largeFileNames: readonly string[] = ['first.bin', 'second.bin'];

/** Writes the files below `folder`, each `sizeBytes` long. */
export function writeLargeFiles(folder: string, sizeBytes: number): void {
  for (const name of largeFileNames) {
    const nextBytes = seededBytes(`large ${name}`);
    const file = openSync(join(folder, name), 'w');
    for (let rest = sizeBytes; rest > 0; rest -= blockBytes) {
      writeSync(file, nextBytes(Math.min(rest, blockBytes)));
    }
    closeSync(file);
  }
}

/** Inserts one KiB, different for every `seed`, at a tenth of the file. The file is replaced, not written in place. */
export function insertIntoFile(path: string, sizeBytes: number, seed: string): void {
  const edited = `${path}.edited`;
  copyFileSync(path, edited);
  const source = openSync(path, 'r');
  const target = openSync(edited, 'r+');
  const block = Buffer.alloc(blockBytes);
  let position = Math.floor(sizeBytes / 10);
  writeSync(target, seededBytes(seed)(insertedBytes), 0, insertedBytes, position);
  for (;;) {
    const length = readSync(source, block, 0, blockBytes, position);
    if (length === 0) break;
    writeSync(target, block, 0, length, position + insertedBytes);
    position += length;
  }
  closeSync(source);
  closeSync(target);
  renameSync(edited, path);
}
