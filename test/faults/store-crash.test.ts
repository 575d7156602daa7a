/** Stops the store at every step of writing, and checks what a fresh process finds. */
import { describe, expect, test, vi } from 'vitest';
import { hashBytes } from '../../src/core/format/hashing.js';
import type { CommitId } from '../../src/core/model/hash.js';
import { ContentSink } from '../../src/core/store/content-sink.js';
import type { Disk } from '../../src/core/store/disk.js';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { readHead, writeHead } from '../../src/core/store/head.js';
import { NodeSink } from '../../src/core/store/node-sink.js';
import { LmdbNodeStore } from '../../src/core/store/node-store.js';
import { PackAllocator } from '../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../src/core/store/pack-files.js';
import { PackReader } from '../../src/core/store/pack-reader.js';
import { branchRef } from '../../src/core/store/ref-names.js';
import { RefStore } from '../../src/core/store/refs.js';
import { PackVersionStore } from '../../src/core/store/version-store.js';
import { type Fault, FaultDisk } from '../helpers/fault-disk.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const rounds = 3;
const contentOf = (round: number) => Buffer.alloc(3000 + round, `content ${round} `);
const nodeOf = (round: number) => ({
  node: Buffer.of(2, round),
  children: Buffer.alloc(6000, `node ${round} `),
});
const idOf = (round: number) => hashBytes(Buffer.from(`commit ${round}`)) as CommitId;
const main = branchRef('main');

/** Three commits, each with contents, a large node, a reference and HEAD; `done` counts those that returned. */
async function writeRounds(control: string, disk: FaultDisk, done: { count: number }) {
  const environment = await StoreEnvironment.open(control, { create: true });
  const transaction = environment.transaction.bind(environment);
  vi.spyOn(environment, 'transaction').mockImplementation((action) => {
    if (environment.isInTransaction) return action();
    disk.step();
    const result = transaction(action);
    disk.step();
    return result;
  });
  try {
    for (let round = 0; round < rounds; round++) await writeRound(control, environment, disk, done);
  } finally {
    vi.restoreAllMocks();
    await environment.close();
  }
}

async function writeRound(
  control: string,
  environment: StoreEnvironment,
  disk: Disk,
  done: { count: number },
) {
  const round = done.count;
  const packDirectory = packDirectoryOf(control);
  const reader = new PackReader(packDirectory);
  using allocator = await PackAllocator.open(environment, packDirectory, { disk });
  const versions = new PackVersionStore(environment, reader);
  const contents = new ContentSink(versions, allocator);
  contents.add(contentOf(round));
  await contents.commit(() => undefined);
  const nodes = new NodeSink(new LmdbNodeStore(environment, reader), allocator);
  nodes.add(idOf(round), nodeOf(round));
  const refs = new RefStore(environment);
  await nodes.commit(() => {
    const expected = round === 0 ? undefined : idOf(round - 1);
    refs.compareAndSwap({ name: main, expected, next: idOf(round) });
  });
  writeHead(control, { kind: 'branch', branch: `branch-${round}` }, disk);
  done.count++;
  reader.close();
}

/** Checks the repository as a fresh process finds it, and that the next round can be written. */
async function check(control: string, done: number) {
  const environment = await StoreEnvironment.open(control, { create: true });
  const reader = new PackReader(packDirectoryOf(control));
  const versions = new PackVersionStore(environment, reader);
  const nodes = new LmdbNodeStore(environment, reader);
  const tip = new RefStore(environment).read(main);
  const reached = tip === undefined ? 0 : [0, 1, 2].findIndex((r) => idOf(r) === tip) + 1;
  expect(reached).toBeGreaterThanOrEqual(done);
  expect(reached).toBeLessThanOrEqual(done + 1);
  for (let round = 0; round < reached; round++) {
    const content = contentOf(round);
    expect(Buffer.from(versions.readSmall(hashBytes(content))).equals(content)).toBe(true);
    expect(nodes.read(idOf(round))?.children.length).toBe(6000);
  }
  const head = readHead(control);
  const branches = ['main', 'branch-0', 'branch-1', 'branch-2'];
  const branch = head.kind === 'branch' ? branches.indexOf(head.branch) : -1;
  expect(branch).toBeGreaterThanOrEqual(done);
  expect(branch).toBeLessThanOrEqual(done + 1);
  if (reached < rounds) await writeRound(control, environment, new FaultDisk(), { count: reached });
  reader.close();
  await environment.close();
}

async function countSteps(): Promise<number> {
  const disk = new FaultDisk();
  await writeRounds(temporaryDirectory(), disk, { count: 0 });
  return disk.steps;
}

describe('a store that is stopped at any step', () => {
  test.each<[Fault, boolean]>([
    ['stop', false],
    ['stop', true],
    ['torn', false],
    ['torn', true],
    ['ENOSPC', false],
    ['EIO', false],
    ['EIO', true],
    ['short', false],
  ])('by %s (power lost: %s) keeps everything it acknowledged', async (fault, losesPower) => {
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(40);
    for (let step = 1; step <= steps; step++) {
      const control = temporaryDirectory();
      const disk = new FaultDisk(step, fault);
      const done = { count: 0 };
      const outcome = await writeRounds(control, disk, done).then(
        () => 'finished',
        (error: unknown) => error,
      );
      if (fault === 'ENOSPC' && outcome !== 'finished') {
        expect(String(outcome)).toContain('no space left on the device');
      }
      if (losesPower) disk.losePower();
      await check(control, done.count);
    }
  });
});
