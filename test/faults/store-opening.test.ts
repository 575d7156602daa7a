/**
 * Programs that open a database while another one commits: opening must take nothing back. lmdb-js alone loses transactions here within a
 * second (docs/decisions/0016).
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { startModule } from '../helpers/child.js';

const openings = 400;

/** A place in memory where there is one: the more commits a second, the more of them fall into an opening. */
function fastDirectory(): string {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'oxen-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Opens and closes a database again and again, and commits sometimes; ends with an error when something of its own is lost. */
const opener = `
  import { StoreEnvironment } from './src/core/store/environment.ts';
  const [directory, count] = [process.argv[2], Number(process.argv[3])];
  for (let index = 0; index < count; index++) {
    const readOnly = index % 4 !== 0;
    const environment = await StoreEnvironment.open(directory, { readOnly });
    const chunks = environment.database('chunks');
    if (!readOnly) environment.transaction(() => chunks.put(Buffer.from('theirs' + index), Buffer.alloc(500, index)));
    for (let known = 0; known < index; known += 4) {
      if (!chunks.has(Buffer.from('theirs' + known))) throw new Error('lost ' + known);
    }
    await environment.close();
  }`;

test('loses no transaction of either', async () => {
  const directory = fastDirectory();
  const environment = await StoreEnvironment.open(directory, { create: true });
  const versions = environment.database('versions');
  const children = [1, 2].map(() => startModule(opener, [directory, String(openings)]));
  const codes = Promise.all(children.map((child) => once(child, 'exit').then(([code]) => code)));
  let isOver = false;
  void codes.then(() => {
    isOver = true;
  });
  const lost: number[] = [];
  let number = 0;
  while (!isOver) {
    const keys = [number++];
    environment.transaction(() => {
      for (const key of keys) versions.put(Buffer.from(`${key}`), Buffer.alloc(700, key));
    });
    environment.refresh();
    for (const key of keys) if (!versions.has(Buffer.from(`${key}`))) lost.push(key);
    await setImmediate();
  }
  expect(await codes).toEqual([0, 0]);
  for (let key = 0; key < number; key++) if (!versions.has(Buffer.from(`${key}`))) lost.push(key);
  expect(lost).toEqual([]);
  expect(versions.count()).toBe(number);
  await environment.close();
}, 120_000);
