/** Archives as files: read in pieces, and written such that there is the whole new one or the old one. */
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { wrapSystemError } from '../model/errors.js';
import { nodeDisk, openFlags, syncDirectory, writeFully } from './disk.js';

const pieceBytes = 1024 * 1024;

/** Yields the bytes of a file. @throws OperationError when it cannot be read */
export async function* readArchiveFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw wrapSystemError(error, `Cannot read ${path}`, path);
  }
}

/**
 * Writes pieces to a file, which appears under its name, durable, when all are there; returns its size in bytes.
 * @throws what `pieces` throws; OperationError when the disk fails or is full
 */
export async function writeArchiveFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  const disk = nodeDisk;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    disk.remove(temporary);
    const sizeBytes = await writePieces(temporary, pieces);
    disk.rename(temporary, path);
    syncDirectory(disk, dirname(path));
    return sizeBytes;
  } catch (error) {
    disk.remove(temporary);
    throw wrapSystemError(error, `Cannot write ${path}`, path);
  }
}

async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const disk = nodeDisk;
  const file = disk.open(path, openFlags.createNew, 0o666);
  let offset = 0;
  try {
    for await (const piece of pieces) {
      writeFully(disk, file, piece, offset);
      offset += piece.length;
    }
    await disk.syncLater(file);
  } finally {
    disk.close(file);
  }
  return offset;
}
