/**
 * Reading the body of an answer from a server that may be lying or dying: never more bytes than the caller allows, never
 * an endless wait, never a broken-off body taken for a whole one. Back-pressure is that of the stream: what is not asked
 * for is not read.
 */
import type { Readable } from 'node:stream';
import { RemoteError } from '../model/errors.js';

/** What a body may do, and what becomes of its failures. */
export interface BodyGuard {
  readonly what: string; // for messages
  readonly limitBytes: number;
  readonly idleMs: number; // waiting may last so long in all, and
  readonly slowestBytesPerSecond: number; // a second more for so many bytes
  readonly now: () => number; // milliseconds
  readonly toError: (error: unknown) => unknown;
}

/**
 * Yields the bytes of `stream`. Leaving the loop early closes the connection.
 * @throws RemoteError when there are more than `limitBytes`, when they come too slowly, or what `toError` makes of a break
 */
export async function* readGuarded(stream: Readable, guard: BodyGuard): AsyncGenerator<Uint8Array> {
  const { limitBytes, slowestBytesPerSecond, now } = guard;
  let receivedBytes = 0;
  let waitedMs = 0;
  const pieces: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const start = now();
      const piece = await pieces.next();
      if (piece.done === true) return;
      waitedMs += now() - start;
      receivedBytes += piece.value.length;
      if (receivedBytes > limitBytes) throw tooLong(guard);
      if (waitedMs > guard.idleMs + (receivedBytes / slowestBytesPerSecond) * 1000) {
        throw Object.assign(new Error('too slow'), { code: 'TOO_SLOW' });
      }
      yield piece.value;
    }
  } catch (error) {
    throw guard.toError(error);
  } finally {
    stream.destroy();
  }
}

/**
 * Returns all bytes of a body; for short ones.
 * @throws what the source throws
 */
export async function readWhole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

function tooLong({ what, limitBytes }: BodyGuard): RemoteError {
  return new RemoteError(`The server sends more than ${limitBytes} bytes in answer to ${what}.`);
}
