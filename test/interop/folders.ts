/** Working folders for the real client: content of every kind, and comparing them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a file with the folders above it. */
export function write(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Returns `length` bytes that no compressor can shrink, the same for the same seed. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((state ^ (state >>> 13)) >>> 0, Math.min(index, length - 4));
  }
  return bytes;
}

/** The smallest picture: a PNG of one pixel. */
export const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Writes text, a table, a picture, names of all kinds, empty files and folders, many small files and a large one. */
export function writeMixture(root: string, sizes: { small: number; largeBytes: number }): void {
  write(root, 'README.md', '# A mixture\n');
  write(root, 'tables/numbers.csv', 'id,name\n1,one\n2,two\n');
  write(root, 'images/pixel.png', onePixel);
  write(root, 'names/ünïcödé 文件 🐂.txt', 'ox\n');
  write(root, 'names/with space & + %41 [x].txt', 'odd\n');
  write(root, 'names/no-extension', 'plain');
  write(root, 'empty.txt', '');
  write(root, 'deep/a/b/c/d/e.txt', 'deep\n');
  mkdirSync(join(root, 'empty folder'));
  for (let index = 0; index < sizes.small; index++) {
    write(root, `small/${index % 7}/file${index}.txt`, `number ${index}\n`);
  }
  write(root, 'large.bin', noise(sizes.largeBytes, 7));
}

/** Returns the folders below `root` that hold nothing. */
export function listEmptyFolders(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readdirSync(path).length === 0)
    .map((path) => path.slice(root.length + 1))
    .filter((path) => !path.startsWith('.oxen'))
    .sort();
}

/** Returns the files below `root` with a hash of each, without the data of the client. */
export function listFiles(root: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (!entry.isFile() || path.startsWith('.oxen')) continue;
    files[path] = createHash('sha256')
      .update(readFileSync(join(root, path)))
      .digest('hex');
  }
  return files;
}
