/**
 * Uploads in parts. Parts are taken in their order: one that comes early waits unread, so that its sender is held back. They
 * go to the threads while they come: a few MiB of each upload are in memory. A cut-off part is forgotten and can be sent again.
 */
import type { Hash } from '../core/model/hash.js';
import { ContentArrival } from '../core/ops/content-arrival.js';
import type { StreamArrival } from '../core/ops/stream-arrival.js';
import { missingUpload, uploadRefused } from '../core/wire/messages/failures.js';
import { smallFileBytes } from '../core/wire/messages/versions.js';
import type { ServerContext } from './context.js';
import { FailureError } from './exchange.js';

/** Size of every part but the last, in bytes: what stock servers take. */
export const partSizeBytes = smallFileBytes;

/** How many parts past the first unfinished one a client may send. */
export const partWindow = 8;

const bytesPerCommit = 64 * 1024 * 1024;
const idleTimeoutMs = 60_000;
const maxUploads = 1024;

type UploadSurroundings = Pick<ServerContext, 'repositories' | 'jobs'>;

/** What an upload is for. */
export interface UploadPlan {
  readonly namespace: string;
  readonly repository: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

interface OpenContent {
  readonly arrival: ContentArrival;
  readonly content: StreamArrival;
}

/** One upload: its parts are cut, hashed and stored while they come. */
class Upload {
  readonly plan: UploadPlan;
  readonly partCount: number;
  readonly #opening: Promise<OpenContent>;
  readonly #onEnd: () => void;
  #release: () => void = () => undefined; // lets the repository go
  #next = 1; // the part that is taken next
  #turn: Promise<unknown> = Promise.resolve(); // of the part being taken
  #waiting: (() => void)[] = [];
  #isEnded = false;
  #timer: NodeJS.Timeout;

  constructor(plan: UploadPlan, server: UploadSurroundings, onEnd: () => void) {
    this.plan = plan;
    this.partCount = Math.ceil(plan.sizeBytes / partSizeBytes);
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => this.end(), idleTimeoutMs);
    this.#timer.unref();
    this.#opening = this.#open(server);
    this.#opening.catch(() => this.end()); // reported to the part that comes first
  }

  /**
   * Takes part `number`; resolves with true when it was the last one and the content is stored.
   * @throws FailureError when the part or the whole content is not what it should be, or the upload has ended
   */
  async take(uploadId: string, number: number, body: AsyncIterable<Uint8Array>): Promise<boolean> {
    if (number < 1 || number > this.partCount) {
      throw new FailureError(
        uploadRefused(`part ${number} is out of range 1 to ${this.partCount}`),
      );
    }
    this.#timer.refresh();
    while (number > this.#next && !this.#isEnded) await this.#waitForNext();
    const turn = this.#turn
      .catch(() => undefined)
      .then(() => this.#takeNow(uploadId, number, body));
    this.#turn = turn;
    return turn;
  }

  /** Gives the upload up. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#release();
    this.#wakeAll();
    this.#onEnd();
  }

  async #takeNow(
    uploadId: string,
    number: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<boolean> {
    if (this.#isEnded) throw new FailureError(missingUpload(uploadId));
    if (number < this.#next) return false;
    const open = await this.#opening;
    await this.#read(number, body, open.content);
    if (this.#isEnded) throw new FailureError(missingUpload(uploadId));
    if (number === this.partCount) {
      await this.#complete(open).finally(() => this.end());
      return true;
    }
    if (open.arrival.uncommittedBytes >= bytesPerCommit) {
      await open.arrival.commit();
      open.content.forgetRecent();
    }
    this.#timer.refresh();
    this.#next++;
    this.#wakeAll();
    return false;
  }

  /** Takes in one part; of one that is cut off or of another length nothing stays. */
  async #read(
    number: number,
    body: AsyncIterable<Uint8Array>,
    content: StreamArrival,
  ): Promise<void> {
    const start = (number - 1) * partSizeBytes;
    const expected = Math.min(partSizeBytes, this.plan.sizeBytes - start);
    const before = content.mark();
    let length = 0;
    try {
      for await (const piece of body) {
        length += piece.length;
        if (length > expected) throw wrongLength(number, expected);
        if (this.#isEnded) return;
        this.#timer.refresh();
        await content.write(piece);
      }
      if (length !== expected) throw wrongLength(number, expected);
    } catch (error) {
      content.rewind(before);
      throw error;
    }
  }

  async #complete({ arrival, content }: OpenContent): Promise<void> {
    await content.finish(this.plan.hash);
    await arrival.commit();
    if (arrival.refused.length > 0) throw new FailureError(uploadRefused('hash mismatch'));
  }

  /** Opens the repository until the upload ends. */
  #open({ repositories, jobs }: UploadSurroundings): Promise<OpenContent> {
    return new Promise((resolve, reject) => {
      const released = new Promise<void>((release) => {
        this.#release = release;
      });
      const using = repositories.use(this.plan, ({ stores: repository, writer }) =>
        writer.use(async (packs) => {
          await using arrival = new ContentArrival({ repository, packs, jobs });
          resolve({ arrival, content: arrival.openStream() });
          await released;
          await this.#turn.catch(() => undefined); // a part that is being taken still writes
        }),
      );
      using.catch(reject);
    });
  }

  #waitForNext(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The uploads of a server by their ids. */
export class UploadTable {
  readonly #uploads = new Map<string, Upload>(); // oldest first

  /** Number of uploads that are not complete. */
  get size(): number {
    return this.#uploads.size;
  }

  /** Begins an upload and returns the number of its parts. */
  begin(uploadId: string, plan: UploadPlan, server: UploadSurroundings): number {
    if (this.#uploads.size >= maxUploads) this.#uploads.values().next().value?.end();
    const upload = new Upload(plan, server, () => this.#uploads.delete(uploadId));
    this.#uploads.set(uploadId, upload);
    return upload.partCount;
  }

  /** As `Upload.take`. @throws FailureError (404) when there is no such upload of this repository */
  async take(
    place: { readonly namespace: string; readonly repository: string },
    uploadId: string,
    part: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<boolean> {
    const upload = this.#uploads.get(uploadId);
    const isOther =
      upload?.plan.namespace !== place.namespace || upload.plan.repository !== place.repository;
    if (upload === undefined || isOther) throw new FailureError(missingUpload(uploadId));
    return upload.take(uploadId, part, body);
  }

  /** Gives all uploads up. */
  close(): void {
    for (const upload of [...this.#uploads.values()]) upload.end();
  }
}

function wrongLength(number: number, expected: number): FailureError {
  return new FailureError(uploadRefused(`part ${number} must have ${expected} bytes`));
}
