/** Gzip at the client's edge of the protocol. What an inflated stream may hold at most is for its reader to say. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { IntegrityError } from '../model/errors.js';
import type { ByteStream } from '../wire/byte-source.js';
import { gunzipPieces, gzipPieces, isGzipError } from '../wire/gzip.js';

/** The level of the stock client. */
const stockLevel = 6;
const gzipBytes = promisify(gzip);

/** Returns `bytes` compressed; with level 0 only wrapped. */
export async function deflateBytes(bytes: Uint8Array, level = stockLevel): Promise<Uint8Array> {
  return gzipBytes(bytes, { level });
}

/** Yields `pieces` compressed. @throws what `pieces` throws */
export function deflate(pieces: ByteStream): AsyncGenerator<Uint8Array> {
  return gzipPieces(pieces, stockLevel);
}

/**
 * Yields `pieces` inflated.
 * @param what the request, for messages
 * @throws IntegrityError when they are no gzip or cut off; what `pieces` throws
 */
export async function* inflate(pieces: ByteStream, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzipPieces(pieces);
  } catch (cause) {
    if (!isGzipError(cause)) throw cause;
    throw new IntegrityError(`The answer to ${what} is damaged: it cannot be inflated.`, { cause });
  }
}
