import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/model/clock.js';
import type { PlaceColumns } from '../../../src/core/model/jobs.js';
import { Arrivals } from '../../../src/core/store/arrivals.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { GroupCommit } from '../../../src/core/store/group-commit.js';
import { MetaStore } from '../../../src/core/store/meta.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

async function openGroup(rowsPerTransaction?: number) {
  const directory = temporaryDirectory();
  const environment = await StoreEnvironment.open(directory, { create: true });
  const allocator = await PackAllocator.open(environment, directory);
  onTestFinished(async () => {
    allocator.close();
    await environment.close();
  });
  const transactions = vi.spyOn(allocator, 'commit');
  const arrivals = new Arrivals(new MetaStore(environment), systemClock);
  const group = new GroupCommit(
    allocator,
    arrivals,
    rowsPerTransaction === undefined ? {} : { rowsPerTransaction },
  );
  return { group, transactions };
}

const groupOf = (count: number) => ({
  packId: count,
  places: { count, hashes: new Uint8Array(16 * count) } as PlaceColumns,
});

describe('GroupCommit', () => {
  test('puts writers that wait into one transaction', async () => {
    const { group, transactions } = await openGroup();
    const results = await Promise.all(
      [1, 2, 3, 4].map((number) => group.commit(() => number, 1_000_000)),
    );
    expect(results).toEqual([1, 2, 3, 4]);
    expect(transactions).toHaveBeenCalledTimes(2); // the first did not wait
  });

  test('begins another transaction when there would be too many rows', async () => {
    const { group, transactions } = await openGroup(100);
    const counts = [1, 60, 40, 1, 500, 0, 99];
    await Promise.all(counts.map((count) => group.commit(() => count, count)));
    // 1 | 60 + 40 | 1 | 500 | 0 + 99
    expect(transactions).toHaveBeenCalledTimes(5);
  });

  test('tells each writer alone of its failure', async () => {
    const { group } = await openGroup(100);
    const settled = await Promise.allSettled(
      [0, 1, 2, 3].map((number) =>
        group.commit(() => {
          if (number === 2) throw new Error('conflict');
          return number;
        }, 10),
      ),
    );
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test.each([
    [undefined, [3, 5, 2], [], [3, 5, 2]],
    [100, [60, 40, 1], [[60, 40]], [1]],
    [100, [300, 1, 99, 100, 7], [[300], [1, 99], [100]], [7]],
    [100, [], [], []],
  ])('with %s rows a transaction, records are split without a loss', async (limit, counts, parts, last) => {
    const { group } = await openGroup(limit);
    const split = group.split(counts.map(groupOf));
    const countsOf = (groups: readonly { readonly packId: number }[]) =>
      groups.map(({ packId }) => packId);
    expect(split.parts.map(countsOf)).toEqual(parts);
    expect(countsOf(split.last)).toEqual(last);
  });

  test('is idle only when no commit is under way', async () => {
    const { group } = await openGroup();
    let committedCount = 0;
    const count = () => {
      committedCount++;
    };
    void group.commit(count);
    void group.commit(count);
    await group.idle();
    expect(committedCount).toBe(2);
    await group.idle();
  });
});
