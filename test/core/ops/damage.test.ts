import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitAll, committed, read, write } from '../../helpers/repository.js';

function packs(root: string): string[] {
  const directory = join(root, '.oxen/versions/packs');
  return readdirSync(directory).map((name) => join(directory, name));
}

function flipBit(path: string, offset: number, bit = 0): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}

const files = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`d/${index}.bin`, `${index}`.repeat(300)]),
);

describe('a flipped bit in a pack', () => {
  test('is found by fsck wherever it is, and never reaches the working tree', async () => {
    const made = await committed(files);
    const [pack = ''] = packs(made.root);
    const { size } = statSync(pack);
    expect((await made.fsck()).problems).toEqual([]);
    for (let offset = 7; offset < size; offset += 97) {
      flipBit(pack, offset, offset % 8);
      made.stores.packReader.close();
      const { problems } = await made.fsck();
      expect(problems.length, `bit at ${offset}`).toBeGreaterThan(0);
      const path = problems[0]?.path;
      expect(path).toBeDefined();
      write(made.root, { [path ?? '']: null });
      await expect(made.restore(['.'])).rejects.toThrow();
      flipBit(pack, offset, offset % 8);
      made.stores.packReader.close();
      await made.restore(['.']);
      expect(read(made.root)).toEqual(files);
    }
  });
});

describe('a lost pack', () => {
  test('is named by fsck with path and commit, and a checkout that needs it changes nothing', async () => {
    const made = await committed(files);
    await commitAll(made, 'second', { 'd/0.bin': 'other' });
    const [pack = ''] = packs(made.root);
    const { truncateSync } = await import('node:fs');
    truncateSync(pack, 10);
    made.stores.packReader.close();
    const { problems } = await made.fsck();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.commitId).toBeDefined();
    const before = read(made.root);
    await expect(made.checkout('HEAD~1')).rejects.toThrow();
    expect(read(made.root)['d/1.bin']).toBe(before['d/1.bin']);
  });
});
