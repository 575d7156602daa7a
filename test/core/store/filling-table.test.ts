import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileIndexRun, FileIndexRunBuilder } from '../../../src/core/format/file-index-run.js';
import { type RepoPath, sortBytewise } from '../../../src/core/model/path.js';
import { FillingTable } from '../../../src/core/store/filling-table.js';
import { repository } from '../../helpers/repository.js';

const hash = new Uint8Array(16);

function rows(names: readonly string[], size: number): FileIndexRun {
  const builder = new FileIndexRunBuilder(names.length);
  const stat = { size, mtimeMs: 1, ctimeMs: 2, ino: 3, mode: 4 };
  for (const name of sortBytewise([...names])) builder.append(name, stat, hash);
  return new FileIndexRun(builder.finish());
}

const letters: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const names = fc.uniqueArray(letters, { maxLength: 4 });
const step = fc.record({
  directory: fc.constantFrom('', 'd', 'e/f') as fc.Arbitrary<RepoPath>,
  put: names,
  removed: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, names),
});

test('holds what a plain table holds after any writes, and answers as it does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 8 }), async (isFilled, steps) => {
      const [made, plain] = await Promise.all([repository({}), repository({})]);
      const tables = [made.stores.fileIndex, plain.stores.fileIndex] as const;
      if (isFilled) {
        for (const table of tables) table.apply('d' as RepoPath, { upserts: [rows(['c'], 9)] });
      }
      const filling = new FillingTable(tables[0]);
      expect(filling.wasEmpty).toBe(!isFilled);
      for (const [size, { directory, put, removed }] of steps.entries()) {
        const changes = {
          upserts: put.length === 0 ? [] : [rows(put, size)],
          removals: removed.filter((name) => !put.includes(name)),
        };
        filling.apply(directory, changes);
        tables[1].apply(directory, changes);
        const list = (runs: readonly FileIndexRun[]) =>
          runs.flatMap((run) => run.names.all.map((name, row) => [name, run.sizes[row]]));
        for (const path of ['', 'd', 'e/f'] as RepoPath[]) {
          expect(list(filling.readDirectory(path))).toEqual(list(tables[1].readDirectory(path)));
          expect(filling.find(path, 'b')?.run.sizes[filling.find(path, 'b')?.index ?? 0]).toBe(
            tables[1].find(path, 'b')?.run.sizes[tables[1].find(path, 'b')?.index ?? 0],
          );
        }
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
