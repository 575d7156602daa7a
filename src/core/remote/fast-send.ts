/**
 * Sending objects on the fast path: frames of records and nodes over several requests at once. The server acknowledges
 * while it receives; what it has not acknowledged stays in memory, up to a window, and is sent again when a connection
 * breaks. What it has acknowledged is never sent again.
 */

import { RemoteError } from '../model/errors.js';
import { type Frame, malformed } from '../wire/fast/frame.js';
import { type Acknowledgement, acknowledgementIn } from '../wire/fast/payloads.js';
import type { RemoteClient } from './client.js';
import { asIntegrity, ConnectionBreak } from './errors.js';
import { callFast, framesOf } from './frame-exchange.js';

/** What a server wishes for, from the beginning of the push. */
export interface SendLimits {
  readonly maxRequestBytes: number; // of one request
  readonly parallelRequests: number;
}

/** How objects are sent. */
export interface SendOptions {
  /** Is told what the server has made durable, as it happens. */
  readonly onDurable?: (itemCount: number, storedBytes: number) => void;
  readonly windowBytes?: number; // unacknowledged in one request; 16 MiB
  readonly patienceMs?: number; // with a full window, before the request is ended; 5 s
}

const defaultWindowBytes = 16 * 1024 * 1024;
const defaultPatienceMs = 5000;
const longestStallMs = 600_000;
const what = 'objects';

/**
 * Sends frames of records and nodes; returns when all are durable at the server. Their order is kept only where
 * `parallelRequests` is 1; what depends on others is sent by a later call.
 * @param frames are taken as the server takes them: at most a window for each request is in memory
 * @throws the error of the first problem that the server tells: ConflictError for a node that differs from the one it has
 *   under that id, IntegrityError for bytes that are not their hash; what `frames` throws
 */
export async function sendObjects(
  client: RemoteClient,
  frames: AsyncIterable<Frame> | Iterable<Frame>,
  limits: SendLimits,
  options: SendOptions = {},
): Promise<void> {
  const supply = new FrameSupply(frames);
  const width = Math.max(1, Math.min(client.jobs, limits.parallelRequests));
  const failures: unknown[] = [];
  const work = async () => {
    try {
      for (let first = await supply.take(); first !== undefined; first = await supply.take()) {
        supply.giveBack([first]);
        await client.slot(() => sendWithRetries(client, supply, limits, options));
      }
    } catch (error) {
      failures.push(error);
      supply.stop();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  await supply.close();
  if (failures.length > 0) throw failures[0];
}

/** Makes one request after the other until one ends well; with each acknowledgement the tries count anew. */
async function sendWithRetries(
  client: RemoteClient,
  supply: FrameSupply,
  limits: SendLimits,
  options: SendOptions,
): Promise<void> {
  for (let retry = 1; ; retry++) {
    const request = new SendRequest(client, supply, limits, options);
    try {
      await request.run();
      return;
    } catch (error) {
      supply.giveBack(request.unacknowledged);
      if (request.hasProgress) retry = 1;
      await client.waitToRetry(error, retry);
    }
  }
}

/** The frames that are still to be sent: those that came back first, then the caller's. */
class FrameSupply {
  /** Acknowledgements are held back, by a proxy perhaps, until a request has ended. */
  isBuffered = false;
  readonly #iterator: AsyncGenerator<Frame, void, void>;
  readonly #returned: Frame[] = [];
  #isStopped = false;

  constructor(frames: AsyncIterable<Frame> | Iterable<Frame>) {
    this.#iterator = iterate(frames);
  }

  /**
   * Returns the next frame, undefined when there is none or sending was stopped.
   * @param isWanted whether it is still wanted when it has come; if not, it is kept for another request
   */
  async take(isWanted: () => boolean = () => true): Promise<Frame | undefined> {
    const returned = this.#isStopped ? undefined : this.#returned.shift();
    if (this.#isStopped || returned !== undefined) return returned;
    const next = await this.#iterator.next();
    if (next.done !== true) this.#returned.push(next.value); // behind one that came too late for its request
    return isWanted() ? this.#returned.shift() : undefined;
  }

  giveBack(frames: readonly Frame[]): void {
    this.#returned.unshift(...frames);
  }

  /** No more frames are given. */
  stop(): void {
    this.#isStopped = true;
  }

  async close(): Promise<void> {
    await this.#iterator.return();
  }
}

async function* iterate<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncGenerator<Item, void, void> {
  yield* items;
}

/** One request: sends until its limit, the end of the supply or the server's patience, and reads what is acknowledged. */
class SendRequest {
  readonly #client: RemoteClient;
  readonly #supply: FrameSupply;
  readonly #limits: SendLimits;
  readonly #options: SendOptions;
  readonly #pending: Frame[] = []; // sent, not acknowledged, in order
  #pendingBytes = 0;
  #sentBytes = 0;
  #acknowledged: Acknowledgement = { frameCount: 0, itemCount: 0, storedBytes: 0 };
  #lastProgressMs: number;
  #isEnding = false;
  #hasSentAll = false;
  #wake: () => void = () => {};

  constructor(client: RemoteClient, supply: FrameSupply, limits: SendLimits, options: SendOptions) {
    this.#client = client;
    this.#supply = supply;
    this.#limits = limits;
    this.#options = options;
    this.#lastProgressMs = client.pace.now();
  }

  /** The frames that must be sent again when the request failed. */
  get unacknowledged(): readonly Frame[] {
    return this.#pending;
  }

  /** Whether the server has acknowledged anything. */
  get hasProgress(): boolean {
    return this.#acknowledged.frameCount > 0;
  }

  async run(): Promise<void> {
    try {
      const frames = () => this.#outgoing();
      const answer = await callFast(this.#client, {
        route: 'sendObjects',
        what,
        frames,
        isDuplex: true,
        isOnce: true, // what was not acknowledged goes into another request
      });
      for await (const frame of framesOf(answer, what, 1024 * 1024)) {
        this.#take(acknowledgementIn(frame));
      }
      if (!this.#hasSentAll || this.#pending.length > 0) throw endedEarly();
    } catch (error) {
      throw asIntegrity(what, error);
    } finally {
      this.#end();
    }
  }

  async *#outgoing(): AsyncGenerator<Frame> {
    while (this.#sentBytes < this.#limits.maxRequestBytes) {
      await this.#waitForWindow();
      const frame = this.#isEnding ? undefined : await this.#supply.take(() => !this.#isEnding);
      if (frame === undefined) break;
      this.#pending.push(frame);
      this.#pendingBytes += frame.payload.length;
      this.#sentBytes += frame.payload.length;
      yield frame;
    }
    this.#hasSentAll = true;
  }

  get #isWindowFull(): boolean {
    return this.#pendingBytes >= (this.#options.windowBytes ?? defaultWindowBytes);
  }

  /** Waits while the window is full; ends the request when nothing at all comes back, as behind a proxy that buffers. */
  async #waitForWindow(): Promise<void> {
    while (!this.#isEnding && this.#isWindowFull) {
      if (this.#supply.isBuffered || !(await this.#isAnsweredInTime())) {
        this.#supply.isBuffered = true;
        this.#isEnding = true;
      }
    }
  }

  async #isAnsweredInTime(): Promise<boolean> {
    const { pace } = this.#client;
    const patience = new AbortController();
    const answered = new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true);
    });
    const patienceMs = this.#options.patienceMs ?? defaultPatienceMs;
    const over = pace.sleep(patienceMs, patience.signal).then(
      () => false,
      () => true, // ended from below
    );
    try {
      return await Promise.race([answered, over]);
    } finally {
      patience.abort();
    }
  }

  #take(acknowledgement: Acknowledgement): void {
    const before = this.#acknowledged;
    const count = acknowledgement.frameCount - before.frameCount;
    const done = this.#pending.splice(0, Math.max(0, count));
    const doneBytes = done.reduce((total, { payload }) => total + payload.length, 0);
    const doneItems = done.reduce((total, { itemCount }) => total + itemCount, 0);
    const isSound =
      done.length === count &&
      acknowledgement.storedBytes - before.storedBytes === doneBytes &&
      acknowledgement.itemCount - before.itemCount === doneItems;
    if (!isSound) throw malformed('it acknowledges what was not sent');
    this.#pendingBytes -= doneBytes;
    this.#acknowledged = acknowledgement;
    this.#checkProgress(count > 0);
    if (count > 0) this.#options.onDurable?.(doneItems, doneBytes);
    this.#wake();
  }

  /** A server that works sends the same acknowledgement now and then; but not for ever. */
  #checkProgress(isProgress: boolean): void {
    const nowMs = this.#client.pace.now();
    const isServersTurn = this.#hasSentAll || this.#isWindowFull;
    if (isProgress || !isServersTurn) this.#lastProgressMs = nowMs;
    if (nowMs - this.#lastProgressMs <= longestStallMs) return;
    throw new RemoteError('The server does not finish storing what it was sent.');
  }

  /** Lets the source of the body come to its end, whatever it waits for. */
  #end(): void {
    this.#isEnding = true;
    this.#wake();
  }
}

/** A server that stops in an orderly way ends the request; what is left may go to its successor. */
function endedEarly(): RemoteError {
  const reason = 'the server ended it before everything was stored';
  return new RemoteError(`Sending objects failed: ${reason}.`, {
    cause: new ConnectionBreak(reason, 'ECONNRESET', true, undefined),
  });
}
