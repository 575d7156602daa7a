/**
 * Gzip as streams with back-pressure: one member, as receivers of this protocol read no more (wire-protocol.md, 0.8).
 * The work is done on libuv's threads.
 */
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { systemErrorCode } from '../model/errors.js';
import type { ByteStream } from './byte-source.js';

const pieceBytes = 128 * 1024;
const gzipMagic = [0x1f, 0x8b];

/** Yields `pieces` compressed. @throws what `pieces` throws */
export function gzipPieces(pieces: ByteStream, level: number): AsyncGenerator<Uint8Array> {
  return pump(pieces, createGzip({ level, chunkSize: pieceBytes }));
}

/** Yields `pieces` inflated. @throws an error of zlib (`isGzipError`) when they are damaged or cut off; what `pieces` throws */
export function gunzipPieces(pieces: ByteStream): AsyncGenerator<Uint8Array> {
  return pump(pieces, createGunzip({ chunkSize: pieceBytes }));
}

/** Yields `pieces` inflated when they begin as gzip does, else as they are. @throws as `gunzipPieces` */
export async function* gunzipIfNeeded(pieces: ByteStream): AsyncGenerator<Uint8Array> {
  const iterator = eachOf(pieces);
  try {
    let head: Uint8Array = new Uint8Array(0);
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      head = Buffer.concat([head, next.value]);
      if (head.length >= gzipMagic.length) break;
    }
    const isGzip = gzipMagic.every((byte, index) => head[index] === byte);
    const all = prepend(head, iterator);
    yield* isGzip ? gunzipPieces(all) : all;
  } finally {
    await iterator.return(undefined);
  }
}

async function* eachOf(pieces: ByteStream): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

/** Says whether an error came from zlib. */
export function isGzipError(error: unknown): boolean {
  return (systemErrorCode(error) ?? '').startsWith('Z_');
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
