/** LMDB through the store's environment: what a transaction, a record and a look-up cost. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { StoreEnvironment } from '../../src/core/store/environment.js';

const recordCount = 10_000;
const value = new Uint8Array(40).fill(7);

/** Returns the bench, not run yet. Its environment is removed when the process ends. */
export async function databaseBench(): Promise<Bench> {
  const bench = new Bench({ name: 'LMDB, 16-byte keys, 40-byte values', time: 500 });
  const path = mkdtempSync(join(tmpdir(), 'oxen-database-bench-'));
  const environment = await StoreEnvironment.open(join(path, 'db'), { create: true });
  process.on('exit', () => rmSync(path, { recursive: true }));

  const versions = environment.database('versions');
  const random = randomKeys();
  const sorted = [...random].sort(Buffer.compare);
  const putAll = (keys: readonly Buffer[]) =>
    environment.transaction(() => {
      for (const key of keys) versions.put(key, value);
    });
  putAll(sorted);
  const [first = Buffer.alloc(16)] = sorted;
  const absent = Buffer.alloc(16, 0xff);

  bench.add('durable transaction of one put', () => putAll([first]));
  bench.add(`durable transaction of ${recordCount} puts, random`, () => putAll(random));
  bench.add(`durable transaction of ${recordCount} puts, sorted`, () => putAll(sorted));
  bench.add(`${recordCount} gets, random`, () => {
    for (const key of random) versions.get(key);
  });
  bench.add(`${recordCount} peeks, random`, () => {
    for (const key of random) versions.peek(key);
  });
  bench.add('get of an absent key', () => versions.get(absent));
  return bench;
}

function randomKeys(): Buffer[] {
  return Array.from({ length: recordCount }, (_, index) =>
    createHash('md5').update(String(index)).digest(),
  );
}
