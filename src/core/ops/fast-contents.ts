/**
 * Brings contents from a server of ours: records as they lie in its packs, checked by jobs and appended to packs here. Of large
 * contents the lists of chunks come first, then the chunks that are not here. What was stored in time survives when the
 * rest does not come.
 */
import { recordKinds } from '../format/pack-record.js';
import { IntegrityError } from '../model/errors.js';
import { HashTable } from '../model/hash-table.js';
import type { RemoteClient } from '../remote/client.js';
import { fetchRecords } from '../remote/fast-fetch.js';
import type { WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { RecordIntake } from './record-intake.js';
import { SharedWriter } from './shared-writer.js';

const bytesPerCommit = 128 * 1024 * 1024;

/**
 * Fetches contents and stores them durably. All `wanted` must be different and not stored.
 * @throws IntegrityError when the server sends other bytes; NotFoundError when it lacks some; what was stored before stays
 */
export async function fetchContents(
  repository: OpenRepository,
  client: RemoteClient,
  wanted: WantedVersions,
  context: OperationContext,
): Promise<void> {
  if (wanted.count === 0) return;
  await new SharedWriter(repository, context.clock).use(async (packs) => {
    const buffers = new FrameBuffers();
    const intake = new RecordIntake({ repository, packs, jobs: context.jobs }, buffers);
    const receiver = new ContentReceiver(
      client,
      intake,
      buffers,
      repository,
      context,
      wanted.count,
    );
    await receiver.receive('contents', wanted.hashes);
    await receiver.receive('chunks', different(intake.missingChunks()));
    await intake.verifyManifests();
    await intake.commit();
  });
}

const kindsOf = {
  contents: [recordKinds.content, recordKinds.manifest],
  chunks: [recordKinds.chunk],
} as const;

class ContentReceiver {
  readonly #client: RemoteClient;
  readonly #intake: RecordIntake;
  readonly #buffers: FrameBuffers;
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #progress: ProgressCounter;
  #pendingBytes = 0;

  constructor(
    client: RemoteClient,
    intake: RecordIntake,
    buffers: FrameBuffers,
    repository: OpenRepository,
    context: OperationContext,
    totalCount: number,
  ) {
    this.#client = client;
    this.#intake = intake;
    this.#buffers = buffers;
    this.#repository = repository;
    this.#context = context;
    this.#progress = new ProgressCounter(context, 'fetch', totalCount);
  }

  async receive(objects: 'contents' | 'chunks', hashes: Uint8Array): Promise<void> {
    try {
      await fetchRecords(
        this.#client,
        objects,
        hashes,
        (payload, recordCount) => this.#take(objects, payload, recordCount),
        this.#buffers,
      );
    } catch (error) {
      if (!(error instanceof IntegrityError)) await this.#intake.commit();
      throw error;
    }
    await this.#intake.commit();
  }

  async #take(
    objects: 'contents' | 'chunks',
    payload: Uint8Array<ArrayBuffer>,
    recordCount: number,
  ): Promise<Uint8Array> {
    throwIfStopped(this.#context);
    const sizeBytes = payload.length;
    const { hashes } = await this.#intake.take(payload, recordCount, kindsOf[objects]);
    this.#progress.add(objects === 'contents' ? recordCount : 0, sizeBytes);
    this.#pendingBytes += sizeBytes;
    if (this.#pendingBytes >= bytesPerCommit) {
      this.#pendingBytes = 0;
      await this.#intake.commit();
      // The rows lie all over the database: without this a clone would end up with all its pages.
      this.#repository.environment.releasePages();
    }
    return hashes;
  }
}

function different(hashes: Uint8Array): Uint8Array {
  const table = new HashTable();
  table.addAll(hashes);
  return table.hashes;
}
