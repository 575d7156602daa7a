import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { enterAlone, enterAsWriter } from '../../../src/core/store/writer-gate.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

test('a remover gets in although writers overlap all the time', async () => {
  const control = temporaryDirectory();
  let isOver = false;
  let entryCount = 0;
  const writer = async (): Promise<void> => {
    while (!isOver) {
      using _lock = await enterAsWriter(control);
      entryCount++;
      for (let step = 0; step < 20; step++) await setImmediate();
    }
  };
  const writers = [writer(), writer(), writer(), writer()];
  for (let round = 0; round < 5; round++) (await enterAlone(control, 60_000)).release();
  isOver = true;
  await Promise.all(writers);
  expect(entryCount).toBeGreaterThan(0);
});

test('a remover says that it is busy when a writer stays inside', async () => {
  const control = temporaryDirectory();
  using _lock = await enterAsWriter(control);
  await expect(enterAlone(control, 0)).rejects.toThrow('The packs of this repository are in use');
});
