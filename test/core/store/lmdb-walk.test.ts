import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { inspectLmdbFile, type LmdbFileState } from '../../../src/core/store/lmdb-file.js';
import { walkLmdbFile } from '../../../src/core/store/lmdb-walk.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

async function databaseFile(): Promise<string> {
  const directory = temporaryDirectory();
  const environment = await StoreEnvironment.open(directory, { create: true });
  for (let round = 0; round < 3; round++) {
    environment.transaction(() => {
      for (let index = 0; index < 800; index++) {
        const key = Buffer.from(`key ${(index * 7919) % 100_003} of ${round}`);
        environment.database('nodes').put(key, Buffer.alloc(index % 50 === 0 ? 9000 : 60, index));
      }
    });
  }
  await environment.close();
  return join(directory, 'db', 'data.mdb');
}

function inspect(path: string): LmdbFileState {
  const state = inspectLmdbFile(path);
  if (state === undefined) throw new Error('no file');
  return state;
}

describe('walkLmdbFile', () => {
  test('visits the pages of a good file', async () => {
    const path = await databaseFile();
    const state = inspect(path);
    const count = walkLmdbFile(path, state);
    expect(count).toBeGreaterThan(100);
    expect(count).toBeLessThanOrEqual(state.lastPage + 1);
  });

  test('ends with an answer for any damaged byte', async () => {
    const path = await databaseFile();
    const good = readFileSync(path);
    let reported = 0;
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        writeFileSync(path, bytes);
        try {
          walkLmdbFile(path, inspect(path));
        } catch (error) {
          reported++;
          expect(error).toMatchObject({ kind: 'integrity' });
        }
      }),
    );
    expect(reported).toBeGreaterThan(0);
  });
});
