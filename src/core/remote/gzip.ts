/**
 * Gzip at the edge of the protocol, as streams with back-pressure. One member, as receivers of this protocol read no
 * more (wire-protocol.md, 0.8). What an inflated stream may hold at most is for its reader to say.
 */
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip, gzip } from 'node:zlib';
import { IntegrityError, systemErrorCode } from '../model/errors.js';
import type { ByteStream } from '../wire/byte-source.js';

/** The level of the stock client. */
const stockLevel = 6;
const pieceBytes = 128 * 1024;
const gzipBytes = promisify(gzip);

/** Returns `bytes` compressed; with level 0 only wrapped. */
export async function deflateBytes(bytes: Uint8Array, level = stockLevel): Promise<Uint8Array> {
  return gzipBytes(bytes, { level });
}

/** Yields `pieces` compressed. @throws what `pieces` throws */
export function deflate(pieces: ByteStream): AsyncGenerator<Uint8Array> {
  return pump(pieces, createGzip({ level: stockLevel, chunkSize: pieceBytes }));
}

/**
 * Yields `pieces` inflated.
 * @param what the request, for messages
 * @throws IntegrityError when they are no gzip or cut off; what `pieces` throws
 */
export async function* inflate(pieces: ByteStream, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* pump(pieces, createGunzip({ chunkSize: pieceBytes }));
  } catch (cause) {
    if (!(systemErrorCode(cause) ?? '').startsWith('Z_')) throw cause;
    throw new IntegrityError(`The answer to ${what} is damaged: it cannot be inflated.`, { cause });
  }
}

async function* pump(pieces: ByteStream, transform: Transform): AsyncGenerator<Uint8Array> {
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
