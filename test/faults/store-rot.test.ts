/** Flips bytes of the database file: every flip is found, or is in a place that nothing uses. No flip ends the process. */
import { expect, test } from 'vitest';
import { runModule } from '../helpers/child.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const flips = Number(process.env['OXEN_ROT_FLIPS'] ?? 150);

const source = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { FileIndexRun, FileIndexRunBuilder } from './src/core/format/file-index-run.ts';
  import { StoreEnvironment } from './src/core/store/environment.ts';
  import { databaseNames } from './src/core/store/named-databases.ts';
  import { FileIndex } from './src/core/store/file-index.ts';
  import { inspectDatabase } from './src/core/store/inspect.ts';
  import { checkDatabaseFile } from './src/core/store/repository-place.ts';
  import { RefStore } from './src/core/store/refs.ts';
  import { verifyDatabases } from './src/core/store/verify-databases.ts';

  const [, , directory, count] = process.argv;
  const path = join(directory, 'db', 'data.mdb');
  let state = 1;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };

  async function fill() {
    const environment = await StoreEnvironment.open(directory, { create: true });
    const hash = Buffer.alloc(16, 5);
    for (let round = 0; round < 4; round++) {
      environment.transaction(() => {
        for (let index = 0; index < 300; index++) {
          const key = Buffer.alloc(16);
          key.writeUInt32BE(index * 7919 + round, 0);
          environment.database('versions').put(key, Buffer.alloc(24, index));
          environment.database('meta').put(Buffer.from('fact ' + index), Buffer.from('text ' + round));
        }
        const builder = new FileIndexRunBuilder();
        for (let row = 0; row < 400; row++) {
          const stat = { size: row, mtimeMs: round, ctimeMs: 1, ino: 2, mode: 3 };
          builder.append('name ' + String(row).padStart(5, '0'), stat, hash);
        }
        new FileIndex(environment).apply('directory', { upserts: [new FileIndexRun(builder.finish())] });
        new RefStore(environment).compareAndSwap({ name: 'heads/main', expected: 'any', next: 'abc' + round });
      });
    }
    await environment.close();
  }

  /** Returns everything that is stored, or undefined when damage is found. */
  async function read() {
    let environment;
    try {
      checkDatabaseFile(directory);
      environment = await StoreEnvironment.open(directory, { readOnly: true });
      if (verifyDatabases(environment).problems.length > 0) return undefined;
      return databaseNames.map((name) => [...inspectDatabase(environment, name)].join('\\n')).join('\\n\\n');
    } catch (error) {
      if (error.kind !== 'integrity' && error.kind !== 'not-found') throw error;
      return undefined;
    } finally {
      await environment?.close();
    }
  }

  await fill();
  const good = readFileSync(path);
  const expected = await read();
  if (expected === undefined) throw new Error('the good file is not good');
  let found = 0;
  for (let flip = 0; flip < Number(count); flip++) {
    const bytes = Buffer.from(good);
    const at = random(bytes.length);
    bytes[at] ^= 1 << random(8);
    writeFileSync(path, bytes);
    const content = await read();
    if (content === undefined) found++;
    else if (content !== expected) throw new Error('a flip at ' + at + ' changed what is read');
  }
  console.log(found);`;

test('a flipped bit of the database is found or harmless', async () => {
  const found = Number(await runModule(source, [temporaryDirectory(), String(flips)]));
  expect(found).toBeGreaterThan(flips / 10);
});
