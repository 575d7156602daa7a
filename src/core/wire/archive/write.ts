/**
 * Writes tar archives as a stream of blocks. Small entries are gathered into larger pieces, large contents pass through
 * without a copy. Compression is the caller's.
 */
import { OperationError } from '../../model/errors.js';
import type { ByteStream } from '../byte-source.js';
import { blockLength, paddingOf, type TarEntryKind, writeTarHeader } from './header.js';

/** An entry to be written. */
export interface TarEntry {
  readonly name: string; // up to 100 bytes
  readonly kind: TarEntryKind;
  readonly sizeBytes: number; // of the content; 0 for directories
  readonly content: Uint8Array | ByteStream; // large pieces are passed on, so they may not be written to again
}

const pieceLength = 256 * 1024;
const gatheredLength = 64 * 1024;

/** Returns a regular file of an archive with its content in memory. */
export function tarFile(name: string, content: Uint8Array): TarEntry {
  return { name, kind: 'file', sizeBytes: content.length, content };
}

/** Returns a directory of an archive. */
export function tarDirectory(name: string): TarEntry {
  return { name, kind: 'directory', sizeBytes: 0, content: new Uint8Array(0) };
}

/**
 * Yields the bytes of an archive of `entries`, with the two zero blocks at its end. Pieces belong to the receiver.
 * @throws OperationError when a content is longer or shorter than was said
 */
export async function* writeTar(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): AsyncGenerator<Uint8Array> {
  const pieces = new PieceGatherer();
  for await (const entry of entries) {
    writeTarHeader(entry, pieces.reserve(blockLength), 0);
    if (entry.content instanceof Uint8Array) {
      expectSize(entry, entry.content.length);
      pieces.add(entry.content);
    } else {
      let written = 0;
      for await (const part of entry.content) {
        written += part.length;
        if (written > entry.sizeBytes) expectSize(entry, written);
        pieces.add(part);
        yield* pieces.takeFull();
      }
      expectSize(entry, written);
    }
    pieces.reserve(paddingOf(entry.sizeBytes));
    yield* pieces.takeFull();
  }
  pieces.reserve(2 * blockLength);
  yield* pieces.takeAll();
}

/** Puts small parts together, so that receivers do not get one piece per header. */
class PieceGatherer {
  #full: Uint8Array[] = [];
  #buffer = new Uint8Array(pieceLength);
  #used = 0;

  /** Returns the next `length` bytes of the piece, zeroed, to be filled at once. */
  reserve(length: number): Uint8Array {
    if (this.#used + length > this.#buffer.length) this.#close();
    this.#used += length;
    return this.#buffer.subarray(this.#used - length, this.#used);
  }

  /** Appends `bytes`: copies of small ones, large ones as they are. */
  add(bytes: Uint8Array): void {
    if (bytes.length <= gatheredLength) {
      this.reserve(bytes.length).set(bytes);
      return;
    }
    this.#close();
    this.#full.push(bytes);
  }

  /** Returns the pieces that are full. */
  takeFull(): Uint8Array[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Returns everything. */
  takeAll(): Uint8Array[] {
    this.#close();
    return this.takeFull();
  }

  #close(): void {
    if (this.#used === 0) return;
    this.#full.push(this.#buffer.subarray(0, this.#used));
    this.#buffer = new Uint8Array(pieceLength);
    this.#used = 0;
  }
}

function expectSize(entry: TarEntry, found: number): void {
  if (found === entry.sizeBytes) return;
  throw new OperationError(
    `The archive entry ${entry.name} was said to have ${entry.sizeBytes} bytes and has ${found}.`,
  );
}
