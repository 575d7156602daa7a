import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CheckedDatabase } from '../../../src/core/store/checked-database.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { runModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

async function open(directory = temporaryDirectory()): Promise<StoreEnvironment> {
  const environment = await StoreEnvironment.open(directory, { create: true });
  onTestFinished(() => environment.close());
  return environment;
}

const key = Buffer.from('key');
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');

/** One thing that a transaction does; each gives what it saw. */
type Step = (database: CheckedDatabase) => unknown;

const keys = fc.uint8Array({ minLength: 1, maxLength: 2, max: 5 });
const bound = fc.option(fc.uint8Array({ minLength: 1, maxLength: 2, max: 6 }), { nil: undefined });
const range = fc.record({
  start: bound,
  end: bound,
  limit: fc.option(fc.nat(8), { nil: undefined }),
});

function withoutHoles(limits: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(keys, fc.uint8Array({ maxLength: 40 })).map(
    ([name, value]): Step =>
      (database) =>
        database.put(name, value),
  ),
  keys.map(
    (name): Step =>
      (database) =>
        database.remove(name),
  ),
  keys.map(
    (name): Step =>
      (database) => [database.has(name), text(database.get(name)), text(database.peek(name))],
  ),
  range.map(
    (limits): Step =>
      (database) =>
        Array.from(database.keys(withoutHoles(limits)), text),
  ),
  range.map(
    (limits): Step =>
      (database) =>
        Array.from(database.entries(withoutHoles(limits)), (entry) => [
          text(entry.key),
          text(entry.value),
        ]),
  ),
  fc.constant<Step>((database) => database.count()),
);

const contents = (environment: StoreEnvironment) =>
  (['meta', 'refs'] as const).map((name) =>
    Array.from(environment.database(name).entries(), (entry) => [
      text(entry.key),
      text(entry.value),
    ]),
  );

describe('a rehearsed transaction', () => {
  test('sees and leaves what the transaction itself sees and leaves', async () => {
    const [one, other] = [await open(), await open()];
    const steps = fc.array(fc.tuple(fc.constantFrom('meta' as const, 'refs' as const), step), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 4 }), async (transactions) => {
        for (const transaction of transactions) {
          const run = (environment: StoreEnvironment) => () =>
            transaction.map(([name, act]) => act(environment.database(name)));
          const expected = one.transaction(run(one));
          const { result, ...rest } = await other.rehearse(run(other));
          expect(result).toEqual(expected);
          expect(other.carryOut(rest)).toBe(true);
          other.refresh();
          one.refresh();
          expect(contents(other)).toEqual(contents(one));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('reads across many pages of what is stored and what is not yet', async () => {
    const environment = await open();
    const meta = environment.database('meta');
    const name = (index: number) => Buffer.from(`k${String(index).padStart(5, '0')}`);
    environment.transaction(() => {
      for (let index = 0; index < 2000; index += 2) meta.put(name(index), Buffer.of(1));
    });
    const { result } = await environment.rehearse(() => {
      for (let index = 1; index < 2000; index += 4) meta.put(name(index), Buffer.of(2));
      for (let index = 0; index < 1000; index += 2) meta.remove(name(index));
      meta.put(name(9999), Buffer.of(3));
      return Array.from(meta.keys({ start: name(0) }), (found) => Number(text(found)?.slice(1)));
    });
    const expected = Array.from({ length: 2000 }, (_, index) => index).filter(
      (index) => index % 4 === 1 || (index % 2 === 0 && index >= 1000),
    );
    expect(result.filter((index) => Number.isInteger(index))).toEqual([...expected, 9999]);
    expect([...meta.keys({ start: name(0), end: name(9000) })]).toHaveLength(1000);
  });

  test('removes everything that is there', async () => {
    const environment = await open();
    const refs = environment.database('refs');
    environment.transaction(() => refs.put(key, key));
    const { result, ...rest } = await environment.rehearse(() => {
      refs.put(Buffer.from('other'), key);
      refs.clear();
      return [refs.count(), [...refs.keys()]];
    });
    expect(result).toEqual([0, []]);
    expect(refs.count()).toBe(1);
    expect(environment.carryOut(rest)).toBe(true);
    environment.refresh();
    expect(refs.count()).toBe(0);
  });

  test('is not carried out when somebody committed after it', async () => {
    const environment = await open();
    const meta = environment.database('meta');
    const { result: _, ...stale } = await environment.rehearse(() => meta.put(key, key));
    environment.transaction(() => meta.put(Buffer.from('other'), key));
    expect(environment.carryOut(stale)).toBe(false);
    environment.refresh();
    expect(meta.has(key)).toBe(false);
  });

  test('is not carried out when another program committed after it', async () => {
    const directory = temporaryDirectory();
    const environment = await open(directory);
    const meta = environment.database('meta');
    const { result: _, ...stale } = await environment.rehearse(() => meta.put(key, key));
    await runModule(
      `import { StoreEnvironment } from './src/core/store/environment.js';
       const environment = await StoreEnvironment.open(process.argv[2]);
       environment.transaction(() => environment.database('meta').put(Buffer.from('other'), Buffer.from('x')));
       await environment.close();`,
      [directory],
    );
    expect(environment.carryOut(stale)).toBe(false);
    environment.refresh();
    expect(meta.has(key)).toBe(false);
    expect(meta.has(Buffer.from('other'))).toBe(true);
  });

  test('is refused as a whole when its log names a database that there is not', async () => {
    const environment = await open();
    const { result: _, ...rest } = await environment.rehearse(() => {
      environment.database('meta').put(key, key);
      environment.database('refs').put(key, key);
    });
    rest.writes[rest.writes.length / 2] = 99; // the first byte of the second entry
    expect(() => environment.carryOut(rest)).toThrow(RangeError);
    environment.refresh();
    expect(environment.database('meta').has(key)).toBe(false);
  });

  test('leaves nothing behind when it throws', async () => {
    const environment = await open();
    const meta = environment.database('meta');
    await expect(
      environment.rehearse(() => {
        meta.put(key, key);
        throw new TypeError('stop');
      }),
    ).rejects.toThrow('stop');
    expect(meta.has(key)).toBe(false);
    expect(environment.isInTransaction).toBe(false);
    environment.transaction(() => meta.put(key, key));
    environment.refresh();
    expect(meta.has(key)).toBe(true);
  });
});
