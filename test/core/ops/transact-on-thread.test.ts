import { describe, expect, onTestFinished, test } from 'vitest';
import type { Jobs } from '../../../src/core/jobs.js';
import { OperationError } from '../../../src/core/model/errors.js';
import { transactOnThread } from '../../../src/core/ops/transact-on-thread.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { MetaStore } from '../../../src/core/store/meta.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

async function open() {
  const environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
  onTestFinished(() => environment.close());
  return { environment, meta: new MetaStore(environment) };
}

/** Jobs before each of which something else happens. */
function jobsAfter(before: () => void): Jobs {
  const inline = new InlineJobs();
  return {
    parallelism: 1,
    run: (name, input) => {
      before();
      return inline.run(name, input);
    },
    close: () => inline.close(),
  };
}

describe('transactOnThread', () => {
  test('writes what the action wrote and gives its result', async () => {
    const { environment, meta } = await open();
    const done = await transactOnThread(environment, new InlineJobs(), () => {
      meta.putText('one', '1');
      return meta.getText('one');
    });
    expect(done).toBe('1');
    expect(meta.getText('one')).toBe('1');
  });

  test('judges again when somebody else came first', async () => {
    const { environment, meta } = await open();
    let others = 0;
    const jobs = jobsAfter(() => {
      if (others < 2) environment.transaction(() => meta.putText('count', String(++others)));
    });
    const seen: (string | undefined)[] = [];
    await transactOnThread(environment, jobs, () => {
      seen.push(meta.getText('count'));
      meta.putText('seen', meta.getText('count') ?? 'nothing');
    });
    expect(seen).toEqual([undefined, '1', '2']);
    expect(meta.getText('seen')).toBe('2');
  });

  test('comes to an end when somebody else always comes first', async () => {
    const { environment, meta } = await open();
    let others = 0;
    const jobs = jobsAfter(() => environment.transaction(() => meta.putText('n', `${++others}`)));
    await transactOnThread(environment, jobs, () =>
      meta.putText('seen', meta.getText('n') ?? 'nothing'),
    );
    expect(others).toBeGreaterThan(1);
    expect(meta.getText('seen')).toBe(String(others));
  });

  test('adds up to the same however many run at once', async () => {
    const { environment, meta } = await open();
    const add = () => meta.putText('sum', String(Number(meta.getText('sum') ?? '0') + 1));
    await Promise.all(
      Array.from({ length: 20 }, () => transactOnThread(environment, new InlineJobs(), add)),
    );
    expect(meta.getText('sum')).toBe('20');
  });

  test('needs no thread when nothing is written', async () => {
    const { environment, meta } = await open();
    const jobs = jobsAfter(() => {
      throw new Error('not needed');
    });
    expect(await transactOnThread(environment, jobs, () => meta.getText('one'))).toBeUndefined();
  });

  test('writes nothing when the action throws or the thread fails', async () => {
    const { environment, meta } = await open();
    const failing = () => {
      meta.putText('one', '1');
      throw new OperationError('stop');
    };
    await expect(transactOnThread(environment, new InlineJobs(), failing)).rejects.toThrow('stop');
    const broken = jobsAfter(() => {
      throw new OperationError('the thread died');
    });
    await expect(
      transactOnThread(environment, broken, () => meta.putText('one', '1')),
    ).rejects.toThrow('died');
    expect(meta.getText('one')).toBeUndefined();
  });
});
