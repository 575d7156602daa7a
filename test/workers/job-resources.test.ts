import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { briefResources, lastingResources } from '../../src/workers/job-resources.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const hash = new Uint8Array(16);

async function closedDatabase(): Promise<string> {
  const environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
  await environment.close();
  return environment.path;
}

test.each([
  ['the calling thread', briefResources],
  ['a thread of the pool', lastingResources()],
])('a job on %s has the stored contents until it is over', async (_, resources) => {
  const path = await closedDatabase();
  const answers = await resources.withContents(path, async ({ contents }) => {
    const before = contents?.hasContent(hash);
    await setImmediate();
    return [before, contents?.hasContent(hash)];
  });
  expect(answers).toEqual([false, false]);
});

test('a job without a database is given none', async () => {
  expect(await briefResources.withContents(undefined, async (given) => given)).toEqual({});
});
