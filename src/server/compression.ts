/** Gzip on both ways, as streams with back-pressure, one member as the protocol wants it; the work is done on libuv's threads. */
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, gunzipSync } from 'node:zlib';
import { IntegrityError, InvalidInputError, systemErrorCode } from '../core/model/errors.js';

const pieceBytes = 128 * 1024;
const answerLevel = 1;

/** Yields `pieces` compressed. */
export function compress(
  pieces: AsyncIterable<Uint8Array>,
  level = answerLevel,
): AsyncGenerator<Uint8Array> {
  return pump(pieces, createGzip({ level, chunkSize: pieceBytes }));
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
    for await (const piece of pump(pieces, createGunzip({ chunkSize: pieceBytes }))) {
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

/** Says whether an error came from zlib. */
export function isGzipError(error: unknown): boolean {
  return (systemErrorCode(error) ?? '').startsWith('Z_');
}

function tooLarge(maxBytes: number): InvalidInputError {
  return new InvalidInputError(`The body inflates to more than the allowed ${maxBytes} bytes.`);
}

async function* pump(
  pieces: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(pieces, { objectMode: false });
  const feeding = pipeline(source, transform);
  feeding.catch(() => {}); // it comes out of the loop below, too
  try {
    yield* transform as AsyncIterable<Uint8Array>;
    await feeding;
  } finally {
    source.destroy();
    transform.destroy();
  }
}
