/**
 * Stores contents that a server sends, while several requests are answered at once. Each is hashed before it is kept, and kept
 * before anyone can see it; what was stored in time survives when the rest does not come.
 */
import { chunkingThresholdBytes } from '../format/chunking.js';
import { HashTable } from '../model/hash-table.js';
import type { RemoteClient } from '../remote/client.js';
import { downloadVersions } from '../remote/download-versions.js';
import type { ReceivedVersion } from '../remote/received-version.js';
import type { WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { ContentSink } from '../store/content-sink.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { SharedWriter } from './shared-writer.js';

const contentsPerCommit = 8192;
const bytesPerCommit = 64 * 1024 * 1024;

/**
 * Fetches contents and stores them durably. All `wanted` must be different and not stored, unless they are damaged.
 * @param damaged contents and chunks that are stored anew although they are there; none when absent
 * @throws IntegrityError when the server sends other bytes; NotFoundError when it lacks some; what was stored before stays
 */
export async function receiveVersions(
  repository: OpenRepository,
  client: RemoteClient,
  wanted: WantedVersions,
  context: OperationContext,
  damaged = new HashTable(),
): Promise<void> {
  if (wanted.count === 0) return;
  await new SharedWriter(repository, context.clock).use(async (packs) => {
    const openSink = () => new ContentSink(repository.versions, packs, damaged);
    using receiver = new VersionReceiver(openSink, context, wanted.count);
    await downloadVersions(client, wanted, (version) => receiver.take(version));
    await receiver.finish();
  });
}

class VersionReceiver {
  readonly #openSink: () => ContentSink;
  readonly #context: OperationContext;
  readonly #progress: ProgressCounter;
  readonly #sink: ContentSink;
  #pendingCount = 0;
  #pendingBytes = 0;
  #committing: Promise<void> | undefined;

  constructor(openSink: () => ContentSink, context: OperationContext, totalCount: number) {
    this.#openSink = openSink;
    this.#context = context;
    this.#progress = new ProgressCounter(context, 'fetch', totalCount);
    this.#sink = openSink();
  }

  /** Takes one content; may be called again before it returns. */
  async take(version: ReceivedVersion): Promise<void> {
    throwIfStopped(this.#context);
    if (version.sizeBytes > chunkingThresholdBytes) await this.#takeLarge(version);
    else {
      const content = await version.readAll();
      while (this.#committing !== undefined) await this.#committing;
      this.#sink.add(content, version.hash);
      this.#pendingCount++;
      this.#pendingBytes += content.length;
    }
    this.#progress.add(1, version.sizeBytes);
    const isDue = this.#pendingCount >= contentsPerCommit || this.#pendingBytes >= bytesPerCommit;
    if (isDue && this.#committing === undefined) await this.#commit();
  }

  /** Makes durable what was taken last. */
  async finish(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
    await this.#commit();
  }

  [Symbol.dispose](): void {
    this.#sink.close();
  }

  /** A sink of its own: the content may take minutes, and others commit meanwhile. */
  async #takeLarge(version: ReceivedVersion): Promise<void> {
    using sink = this.#openSink();
    await sink.addStream(version.stream(), version.hash);
    await sink.commit(() => undefined);
  }

  async #commit(): Promise<void> {
    this.#pendingCount = 0;
    this.#pendingBytes = 0;
    this.#committing = this.#sink
      .commit(() => undefined)
      .finally(() => {
        this.#committing = undefined;
      });
    await this.#committing;
  }
}
