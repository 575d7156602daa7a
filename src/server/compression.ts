/** Gzip at the server's edge of the protocol, with a limit on what comes out. */
import { InvalidInputError } from '../core/model/errors.js';
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

function tooLarge(maxBytes: number): InvalidInputError {
  return new InvalidInputError(`The body inflates to more than the allowed ${maxBytes} bytes.`);
}
