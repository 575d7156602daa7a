/**
 * Sending a large content in parts (wire-protocol.md, C.5): begin, the parts in order with a few under way at once, and
 * begin again when the server has forgotten the upload meanwhile. Parts are read when they are sent, piece by piece.
 */
import { RemoteError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import {
  decodePartAnswer,
  decodeUploadState,
  encodeUploadRequest,
  type UploadState,
} from '../wire/messages/versions.js';
import type { RemoteClient } from './client.js';
import { isRefusal } from './errors.js';
import { forEachParallel } from './fan-out.js';

/** A content that is read in ranges. */
export interface LargeVersion {
  readonly hash: Hash;
  readonly sizeBytes: number; // above 0: empty contents travel in batches
  /** Yields `lengthBytes` bytes from `offset`; may be called for several ranges at once, and again for the same. */
  read(offset: number, lengthBytes: number): AsyncIterable<Uint8Array>;
}

/** What became of a large content. */
export type LargeUploadResult = 'sent' | 'stored-before';

type Plan = Extract<UploadState, { kind: 'awaiting' }>;

const mostRounds = 6;
const mostParts = 10_000;

/**
 * Sends a content in parts, unless the server has it. Uses a slot of the client for each part.
 * @param onPart is told the bytes of each part that the server has taken
 * @throws RemoteError when the server finds that the bytes have another hash, or loses the upload again and again
 */
export async function uploadLargeVersion(
  client: RemoteClient,
  version: LargeVersion,
  onPart: (sizeBytes: number) => void = () => {},
): Promise<LargeUploadResult> {
  for (let round = 0; round < mostRounds; round++) {
    const state = await beginUpload(client, version);
    if (state.kind === 'stored') return round === 0 ? 'stored-before' : 'sent';
    checkPlan(version, state);
    if (await sendParts(client, version, state, onPart)) return 'sent';
  }
  throw new RemoteError(`The server lost the upload of ${version.hash} ${mostRounds} times.`, {
    hint: 'Run the same command again in a while.',
  });
}

async function beginUpload(client: RemoteClient, version: LargeVersion): Promise<UploadState> {
  const { hash, sizeBytes } = version;
  return client.json(
    {
      route: 'beginUpload',
      what: `beginning the upload of ${hash}`,
      parameters: {},
      contentType: 'application/json',
      body: Buffer.from(encodeUploadRequest({ hash, sizeBytes })),
    },
    decodeUploadState,
  );
}

/** A server chooses the size of parts, but no plan may keep the client busy for ever. */
function checkPlan({ hash, sizeBytes }: LargeVersion, plan: Plan): void {
  if (!/^[\w-]{1,64}$/.test(plan.uploadId)) {
    throw new RemoteError(`The server names an upload ${JSON.stringify(plan.uploadId)}.`);
  }
  const fits = plan.partCount === Math.ceil(sizeBytes / plan.partSizeBytes);
  if (fits && plan.partCount <= mostParts) return;
  throw new RemoteError(
    `The server wants ${hash}, ${sizeBytes} bytes, in ${plan.partCount} parts of ${plan.partSizeBytes} bytes; that cannot be.`,
  );
}

/** Sends all parts; false when the server forgot the upload or did not say that it is complete. */
async function sendParts(
  client: RemoteClient,
  version: LargeVersion,
  plan: Plan,
  onPart: (sizeBytes: number) => void,
): Promise<boolean> {
  const window = new PartWindow(plan);
  let isComplete = false;
  try {
    await forEachParallel(window.parts(), Math.min(client.jobs, plan.partCount), async (part) => {
      try {
        const { offset, lengthBytes } = rangeOf(version, plan, part);
        const completed = await client.slot(() =>
          sendPart(client, plan, part, lengthBytes, () => version.read(offset, lengthBytes)),
        );
        onPart(lengthBytes);
        isComplete ||= completed;
        window.finish(part);
      } catch (error) {
        window.stop();
        throw error;
      }
    });
  } catch (error) {
    if (isRefusal(error, 404)) return isComplete;
    throw error;
  }
  return isComplete;
}

function rangeOf(version: LargeVersion, plan: Plan, part: number) {
  const offset = (part - 1) * plan.partSizeBytes;
  return { offset, lengthBytes: Math.min(plan.partSizeBytes, version.sizeBytes - offset) };
}

async function sendPart(
  client: RemoteClient,
  plan: Plan,
  part: number,
  sizeBytes: number,
  open: () => AsyncIterable<Uint8Array>,
): Promise<boolean> {
  return client.json(
    {
      route: 'uploadPart',
      what: `part ${part} of upload ${plan.uploadId}`,
      parameters: { upload: plan.uploadId, part },
      body: { open, sizeBytes },
      isWork: true,
    },
    decodePartAnswer,
  );
}

/** Gives the numbers of parts in order, none that is `partWindow` or more past the first unfinished one. */
class PartWindow {
  readonly #plan: Plan;
  readonly #finished = new Set<number>();
  #firstUnfinished = 1;
  #isStopped = false;
  #wake: () => void = () => {};

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async *parts(): AsyncGenerator<number> {
    for (let part = 1; part <= this.#plan.partCount; part++) {
      while (!this.#isStopped && part >= this.#firstUnfinished + this.#plan.partWindow) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#isStopped) return;
      yield part;
    }
  }

  finish(part: number): void {
    this.#finished.add(part);
    while (this.#finished.delete(this.#firstUnfinished)) this.#firstUnfinished++;
    this.#wake();
  }

  /** Ends `parts`; one of them failed. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }
}
