import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { Jobs } from '../../../src/core/jobs.js';
import { systemClock } from '../../../src/core/model/clock.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { ContentArrival } from '../../../src/core/ops/content-arrival.js';
import { SharedWriter } from '../../../src/core/ops/shared-writer.js';
import { OpenRepository } from '../../../src/core/repository.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { PoolJobs } from '../../../src/workers/pool.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { collect, noise } from '../store/version-store-contract.js';

async function emptyRepository(path = temporaryDirectory()): Promise<OpenRepository> {
  const made = await OpenRepository.create(path);
  onTestFinished(() => made.close());
  return made;
}

/** Lets contents arrive in one commit and returns the messages of the refused ones by hash. */
async function arrive(
  repository: OpenRepository,
  jobs: Jobs,
  work: (arrival: ContentArrival) => Promise<void>,
): Promise<Record<string, string>> {
  return new SharedWriter(repository, systemClock).use(async (packs) => {
    await using arrival = new ContentArrival({ repository, packs, jobs });
    await work(arrival);
    await arrival.commit();
    return Object.fromEntries(arrival.refused.map(({ hash, message }) => [hash, message]));
  });
}

async function* inPieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const ways: readonly [string, () => Jobs][] = [
  ['on the calling thread', () => new InlineJobs()],
  ['on threads', () => new PoolJobs(2)],
];

describe.each(ways)('contents that arrive, stored %s', (_, makeJobs) => {
  const startJobs = (): Jobs => {
    const jobs = makeJobs();
    onTestFinished(() => jobs.close());
    return jobs;
  };

  test('become known in several transactions where few rows fit into one', async () => {
    const repository = await emptyRepository();
    const jobs = startJobs();
    const contents = Array.from({ length: 6 }, (_, index) => noise(700_000, index));
    const writer = new SharedWriter(repository, systemClock, { rowsPerTransaction: 2 });
    await writer.use(async (packs) => {
      const commits = vi.spyOn(packs, 'commit');
      await using arrival = new ContentArrival({ repository, packs, jobs });
      for (const bytes of contents) await arrival.add({ hash: hashBytes(bytes), bytes });
      let known = 0;
      await arrival.commit(() => {
        known = contents.filter((bytes) => repository.versions.has(hashBytes(bytes))).length;
      });
      expect(commits.mock.calls.length).toBeGreaterThan(1);
      expect(known).toBe(contents.length); // the action comes last
    });
  });

  test('are kept, whole or in pieces, plain or compressed, small or large', async () => {
    const repository = await emptyRepository();
    const contents = [0, 1, 5000, 4 << 20, (4 << 20) + 1, 9_000_000].map((size) => noise(size, 3));
    const text = Buffer.from('moo '.repeat(1_400_000)); // over the size of one record when inflated
    const refused = await arrive(repository, startJobs(), async (arrival) => {
      for (const [index, bytes] of contents.entries()) {
        if (index % 2 === 0 && bytes.length <= 4 << 20) {
          await arrival.add({ hash: hashBytes(bytes), bytes });
        } else await arrival.addStream(hashBytes(bytes), inPieces(bytes, 70_001));
      }
      await arrival.add({ hash: hashBytes(text), bytes: gzipSync(text), isGzip: true });
    });
    expect(refused).toEqual({});
    for (const bytes of [...contents, text]) {
      const found = await collect(repository.versions.readContent(hashBytes(bytes)));
      expect(Buffer.compare(found, bytes)).toBe(0);
    }
  });

  test('are refused one by one when their hash, their gzip or their size is wrong', async () => {
    const repository = await emptyRepository();
    const good = noise(3000, 1);
    const wrong = hashBytes(noise(10, 2));
    const large = hashBytes(noise(10, 3));
    const bomb = hashBytes(noise(10, 4));
    const refused = await arrive(repository, startJobs(), async (arrival) => {
      await arrival.add({ hash: wrong, bytes: good });
      await arrival.add({ hash: hashBytes(good), bytes: good });
      await arrival.add({ hash: 'abc' as Hash, bytes: good, isGzip: true });
      await arrival.add({ hash: bomb, bytes: gzipSync(Buffer.alloc(11 << 20)), isGzip: true });
      await arrival.addStream(large, inPieces(noise(6_000_000, 5), 1 << 20));
    });
    expect(Object.keys(refused).sort()).toEqual([wrong, 'abc', large, bomb].sort());
    expect(repository.versions.contentCount).toBe(1);
  });

  test('share the chunks that are stored, also when a part is sent twice', async () => {
    const repository = await emptyRepository();
    const jobs = startJobs();
    const first = noise(8_000_000, 7);
    const edited = Buffer.concat([
      first.subarray(0, 7_000_000),
      Buffer.from('x'),
      first.subarray(7_000_000),
    ]);
    await arrive(repository, jobs, (arrival) =>
      arrival.addStream(hashBytes(first), inPieces(first, 500_000)),
    );
    const before = repository.versions.chunkCount;
    const refused = await arrive(repository, jobs, async (arrival) => {
      const content = arrival.openStream();
      await content.write(edited.subarray(0, 6_000_000));
      const start = content.mark();
      await content.write(noise(3_000_000, 9)); // of a part that breaks off
      content.rewind(start);
      await content.write(edited.subarray(6_000_000));
      await content.finish(hashBytes(edited));
    });
    expect(refused).toEqual({});
    expect(Buffer.compare(repository.versions.readSmall(hashBytes(edited)), edited)).toBe(0);
    const broken = 3_000_000 / (64 * 1024); // most chunks of the part that broke off
    expect(repository.versions.chunkCount - before).toBeLessThan(8 + broken);
  });
});

test('a thread sees that a repository was removed and made again at the same place', async () => {
  const jobs = new PoolJobs(1);
  onTestFinished(() => jobs.close());
  const path = temporaryDirectory();
  const bytes = noise(6_000_000, 4);
  const store = (repository: OpenRepository) =>
    arrive(repository, jobs, (arrival) =>
      arrival.addStream(hashBytes(bytes), inPieces(bytes, 1 << 20)),
    );
  const first = await OpenRepository.create(path);
  await store(first);
  await first.close();
  renameSync(join(path, '.oxen'), join(path, 'removed'));
  const second = await emptyRepository(path);
  await store(second);
  expect(Buffer.compare(second.versions.readSmall(hashBytes(bytes)), bytes)).toBe(0);
});
