import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { hashFromBytes } from '../../../src/core/model/hash.js';
import { hashesOf } from '../../../src/core/model/hash-column.js';
import { splitNames } from '../../../src/core/model/name-list.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import {
  type FileToWrite,
  fileOfBatch,
  namesByDirectory,
  WriteList,
} from '../../../src/core/ops/write-list.js';

const fileOf = (index: number, sizeBytes: number): FileToWrite => ({
  name: `f${String(index).padStart(5, '0')}`,
  hash: hashBytes(Buffer.from(`${index} ${sizeBytes}`)),
  sizeBytes,
});

const filesOf = (count: number, sizeBytes: number): FileToWrite[] =>
  Array.from({ length: count }, (_, index) => fileOf(index, sizeBytes));

const directories = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 4096, 30 << 20, 200 << 20))
    .map(([count, sizeBytes]) => filesOf(count, sizeBytes)),
  { maxLength: 20 },
);

function listed(groups: readonly FileToWrite[][]): WriteList {
  const list = new WriteList();
  for (const [index, files] of groups.entries()) list.add(`d${index}` as RepoPath, files);
  return list;
}

/** The files of all batches as `directory name hash`. */
function contentsOf(list: WriteList): string[] {
  return list.batches().flatMap(({ parts, hashes }) => {
    const names = parts.flatMap((part) =>
      splitNames(part.names).map((name) => `${part.directory} ${name}`),
    );
    return names.map((name, row) => `${name} ${hashesOf(hashes)[row]}`);
  });
}

describe('a list of files to write', () => {
  test('gives back what was added, in order, whatever the sizes', () => {
    fc.assert(
      fc.property(directories, (groups) => {
        const list = listed(groups);
        const expected = groups.flatMap((files, index) =>
          files.map(({ name, hash }) => `d${index} ${name} ${hash}`),
        );
        expect(contentsOf(list)).toEqual(expected);
        expect(list.fileCount).toBe(expected.length);
        const byDirectory = [...namesByDirectory(list.batches())];
        const wanted = groups.flatMap((files, index) =>
          files.length === 0
            ? []
            : { directory: `d${index}`, names: files.map(({ name }) => name) },
        );
        expect(byDirectory).toEqual(wanted);
      }),
    );
  });

  test('says which file a row of a batch is', () => {
    fc.assert(
      fc.property(directories, (groups) => {
        const list = listed(groups);
        const found = list.batches().flatMap((batch) => {
          const count = batch.parts.reduce((sum, { fileCount }) => sum + fileCount, 0);
          return Array.from({ length: count }, (_, row) => {
            const { directory, name, hash } = fileOfBatch(batch, row);
            return `${directory} ${name} ${hashFromBytes(hash)}`;
          });
        });
        expect(found).toEqual(contentsOf(list));
      }),
    );
  });

  test('puts small directories into one batch and cuts large ones', () => {
    const small = listed(Array.from({ length: 100 }, () => filesOf(2, 10)));
    expect(small.batches()).toHaveLength(1);
    expect(small.batches()[0]?.parts.every(({ isWhole }) => isWhole)).toBe(true);
    const parts = listed([filesOf(5000, 10)])
      .batches()
      .flatMap((batch) => batch.parts);
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.some(({ isWhole }) => isWhole)).toBe(false);
  });
});
