/** Records of another store: what is right is known after the commit, and nothing else ever is. */
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import {
  decodeRecordHeader,
  encodeRecordHeader,
  recordHeaderLength,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import type { Jobs } from '../../../src/core/jobs.js';
import { systemClock } from '../../../src/core/model/clock.js';
import { ContentArrival } from '../../../src/core/ops/content-arrival.js';
import { RecordIntake } from '../../../src/core/ops/record-intake.js';
import { SharedWriter } from '../../../src/core/ops/shared-writer.js';
import { OpenRepository } from '../../../src/core/repository.js';
import { packPath } from '../../../src/core/store/pack-files.js';
import { FrameBuffers, smallestKeptBytes } from '../../../src/core/wire/fast/frame-buffers.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { PoolJobs } from '../../../src/workers/pool.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { noise } from '../store/version-store-contract.js';

const kinds = Object.values(recordKinds);
const contents = [noise(3000, 1), noise(6_000_000, 2)];

async function emptyRepository(): Promise<OpenRepository> {
  const made = await OpenRepository.create(temporaryDirectory());
  onTestFinished(() => made.close());
  return made;
}

interface Records {
  readonly chunks: Uint8Array<ArrayBuffer>; // and contents
  readonly chunkCount: number;
  readonly manifest: Uint8Array<ArrayBuffer>;
}

/** Returns the records of a store with the contents above. */
async function recordsOf(jobs: Jobs): Promise<Records> {
  const sender = await emptyRepository();
  await new SharedWriter(sender, systemClock).use(async (packs) => {
    await using arrival = new ContentArrival({ repository: sender, packs, jobs });
    for (const bytes of contents) await arrival.addStream(hashBytes(bytes), pieces(bytes));
    await arrival.commit();
  });
  const records = new Uint8Array(readFileSync(packPath(sender.packDirectory, 1)));
  const others: Uint8Array[] = [];
  let manifest = new Uint8Array(0);
  for (let at = 0; at < records.length; ) {
    const { kind, storedLength } = decodeRecordHeader(records, at);
    const record = records.slice(at, at + recordHeaderLength + storedLength);
    if (kind === recordKinds.manifest) manifest = record;
    else others.push(record);
    at += record.length;
  }
  const chunks = new Uint8Array(Buffer.concat(others));
  return { chunks, chunkCount: others.length, manifest };
}

/** Returns records in groups of about a MiB, with their counts. */
function framesOf(records: Uint8Array): [Uint8Array, number][] {
  const frames: [Uint8Array, number][] = [];
  let start = 0;
  let count = 0;
  for (let at = 0; at < records.length; ) {
    at += recordHeaderLength + decodeRecordHeader(records, at).storedLength;
    count++;
    if (at - start < 1_000_000 && at < records.length) continue;
    frames.push([records.subarray(start, at), count]);
    start = at;
    count = 0;
  }
  return frames;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Takes records in one commit after the other. */
async function takeAll(
  repository: OpenRepository,
  jobs: Jobs,
  payloads: readonly (readonly [Uint8Array<ArrayBuffer>, number])[],
  allowed: readonly number[] = kinds,
): Promise<void> {
  await new SharedWriter(repository, systemClock).use(async (packs) => {
    for (const [records, count] of payloads) {
      const intake = new RecordIntake({ repository, packs, jobs });
      await intake.take(records.slice(), count, allowed);
      await intake.verifyManifests();
      await intake.commit();
    }
  });
}

const ways: readonly [string, () => Jobs][] = [
  ['on the calling thread', () => new InlineJobs()],
  ['on threads', () => new PoolJobs(2)],
];

describe.each(ways)('records, %s,', (_, makeJobs) => {
  function startJobs(): Jobs {
    const jobs = makeJobs();
    onTestFinished(() => jobs.close());
    return jobs;
  }

  test('give contents, large ones behind their chunks', async () => {
    const jobs = startJobs();
    const { chunks, chunkCount, manifest } = await recordsOf(jobs);
    const receiver = await emptyRepository();
    const order = [[chunks, chunkCount] as const, [manifest, 1] as const];
    await takeAll(receiver, jobs, order);
    for (const bytes of contents) {
      expect(Buffer.compare(receiver.versions.readSmall(hashBytes(bytes)), bytes)).toBe(0);
    }
  });

  test('give their memory back, to be used again', async () => {
    const jobs = startJobs();
    const { chunks, manifest } = await recordsOf(jobs);
    const receiver = await emptyRepository();
    const buffers = new FrameBuffers();
    await new SharedWriter(receiver, systemClock).use(async (packs) => {
      const intake = new RecordIntake({ repository: receiver, packs, jobs }, buffers);
      for (const [records, count] of framesOf(chunks)) {
        const memory = buffers.take(records.length);
        memory.set(records);
        await intake.take(memory, count, kinds);
        const again = buffers.take(smallestKeptBytes);
        expect(Buffer.compare(again, records.subarray(0, again.length))).toBe(0);
        new Uint8Array(again.buffer).fill(0xaa);
        buffers.giveBack(again.buffer);
        await intake.commit();
      }
      await intake.take(manifest.slice(), 1, kinds);
      await intake.verifyManifests();
      await intake.commit();
    });
    for (const bytes of contents) {
      expect(Buffer.compare(receiver.versions.readSmall(hashBytes(bytes)), bytes)).toBe(0);
    }
  });

  test('are refused when a byte is not what it was, or a list of chunks names another content', async () => {
    const jobs = startJobs();
    const { chunks, chunkCount, manifest } = await recordsOf(jobs);
    const receiver = await emptyRepository();
    const flipped = chunks.slice();
    flipped[1000] = (flipped[1000] ?? 0) ^ 1;
    const integrity = { kind: 'integrity' };
    await expect(takeAll(receiver, jobs, [[flipped, chunkCount]])).rejects.toMatchObject(integrity);
    await expect(takeAll(receiver, jobs, [[chunks, chunkCount + 1]])).rejects.toMatchObject(
      integrity,
    );
    await expect(takeAll(receiver, jobs, [[manifest, 1]])).rejects.toThrow(
      'arrived before its chunks',
    );
    await expect(takeAll(receiver, jobs, [[manifest, 1]], [recordKinds.content])).rejects.toThrow(
      'of another kind',
    );
    expect(receiver.versions.contentCount).toBe(0);
    const renamed = manifest.slice();
    const header = decodeRecordHeader(renamed, 0);
    encodeRecordHeader({ ...header, hash: new Uint8Array(16).fill(7) }, renamed, 0);
    await takeAll(receiver, jobs, [[chunks, chunkCount]]);
    await expect(takeAll(receiver, jobs, [[renamed, 1]])).rejects.toThrow('do not make up');
    expect(receiver.versions.contentCount).toBe(1);
  });
});
