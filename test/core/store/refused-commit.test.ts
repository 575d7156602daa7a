/** lmdb-js refuses to commit now and then, and takes the transaction back (docs/decisions/0018); here it does so on demand. */
import type { RootDatabase } from 'lmdb';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

/** How many commits are still to be refused, and with which code. */
const plan = vi.hoisted(() => ({ refusals: 0, code: -30782 }));

vi.mock('lmdb', async (load) => {
  const lmdb = await load<typeof import('lmdb')>();
  const open = (options: Parameters<typeof lmdb.open>[0]): RootDatabase => {
    const root = lmdb.open(options);
    const transact = root.transactionSync.bind(root);
    root.transactionSync = (action, flags) => {
      if (plan.refusals === 0) return transact(action, flags);
      plan.refusals--;
      transact(() => {
        action();
        return lmdb.ABORT;
      }, flags);
      throw Object.assign(new Error('MDB_BAD_TXN'), { code: plan.code });
    };
    return root;
  };
  return { ...lmdb, open };
});

afterEach(() => {
  plan.refusals = 0;
  plan.code = -30782;
});

async function open() {
  const environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
  onTestFinished(() => environment.close());
  return { environment, meta: environment.database('meta'), refs: environment.database('refs') };
}

const name = (text: string) => Buffer.from(text);

describe('a commit that is refused', () => {
  test('is repeated, and the action is not run again', async () => {
    const { environment, meta, refs } = await open();
    environment.transaction(() => {
      meta.put(name('old'), name('1'));
      refs.put(name('main'), name('1'));
      refs.put(name('other'), name('1'));
    });
    plan.refusals = 2;
    let runCount = 0;
    const result = environment.transaction(() => {
      refs.clear();
      refs.put(name('main'), name('2'));
      meta.put(name('new'), name('2'));
      return [meta.remove(name('old')), ++runCount];
    });
    expect(result).toEqual([true, 1]);
    environment.refresh();
    expect(Array.from(refs.entries(), ({ value }) => String(Buffer.from(value)))).toEqual(['2']);
    expect([meta.has(name('old')), meta.has(name('new'))]).toEqual([false, true]);
  });

  test.each([
    { what: 'again and again', refusals: 4, code: -30782, length: 10 },
    { what: 'for another reason', refusals: 1, code: -30792, length: 10 },
    { what: 'after it wrote very much', refusals: 1, code: -30782, length: 9_000_000 },
  ])('$what fails and leaves nothing behind', async ({ refusals, code, length }) => {
    const { environment, meta } = await open();
    Object.assign(plan, { refusals, code });
    expect(() => environment.transaction(() => meta.put(name('a'), Buffer.alloc(length)))).toThrow(
      'The transaction failed',
    );
    environment.refresh();
    expect(meta.has(name('a'))).toBe(false);
    environment.transaction(() => meta.put(name('a'), name('1')));
    environment.refresh();
    expect(meta.has(name('a'))).toBe(true);
  });
});
