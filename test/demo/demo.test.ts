import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { changeFiles } from '../../demo/change.js';
import { differences, fingerprintOf } from '../../demo/fingerprint.js';
import { pngImage } from '../../demo/png.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

function folderWith(fileCount: number): string {
  const path = temporaryDirectory();
  mkdirSync(join(path, 'sub'));
  for (let index = 0; index < fileCount; index += 1) {
    writeFileSync(join(path, index % 2 === 0 ? 'sub' : '.', `${index}.txt`), `${index}`);
  }
  return path;
}

describe('the witness of the demo', () => {
  test('finds nothing when nothing has changed, whatever lies in .oxen', () => {
    const folder = folderWith(5);
    const before = fingerprintOf(folder);
    mkdirSync(join(folder, '.oxen'));
    writeFileSync(join(folder, '.oxen', 'HEAD'), 'main');
    expect(differences(before, fingerprintOf(folder))).toEqual([]);
  });

  test('names missing files, unexpected files and other bytes', () => {
    const folder = folderWith(4);
    const before = fingerprintOf(folder);
    rmSync(join(folder, '1.txt'));
    appendFileSync(join(folder, 'sub', '2.txt'), 'x');
    writeFileSync(join(folder, 'new.txt'), '');
    expect(differences(before, fingerprintOf(folder)).sort()).toEqual([
      'missing: 1.txt',
      'other bytes: sub/2.txt',
      'unexpected: new.txt',
    ]);
  });
});

describe('the changes of the demo', () => {
  test.each([
    [4, 1],
    [7, 1],
    [1200, 3],
  ])('touch one per cent of %i files, %i of each kind', (fileCount, perKind) => {
    const folder = folderWith(fileCount);
    const before = fingerprintOf(folder);
    const counts = changeFiles(folder, [...before.keys()].sort());
    expect(counts).toEqual({
      edited: perKind,
      deleted: perKind,
      added: perKind,
      renamed: perKind,
    });
    const lines = differences(before, fingerprintOf(folder)).map((line) => line.split(':')[0]);
    const count = (kind: string) => lines.filter((line) => line === kind).length;
    expect(count('other bytes')).toBe(perKind);
    expect(count('missing')).toBe(2 * perKind);
    expect(count('unexpected')).toBe(2 * perKind);
  });
});

test('generated images are PNG files with one row of pixels after the other', () => {
  const image = pngImage(7, 16);
  expect(image.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect(image.readUInt32BE(16)).toBe(16);
  // CRC of an empty IEND chunk, from the PNG specification.
  expect(image.subarray(-4).toString('hex')).toBe('ae426082');
  const dataAt = 8 + 12 + 13 + 8;
  const length = image.readUInt32BE(dataAt - 8);
  expect(inflateSync(image.subarray(dataAt, dataAt + length)).length).toBe(16 * (1 + 16 * 3));
});
