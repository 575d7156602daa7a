import { truncateSync } from 'node:fs';
import { join } from 'node:path';
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

test('a thread of the pool keeps databases open, but not those that together are too large', async () => {
  const resources = lastingResources();
  const paths = [await closedDatabase(), await closedDatabase(), await closedDatabase()];
  const environmentsOf = (path: string) =>
    resources.withEnvironment(path, async (environment) => environment);
  const [first, second] = paths as [string, string, string];
  const opened = await environmentsOf(first);
  await environmentsOf(second);
  expect(await environmentsOf(first)).toBe(opened);
  truncateSync(join(first, 'data.mdb'), 65 * 1024 * 1024);
  expect(await environmentsOf(first)).toBe(opened);
  await environmentsOf(second);
  expect(await environmentsOf(first)).not.toBe(opened);
});
