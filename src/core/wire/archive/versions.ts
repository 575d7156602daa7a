/**
 * Archives of file contents, the answers to requests for a list of hashes: one regular file each, its name is the hash of
 * its content, without directories (wire-protocol.md, D.6).
 */
import { InvalidInputError } from '../../model/errors.js';
import type { Hash } from '../../model/hash.js';
import type { ByteStream } from '../byte-source.js';
import { canonicalHash } from '../messages/versions.js';
import { type ArchiveLimits, readTar } from './read.js';
import { type TarEntry, writeTar } from './write.js';

/** A content to be sent. */
export interface ArchivedVersion {
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly content: Uint8Array | ByteStream;
}

/** A content as it is met; it must be taken before the next one is asked for. */
export interface ReadVersion {
  readonly hash: Hash; // as the archive says; whether the content has it is for the receiver to check
  readonly sizeBytes: number;
  readAll(): Promise<Uint8Array>;
  stream(): AsyncGenerator<Uint8Array>;
}

/** Yields the bytes of an archive of contents, in the order in which they are given. */
export function writeVersionArchive(
  versions: AsyncIterable<ArchivedVersion> | Iterable<ArchivedVersion>,
): AsyncGenerator<Uint8Array> {
  return writeTar(versionEntries(versions));
}

/**
 * Yields the contents of an archive.
 * @throws InvalidInputError when the archive is damaged or an entry is no file named by a hash
 */
export async function* readVersionArchive(
  stream: ByteStream,
  limits: ArchiveLimits = {},
): AsyncGenerator<ReadVersion> {
  for await (const entry of readTar(stream, limits)) {
    const name = entry.parts.join('/');
    const hash = canonicalHash(name);
    if (hash === undefined || entry.kind !== 'file') {
      throw new InvalidInputError(
        `The archive is refused: ${JSON.stringify(name.slice(0, 120))} is no content.`,
      );
    }
    yield {
      hash,
      sizeBytes: entry.sizeBytes,
      readAll: () => entry.readAll(),
      stream: () => entry.stream(),
    };
  }
}

async function* versionEntries(
  versions: AsyncIterable<ArchivedVersion> | Iterable<ArchivedVersion>,
): AsyncGenerator<TarEntry> {
  for await (const { hash, sizeBytes, content } of versions) {
    yield { name: hash, kind: 'file', sizeBytes, content };
  }
}
