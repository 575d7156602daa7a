import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { insertIntoFile } from '../../bench/data/large-files.js';
import { writeNestedFiles } from '../../bench/data/nested-files.js';
import { seededBytes } from '../../bench/data/seeded-bytes.js';
import { describeShape, shapeOf } from '../../bench/data/shape.js';
import { writeSmallFiles } from '../../bench/data/small-files.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

describe('bench data', () => {
  test('is the same for the same seed, however it is cut', () => {
    const whole = seededBytes('x')(1000);
    const next = seededBytes('x');
    expect(Buffer.concat([next(1), next(700), next(299)])).toEqual(whole);
    expect(seededBytes('y')(1000)).not.toEqual(whole);
  });

  test('spreads small files over the directories', () => {
    const root = temporaryDirectory();
    writeSmallFiles(root, { seed: 's', fileCount: 50, directoryCount: 5, sizeBytes: 10 });
    expect(describeShape(shapeOf(root))).toBe('50 files, 500 B, 5 directories, depth 2');
  });

  test('nests directories three deep, four files in each', () => {
    const root = temporaryDirectory();
    writeNestedFiles(root, 40);
    expect(shapeOf(root)).toMatchObject({ fileCount: 160, depth: 4 });
  });

  test('inserts one KiB at a tenth of a file and moves the rest', () => {
    const path = join(temporaryDirectory(), 'file');
    const original = seededBytes('file')(20_000_000);
    writeFileSync(path, original);
    insertIntoFile(path, original.length, 'edit');
    const edited = readFileSync(path);
    expect(edited.length).toBe(original.length + 1024);
    expect(edited.subarray(0, 2_000_000).equals(original.subarray(0, 2_000_000))).toBe(true);
    expect(edited.subarray(2_001_024).equals(original.subarray(2_000_000))).toBe(true);
  });
});
