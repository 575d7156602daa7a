/** Which repositories of a server stay open: those that somebody uses, and of the others as many as their number and size allow. */
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/model/clock.js';
import { ServedDirectory } from '../../src/core/store/served-directory.js';
import { RepositoryPool } from '../../src/server/repositories.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const names = ['one', 'two', 'three'].map((repository) => ({ namespace: 'lab', repository }));

async function poolWith(limits: {
  readonly maxOpen: number;
  readonly mostIdleBytes?: number;
}): Promise<RepositoryPool> {
  const directory = new ServedDirectory(temporaryDirectory());
  const pool = new RepositoryPool(directory, { clock: systemClock, ...limits });
  onTestFinished(() => pool.close());
  for (const name of names) await pool.create(name);
  return pool;
}

async function useAll(pool: RepositoryPool): Promise<void> {
  for (const name of names) {
    await pool.use(name, ({ stores, writer }) =>
      writer.use(() => Promise.resolve(expect(stores.refs.listAll()).toEqual([]))),
    );
  }
}

test('idle repositories stay open while their databases are small', async () => {
  const pool = await poolWith({ maxOpen: 64 });
  await useAll(pool);
  expect(pool.openCount).toBe(3);
});

test('only the last one stays open when the databases of the others are too large', async () => {
  const pool = await poolWith({ maxOpen: 64, mostIdleBytes: 1000 });
  await useAll(pool);
  expect(pool.openCount).toBe(1);
  await useAll(pool);
  expect(pool.openCount).toBe(1);
});

test('no more stay open than are allowed', async () => {
  const pool = await poolWith({ maxOpen: 2 });
  await useAll(pool);
  expect(pool.openCount).toBe(2);
});

test('what is in use stays open, and can be used while others come and go', async () => {
  const pool = await poolWith({ maxOpen: 1, mostIdleBytes: 0 });
  const [first] = names;
  if (first === undefined) throw new Error('no name');
  const lease = await pool.lease(first);
  await useAll(pool);
  await Promise.all(names.map((name) => pool.use(name, ({ stores }) => stores.refs.listAll())));
  expect(lease.repository.stores.refs.listAll()).toEqual([]);
  expect(pool.openCount).toBeGreaterThanOrEqual(1);
  lease.release();
  expect(pool.openCount).toBeLessThanOrEqual(1);
  await useAll(pool);
});
