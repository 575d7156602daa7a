/**
 * The body of a request on its way to the connection: opened anew for each try, and watched, so that a failure of its
 * source is told from a failure of the connection.
 */

import { IntegrityError } from '../model/errors.js';

/** A request body: bytes, or a source that is opened anew for each try; `sizeBytes` sets the content length. */
export type RequestBody =
  | Uint8Array
  | { readonly open: () => AsyncIterable<Uint8Array>; readonly sizeBytes?: number };

/** The body of one try of a request. */
export class OutgoingBody {
  /** What undici takes as body: bytes, an iterable, or nothing. */
  readonly value: Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether all bytes were handed over. */
  isSent = true;
  /** What the source threw, in a box because it may be anything. */
  failure: { readonly error: unknown } | undefined;

  /** @param onSent is called once, when the source has ended; at once where there is none */
  constructor(body: RequestBody | undefined, onSent: () => void) {
    this.headers = lengthOf(body);
    if (body === undefined || body instanceof Uint8Array) {
      this.value = body ?? null;
      onSent();
      return;
    }
    this.isSent = false;
    this.value = this.#watch(body.open(), body.sizeBytes, onSent);
  }

  async *#watch(
    source: AsyncIterable<Uint8Array>,
    sizeBytes: number | undefined,
    onSent: () => void,
  ): AsyncIterable<Uint8Array> {
    let left = sizeBytes ?? Number.POSITIVE_INFINITY;
    try {
      for await (const piece of source) {
        left -= piece.length;
        if (left < 0) break;
        yield piece;
      }
      if (left !== 0 && sizeBytes !== undefined) throw wrongLength(sizeBytes);
    } catch (error) {
      this.failure = { error };
      throw error;
    }
    this.isSent = true;
    onSent();
  }
}

function wrongLength(sizeBytes: number): IntegrityError {
  return new IntegrityError(`The data to be sent are not the ${sizeBytes} bytes they should be.`);
}

function lengthOf(body: RequestBody | undefined): Record<string, string> {
  if (body === undefined || body instanceof Uint8Array || body.sizeBytes === undefined) return {};
  return { 'content-length': String(body.sizeBytes) };
}
