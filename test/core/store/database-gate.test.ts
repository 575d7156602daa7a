import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DatabaseGate } from '../../../src/core/store/database-gate.js';
import { type FileLocks, loadFileLocks } from '../../../src/core/store/locks.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

async function openGate(locks?: FileLocks) {
  const directory = temporaryDirectory();
  const used = locks ?? (await loadFileLocks());
  const gate = new DatabaseGate(directory, used);
  onTestFinished(() => gate.close());
  /** Says whether somebody else could enter now. */
  const isFree = (): boolean => {
    const file = openSync(join(directory, 'locks', 'database'), 'r+');
    try {
      return used.tryLock(file);
    } finally {
      closeSync(file);
    }
  };
  return { gate, isFree, directory };
}

test('is closed for others until the action is over', async () => {
  const { gate, isFree } = await openGate();
  expect(gate.pass(() => isFree())).toBe(false);
  expect(isFree()).toBe(true);
});

test('opens again after a failure', async () => {
  const { gate, isFree } = await openGate();
  const fail = () => {
    throw new Error('broken');
  };
  expect(() => gate.pass(fail)).toThrow('broken');
  expect(isFree()).toBe(true);
  expect(gate.pass(() => 'again')).toBe('again');
});

test('may be passed inside of itself and stays closed until the outer action is over', async () => {
  const { gate, isFree } = await openGate();
  const inner = gate.pass(() => [gate.pass(() => 'inside'), isFree()]);
  expect(inner).toEqual(['inside', false]);
});

test('waits for whoever is inside', async () => {
  const locks = await loadFileLocks();
  let refusals = 3;
  const { gate } = await openGate({
    ...locks,
    tryLock: (file) => refusals-- <= 0 && locks.tryLock(file),
  });
  expect(gate.pass(() => refusals)).toBe(-1);
});

test('makes its lock file when it is first passed', async () => {
  const { gate, directory } = await openGate();
  expect(existsSync(join(directory, 'locks'))).toBe(false);
  gate.pass(() => undefined);
  expect(existsSync(join(directory, 'locks', 'database'))).toBe(true);
});
