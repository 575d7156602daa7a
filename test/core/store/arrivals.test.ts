import { beforeEach, describe, expect, test } from 'vitest';
import {
  Arrivals,
  arrivedSince,
  forgetArrivals,
  oldestKeptArrivalMs,
} from '../../../src/core/store/arrivals.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { MetaStore } from '../../../src/core/store/meta.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const minute = 60_000;
let environment: StoreEnvironment;
let meta: MetaStore;

beforeEach(async () => {
  environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
  meta = new MetaStore(environment);
  return () => environment.close();
});

/** Notes an id made of one byte at a time in ms. */
function arrive(timeMs: number, id: number): void {
  const clock = {
    now: () => ({ seconds: Math.floor(timeMs / 1000), nanoseconds: (timeMs % 1000) * 1e6 }),
  };
  environment.transaction(() => new Arrivals(meta, clock).note(new Uint8Array(16).fill(id)));
}

function idsSince(sinceMs: number): (number | undefined)[] {
  return [...arrivedSince(meta, sinceMs)].flatMap((ids) =>
    Array.from({ length: ids.length / 16 }, (_, row) => ids[row * 16]),
  );
}

describe('arrivals', () => {
  test('are kept as long as no pause is longer than the grace period', () => {
    for (const [index, at] of [10, 40, 45, 52, 58].entries()) arrive(at * minute, index);
    expect(oldestKeptArrivalMs(meta, 60 * minute, 10 * minute)).toBe(40 * minute);
    expect(oldestKeptArrivalMs(meta, 60 * minute, 31 * minute)).toBe(10 * minute);
    expect(idsSince(40 * minute)).toEqual([1, 2, 3, 4]);
  });

  test('are not kept without a grace period, or when it is over', () => {
    arrive(10 * minute, 1);
    expect(oldestKeptArrivalMs(meta, 20 * minute, 0)).toBe(20 * minute);
    expect(oldestKeptArrivalMs(meta, 20 * minute, 10 * minute)).toBe(20 * minute);
    expect(oldestKeptArrivalMs(meta, 20 * minute - 1, 10 * minute)).toBe(10 * minute);
  });

  test('of one millisecond are all there', () => {
    arrive(5, 1);
    arrive(5, 2);
    expect(idsSince(5)).toEqual([1, 2]);
  });

  test('are forgotten after a day by the next one, however short the pauses are', () => {
    for (let hour = 0; hour <= 30; hour++) arrive(hour * 60 * minute, hour);
    expect(idsSince(0)[0]).toBe(6);
    expect(oldestKeptArrivalMs(meta, 31 * 60 * minute, 2 * 60 * minute)).toBe(7 * 60 * minute);
  });

  test('are forgotten when gc says so', () => {
    arrive(1, 1);
    arrive(2, 2);
    environment.transaction(() => forgetArrivals(meta, 2));
    expect(idsSince(0)).toEqual([2]);
  });
});
