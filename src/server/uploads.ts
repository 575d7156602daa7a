/**
 * Uploads in parts. Parts are taken in their order: one that comes early waits unread, so that its sender is held back and
 * nothing but one part of each upload is in memory. A cut-off part is thrown away and can be sent again.
 */
import { IntegrityError, InvalidInputError } from '../core/model/errors.js';
import type { Hash } from '../core/model/hash.js';
import { receiveContents } from '../core/ops/receive-contents.js';
import { missingUpload, uploadRefused } from '../core/wire/messages/failures.js';
import { smallFileBytes } from '../core/wire/messages/versions.js';
import { FailureError } from './exchange.js';
import type { RepositoryPool } from './repositories.js';

/** Size of every part but the last, in bytes: what stock servers take. */
export const partSizeBytes = smallFileBytes;

/** How many parts past the first unfinished one a client may send. */
export const partWindow = 8;

const idleTimeoutMs = 60_000;
const maxUploads = 1024;

/** What an upload is for. */
export interface UploadPlan {
  readonly namespace: string;
  readonly repository: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

/** One upload: parts go in at one side, the store takes them from the other. */
class Upload {
  readonly plan: UploadPlan;
  readonly partCount: number;
  readonly #done: Promise<void>;
  readonly #onEnd: () => void;
  #next = 1; // the part that is taken next
  #turn: Promise<unknown> = Promise.resolve(); // of the part being taken
  #waiting = new Map<number, () => void>();
  #deliver: ((part: Uint8Array | undefined) => void) | undefined;
  #pieces: (Uint8Array | undefined)[] = [];
  #failure: unknown;
  #isEnded = false;
  #timer: NodeJS.Timeout;

  constructor(plan: UploadPlan, pool: RepositoryPool, onEnd: () => void) {
    this.plan = plan;
    this.partCount = Math.ceil(plan.sizeBytes / partSizeBytes);
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => this.end(), idleTimeoutMs);
    this.#timer.unref();
    this.#done = this.#store(pool);
    this.#done.catch(() => {}); // reported to the part that is being taken
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
    while (number > this.#next && !this.#isEnded) await this.#waitFor(number);
    const turn = this.#turn
      .catch(() => undefined)
      .then(() => this.#takeNow(uploadId, number, body));
    this.#turn = turn;
    return turn;
  }

  /** Gives the upload up. */
  end(failure: unknown = new InvalidInputError('The upload was given up.')): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    clearTimeout(this.#timer);
    this.#push(undefined);
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
    const part = await this.#read(number, body);
    if (this.#isEnded) throw new FailureError(missingUpload(uploadId));
    this.#timer.refresh();
    this.#push(part);
    this.#next++;
    this.#wakeAll();
    if (number < this.partCount) return false;
    this.#push(undefined);
    try {
      await this.#done;
    } catch (error) {
      this.end(error);
      if (error instanceof IntegrityError) throw new FailureError(uploadRefused('hash mismatch'));
      throw error;
    }
    this.end();
    return true;
  }

  async #read(number: number, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const start = (number - 1) * partSizeBytes;
    const expected = Math.min(partSizeBytes, this.plan.sizeBytes - start);
    const part = new Uint8Array(expected);
    let length = 0;
    for await (const piece of body) {
      if (length + piece.length > expected) throw wrongLength(number, expected);
      part.set(piece, length);
      length += piece.length;
    }
    if (length !== expected) throw wrongLength(number, expected);
    return part;
  }

  async #store(pool: RepositoryPool): Promise<void> {
    const contents = once({ hash: this.plan.hash, bytes: this.#parts() });
    await pool.use(this.plan, ({ stores, writer }) =>
      writer.use(async (packs) => {
        const [refused] = await receiveContents(stores, packs, contents);
        if (refused !== undefined) throw new IntegrityError(refused.message);
      }),
    );
  }

  async *#parts(): AsyncGenerator<Uint8Array> {
    for (let number = 1; number <= this.partCount; number++) {
      const part = await this.#pull();
      if (part === undefined) throw this.#failure ?? new InvalidInputError('The upload ended.');
      yield part;
    }
  }

  #push(part: Uint8Array | undefined): void {
    const deliver = this.#deliver;
    this.#deliver = undefined;
    if (deliver === undefined) this.#pieces.push(part);
    else deliver(part);
  }

  #pull(): Promise<Uint8Array | undefined> {
    if (this.#pieces.length > 0) return Promise.resolve(this.#pieces.shift());
    return new Promise((resolve) => {
      this.#deliver = resolve;
    });
  }

  #waitFor(number: number): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#waiting.get(number);
      this.#waiting.set(number, () => {
        before?.();
        resolve();
      });
    });
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const wake of waiting) wake();
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
  begin(uploadId: string, plan: UploadPlan, pool: RepositoryPool): number {
    if (this.#uploads.size >= maxUploads) this.#uploads.values().next().value?.end();
    const upload = new Upload(plan, pool, () => this.#uploads.delete(uploadId));
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

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}
