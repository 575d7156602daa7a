/** A content on its way from a server: nothing is taken for whole before its hash was compared. */
import { hashBytes, StreamingHash } from '../format/hashing.js';
import { IntegrityError } from '../model/errors.js';
import type { WantedVersion } from './wanted-versions.js';

/** A content as it arrives; it is taken by one of the two, once. */
export interface ReceivedVersion extends WantedVersion {
  /** Returns the whole content, in memory of its own. @throws IntegrityError when it has another hash */
  readAll(): Promise<Uint8Array>;
  /**
   * Yields the content in pieces that are valid until the next is asked for. Only when the loop ends by itself is the
   * content what it should be.
   * @throws IntegrityError, instead of ending, when it has another hash
   */
  stream(): AsyncGenerator<Uint8Array>;
}

/** Yields `pieces` and ends only when they are the content that was wanted. @throws IntegrityError when they are not */
export async function* checkedPieces(
  wanted: WantedVersion,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = new StreamingHash();
  let sizeBytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    sizeBytes += piece.length;
    yield piece;
  }
  if (sizeBytes !== wanted.sizeBytes) throw wrongSize(wanted, sizeBytes);
  if (hash.digest() !== wanted.hash) throw wrongHash(wanted);
}

/** Returns `content` when it is what was wanted. @throws IntegrityError when it is not */
export function checkedContent(wanted: WantedVersion, content: Uint8Array): Uint8Array {
  if (content.length !== wanted.sizeBytes) throw wrongSize(wanted, content.length);
  if (hashBytes(content) !== wanted.hash) throw wrongHash(wanted);
  return content;
}

/** Returns the error for a content of another size. */
export function wrongSize(wanted: WantedVersion, sizeBytes: number): IntegrityError {
  return new IntegrityError(
    `The server sends ${sizeBytes} bytes as the content ${wanted.hash}, which has ${wanted.sizeBytes}.`,
  );
}

function wrongHash(wanted: WantedVersion): IntegrityError {
  return new IntegrityError(`The server sends other bytes as the content ${wanted.hash}.`);
}
