import { describe, expect, test } from 'vitest';
import { PoolJobs } from '../../../src/workers/pool.js';
import {
  ada,
  commitAll,
  committed,
  repository,
  steppingClock,
  write,
} from '../../helpers/repository.js';

/** Files of several shapes: enough that directories have more than one vnode and jobs more than one batch. */
function manyFiles(): Record<string, string> {
  const files: Record<string, string> = { 'empty.txt': '', 'é/ünïcode.txt': 'ü' };
  for (let index = 0; index < 2300; index++) files[`flat/${index}.txt`] = `content ${index % 50}`;
  for (let index = 0; index < 40; index++)
    files[`deep/${index % 7}/${index}/f.csv`] = `a,b\n${index},1\n`;
  return files;
}

async function fingerprintOf(jobsFor: () => PoolJobs | undefined, pieces: number): Promise<string> {
  const files = manyFiles();
  const jobs = jobsFor();
  try {
    const made = await repository({}, jobs === undefined ? {} : { jobs });
    const paths = Object.keys(files);
    for (let piece = 0; piece < pieces; piece++) {
      const part = paths.filter((_, index) => index % pieces === piece);
      write(made.root, Object.fromEntries(part.map((path) => [path, files[path] ?? ''])));
      await made.add(['.']);
      await made.commit(`piece ${piece}`, ada);
    }
    return await made.fingerprint();
  } finally {
    await jobs?.close();
  }
}

describe('the root id', () => {
  test('is the same inline and on 1, 2 and 4 threads, in one go and in pieces', async () => {
    const inline = await fingerprintOf(() => undefined, 1);
    expect(await fingerprintOf(() => undefined, 3)).toBe(inline);
    expect(await fingerprintOf(() => new PoolJobs(1), 1)).toBe(inline);
    expect(await fingerprintOf(() => new PoolJobs(2), 2)).toBe(inline);
    expect(await fingerprintOf(() => new PoolJobs(4), 1)).toBe(inline);
  }, 120_000);

  test('does not depend on the time', async () => {
    const early = await committed({ a: '1', 'd/b': '2' }, { clock: steppingClock(1) });
    const late = await committed({ a: '1', 'd/b': '2' }, { clock: steppingClock(2_000_000_000) });
    expect(await late.fingerprint()).toBe(await early.fingerprint());
  });

  test('is back when everything is changed and changed back', async () => {
    const made = await committed({ a: '1', 'd/b': '2' });
    const before = await made.fingerprint();
    await commitAll(made, 'changed', { a: '2', 'd/b': null, 'd/c': '3' });
    expect(await made.fingerprint()).not.toBe(before);
    await commitAll(made, 'back', { a: '1', 'd/b': '2', 'd/c': null });
    expect(await made.fingerprint()).toBe(before);
  });
});
