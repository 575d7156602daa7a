/**
 * The fast path of our own clients, towards the server: where the branches are, what is missing, and records of objects. A
 * request with records is one unit: it becomes durable and known as a whole, or not at all. The branch moves by the
 * standard request.
 */
import { setImmediate } from 'node:timers/promises';
import { recordKinds } from '../../core/format/pack-record.js';
import { IntegrityError, InvalidInputError } from '../../core/model/errors.js';
import { hashBytesLength, hashToBytes } from '../../core/model/hash.js';
import { hashColumn, hashesOf } from '../../core/model/hash-column.js';
import { listBranches } from '../../core/ops/branch.js';
import { JobWindow } from '../../core/ops/job-window.js';
import { findMissingCommits } from '../../core/ops/missing.js';
import { findMissingObjects } from '../../core/ops/missing-objects.js';
import { RecordIntake } from '../../core/ops/record-intake.js';
import type { OpenRepository } from '../../core/repository.js';
import { branchesFrame } from '../../core/wire/fast/conversation.js';
import { type Frame, malformed, type ObjectKind } from '../../core/wire/fast/frame.js';
import { expectKind, hashesIn, missingFrame } from '../../core/wire/fast/payloads.js';
import {
  maxRecordsPerRequest,
  maxRequestBytes,
  type ReceivedFrame,
  readFrames,
  writeFrames,
} from '../../core/wire/fast/stream.js';
import { type Exchange, type Handlers, stream, success } from '../exchange.js';
import { frameType, withRepository } from './in-repository.js';

const maxQuestionBytes = 512 * 1024 * 1024;
const maxCommitsBytes = 64 * 1024 * 1024;
const framesAtOnce = 1; // of one request, beside the one that is read: what waits is in memory
const lookupsPerSlice = 2048;
const allKinds = Object.values(recordKinds);

/** Handlers of the requests of a push on the fast path. */
export const fastPushHandlers: Handlers<'beginFastPush' | 'findMissingObjects' | 'sendObjects'> = {
  beginFastPush: (exchange) =>
    withRepository(exchange, async ({ stores, writer }) => {
      const lists = await framesOf(exchange, maxCommitsBytes);
      const asked = new Uint8Array(Buffer.concat(lists.map(hashesIn)));
      const heads = listBranches(stores).flatMap(({ name, commitId }) =>
        commitId === undefined ? [] : [{ name, commitId }],
      );
      const headIds = hashColumn(heads.map(({ commitId }) => commitId));
      // What the sender builds on is kept as well, should a branch go away meanwhile.
      const missing = await writer.findMissing(Buffer.concat([asked, headIds]), async () =>
        Buffer.concat([
          hashColumn(await findMissingCommits(stores, hashesOf(asked))),
          stores.nodes.findMissing(headIds),
        ]),
      );
      const branches = heads.filter(({ commitId }) => missing.find(hashToBytes(commitId)) < 0);
      const isMissing = (ids: Uint8Array, offset: number) => missing.find(ids, offset) >= 0;
      return frames([branchesFrame(branches), ...lists.map((list) => answer(list, isMissing))]);
    }),
  findMissingObjects: (exchange) =>
    withRepository(exchange, async ({ stores, writer }) => {
      const answers: Frame[] = [];
      for await (const list of readFrames(exchange.body(), maxQuestionBytes)) {
        const missing = await writer.findMissing(hashesIn(list), (asked) =>
          missingOf(stores, list.objects, asked),
        );
        answers.push(answer(list, (hashes, offset) => missing.find(hashes, offset) >= 0));
      }
      return frames(answers);
    }),
  sendObjects: (exchange) =>
    withRepository(exchange, async ({ stores, writer }) => {
      await writer.use(async (packs) => {
        const { jobs, frameBuffers } = exchange.server;
        const intake = new RecordIntake({ repository: stores, packs, jobs }, frameBuffers);
        await takeRecords(intake, readFrames(exchange.body(), maxRequestBytes, frameBuffers));
        await intake.commit();
      });
      return success('resource_created');
    }),
};

function frames(list: readonly Frame[]) {
  return stream(writeFrames(list), frameType);
}

async function framesOf({ body }: Pick<Exchange, 'body'>, maxBytes: number): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of readFrames(body(), maxBytes)) all.push(frame);
  return all;
}

function answer(list: Frame, isMissing: (hashes: Uint8Array, offset: number) => boolean): Frame {
  return missingFrame(list, (index) => isMissing(list.payload, index * hashBytesLength));
}

/** Looks objects up, some thousand at a time. */
async function missingOf(
  repository: OpenRepository,
  objects: ObjectKind,
  hashes: Uint8Array,
): Promise<Uint8Array> {
  const missing: Uint8Array[] = [];
  const step = lookupsPerSlice * hashBytesLength;
  for (let start = 0; start < hashes.length; start += step) {
    const slice = hashes.subarray(start, start + step);
    missing.push(findMissingObjects(repository, objects, slice));
    await setImmediate();
  }
  return Buffer.concat(missing);
}

/**
 * Takes the records of a request while it comes in: some frames are checked while the next one is read.
 * @throws InvalidInputError when one of them is not what it says
 */
async function takeRecords(intake: RecordIntake, all: AsyncIterable<ReceivedFrame>): Promise<void> {
  const window = new JobWindow(framesAtOnce);
  let recordCount = 0;
  try {
    for await (const frame of all) {
      expectKind(frame, 'records');
      recordCount += frame.itemCount;
      if (recordCount > maxRecordsPerRequest || frame.itemCount === 0) {
        throw malformed(`a request holds 1 to ${maxRecordsPerRequest} records`);
      }
      await window.start(async () => {
        await intake.take(frame.payload, frame.itemCount, allKinds);
      });
    }
    await window.drain();
    await intake.verifyManifests();
  } catch (cause) {
    await window.drain().catch(() => undefined); // jobs must not outlive their packs
    if (!(cause instanceof IntegrityError)) throw cause;
    throw new InvalidInputError(cause.message, { cause });
  }
}
