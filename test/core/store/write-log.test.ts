import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type LoggedStep,
  type LoggedWrite,
  loggedSteps,
  WriteLog,
} from '../../../src/core/store/write-log.js';

const write = fc.record({
  database: fc.nat(2),
  key: fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 }),
  stored: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
});

function logOf(writes: readonly LoggedWrite[]): WriteLog {
  const log = new WriteLog(3);
  for (const { database, key, stored } of writes) {
    if (stored === undefined) log.remove(database, key);
    else log.put(database, key, stored);
  }
  return log;
}

const plain = ({ database, key, stored }: LoggedWrite) => ({
  database,
  key: [...key],
  stored: stored === undefined ? undefined : [...stored],
});

const plainStep = (step: LoggedStep) => ('isCleared' in step ? step : plain(step));

describe('WriteLog', () => {
  test('one that is not searched gives back that all was removed', () => {
    const log = new WriteLog(2, { isSearched: false });
    log.put(0, Uint8Array.of(1), Uint8Array.of(2));
    log.clear(1);
    log.remove(0, Uint8Array.of(1));
    expect([...loggedSteps(log.bytes)].map(plainStep)).toEqual([
      { database: 0, key: [1], stored: [2] },
      { database: 1, isCleared: true },
      { database: 0, key: [1], stored: undefined },
    ]);
    expect(log.find(0, Uint8Array.of(1))).toBeUndefined();
  });

  test('gives back all that was written, in order', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
        const read = [...loggedSteps(logOf(writes).bytes)];
        expect(read.map(plainStep)).toEqual(writes.map(plain));
      }),
    );
  });

  test('one that becomes too long forgets everything', () => {
    const log = new WriteLog(1, { isSearched: false, maxBytes: 100 });
    log.put(0, Uint8Array.of(1), new Uint8Array(60));
    expect(log.isWhole).toBe(true);
    log.put(0, Uint8Array.of(2), new Uint8Array(60));
    log.put(0, Uint8Array.of(3), Uint8Array.of(1));
    expect(log.isWhole).toBe(false);
    expect(log.bytes).toHaveLength(0);
  });

  test('finds what was written last, alone and in ranges', () => {
    fc.assert(
      fc.property(
        fc.array(write, { maxLength: 60 }),
        fc.uint8Array({ maxLength: 3, max: 4 }),
        fc.option(fc.uint8Array({ maxLength: 3, max: 4 }), { nil: undefined }),
        (writes, start, end) => {
          const log = logOf(writes);
          for (const database of [0, 1, 2]) {
            const newest = new Map(
              writes
                .filter((one) => one.database === database)
                .map((one) => [Buffer.from(one.key).toString('hex'), plain(one)]),
            );
            for (const one of newest.values()) {
              const found = log.find(database, Uint8Array.from(one.key));
              expect(found && plain(found)).toEqual(one);
            }
            expect(log.find(database, Uint8Array.of(9))).toBeUndefined();
            const inRange = [...newest.values()]
              .filter(({ key }) => Buffer.compare(Uint8Array.from(key), start) >= 0)
              .filter(({ key }) => !end || Buffer.compare(Uint8Array.from(key), end) < 0)
              .sort((left, right) =>
                Buffer.compare(Uint8Array.from(left.key), Uint8Array.from(right.key)),
              );
            expect(log.between(database, start, end).map(plain)).toEqual(inRange);
          }
        },
      ),
    );
  });

  test('one that is cut off is refused', () => {
    const { bytes } = logOf([
      { database: 1, key: Uint8Array.of(1, 2), stored: new Uint8Array(20) },
      { database: 2, key: Uint8Array.of(3), stored: undefined },
    ]);
    for (let length = 1; length < bytes.length; length++) {
      if (length === 30) continue; // the end of the first
      expect(() => [...loggedSteps(bytes.slice(0, length))]).toThrow(RangeError);
    }
  });
});
