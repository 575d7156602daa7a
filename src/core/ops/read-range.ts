/** Reads a range of a content: of large ones only the chunks that it touches. */
import { NotFoundError } from '../model/errors.js';
import { type Hash, hashToBytes } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';

/**
 * Yields the bytes of a content from `start` on, `length` of them or as many as there are.
 * @throws NotFoundError when it is not stored; IntegrityError when it is damaged
 */
export async function* readRange(
  repository: OpenRepository,
  hash: Hash,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  const end = start + length;
  let position = 0;
  for await (const { sizeBytes, read } of piecesOf(repository, hash)) {
    const pieceEnd = position + sizeBytes;
    if (pieceEnd > start && position < end) {
      const bytes = read();
      yield bytes.subarray(Math.max(0, start - position), Math.min(sizeBytes, end - position));
    }
    position = pieceEnd;
    if (position >= end) return;
  }
}

/** Returns the size of a content in bytes, undefined when it is not stored. */
export function contentSize(repository: OpenRepository, hash: Hash): number | undefined {
  return repository.versions.place(hash)?.rawLength;
}

function* piecesOf(
  repository: OpenRepository,
  hash: Hash,
): Generator<{ sizeBytes: number; read: () => Uint8Array }> {
  const { versions } = repository;
  const { pieceCounts, pieces } = versions.pieces(hashToBytes(hash));
  if (pieceCounts[0] === 0) throw new NotFoundError(`The content ${hash} is not stored.`);
  for (let row = 0; row < (pieceCounts[0] ?? 0); row++) {
    yield {
      sizeBytes: pieces.rawLengths[row] ?? 0,
      read: () => versions.readPiece(pieces, row),
    };
  }
}
