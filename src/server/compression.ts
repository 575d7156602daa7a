/** Gzip at the server's edge of the protocol, with a limit on what comes out. */
import { gunzipSync } from 'node:zlib';
import { IntegrityError, InvalidInputError } from '../core/model/errors.js';
import { gunzipPieces, gzipPieces, isGzipError } from '../core/wire/gzip.js';

const answerLevel = 1;

/** Yields `pieces` compressed. */
export function compress(
  pieces: AsyncIterable<Uint8Array>,
  level = answerLevel,
): AsyncGenerator<Uint8Array> {
  return gzipPieces(pieces, level);
}

/**
 * Yields `pieces` inflated.
 * @throws InvalidInputError when they are no gzip, cut off, or more than `maxBytes` come out
 */
export async function* inflate(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const piece of gunzipPieces(pieces)) {
      length += piece.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      yield piece;
    }
  } catch (cause) {
    if (!isGzipError(cause)) throw cause;
    throw new InvalidInputError('The body is no valid gzip data.', { cause });
  }
}

/** Returns a small piece inflated. @throws IntegrityError when it is no gzip, cut off, or inflates to more than `maxBytes` */
export function inflateSmall(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new IntegrityError('The content is no valid gzip data, or too large.', { cause });
  }
}

function tooLarge(maxBytes: number): InvalidInputError {
  return new InvalidInputError(`The body inflates to more than the allowed ${maxBytes} bytes.`);
}
