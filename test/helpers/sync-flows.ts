/** Flows of pushes that must end the same way by the standard requests and on the fast path. */
import { expect, onTestFinished } from 'vitest';
import type { RepositoryOptions } from '../../src/api/options.js';
import { Repository } from '../../src/api/repository.js';
import { commitAll, committed, read } from './repository.js';
import { cloneOf, emptyRemote, files, optionsOf, pushed } from './shared-repository.js';

/** Pushes as often as a push has requests, breaks another one each time, and has the same push finish it. */
export async function expectCutPushesToGoOn(
  requestCount: number,
  options: RepositoryOptions,
): Promise<void> {
  const place = await emptyRemote();
  for (let cut = 0; cut < requestCount; cut++) {
    const origin = await committed({ ...files, 'own.txt': `own ${cut}` });
    await commitAll(origin, 'second', { 'more.txt': `more ${cut}` });
    origin.setRemote('origin', place.url);
    const target = { remote: 'origin', branch: 'main' };
    let count = 0;
    const impatient = await Repository.open(origin.root, { ...optionsOf(origin.root), ...options });
    onTestFinished(() => impatient.close());
    place.proxy.breaks = () => count++ === cut;
    await impatient.push(target).catch(() => undefined);
    place.proxy.breaks = () => false;
    await impatient.push(target, { force: true });
    const { repository } = await cloneOf(place.url, undefined, options);
    expect(read(repository.root)).toEqual(read(origin.root));
    expect((await repository.fsck()).problems).toEqual([]);
  }
}

/** Has two repositories push to one branch at the same time. */
export async function expectOnePushToWin(options: RepositoryOptions): Promise<void> {
  const { origin, url, proxy } = await pushed(options);
  const { repository } = await cloneOf(url, undefined, options);
  const first = await commitAll(origin, 'first', { 'x.txt': '1' });
  await commitAll(repository, 'second', { 'y.txt': '2' });
  let isHeldUp = false;
  proxy.before = async ({ method }) => {
    if (method !== 'PUT' || isHeldUp) return;
    isHeldUp = true;
    await origin.push();
  };
  await expect(repository.push()).rejects.toMatchObject({
    kind: 'conflict',
    hint: expect.stringContaining('oxen pull'),
  });
  expect(await repository.branchesOf()).toEqual([{ name: 'main', commitId: first.id }]);
}
