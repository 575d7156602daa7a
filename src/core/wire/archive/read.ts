/**
 * Reads tar archives from the other side, entry by entry, without keeping more than one. Only regular files and
 * directories with plain relative names are let through; which names an archive may hold is for its own reader.
 */
import { InvalidInputError } from '../../model/errors.js';
import { ByteSource, type ByteStream } from '../byte-source.js';
import { blockLength, paddingOf, readTarHeader, type TarEntryKind } from './header.js';

/** What an archive may hold at most; each has a default that is generous for honest senders. */
export interface ArchiveLimits {
  readonly maxEntries?: number;
  readonly maxEntryBytes?: number;
  readonly maxTotalBytes?: number; // of the whole archive
}

/** An entry as it is met; its content must be taken before the next entry is asked for, or is skipped. */
export interface ReadTarEntry {
  readonly parts: readonly string[]; // the names in its path; without those of a slash at the end
  readonly kind: TarEntryKind;
  readonly sizeBytes: number;
  /** Returns the whole content in memory of its own. */
  readAll(): Promise<Uint8Array>;
  /** Yields the content in pieces that are valid until the next is asked for. */
  stream(): AsyncGenerator<Uint8Array>;
}

/** The most entries of an archive when nothing else is said. */
export const defaultMaxEntries = 50_000_000;

/**
 * Yields the entries of a tar archive.
 * @throws InvalidInputError when it is damaged, cut off, too large, or holds anything but plain files and directories
 */
export async function* readTar(
  stream: ByteStream,
  limits: ArchiveLimits = {},
): AsyncGenerator<ReadTarEntry> {
  const { maxEntries = defaultMaxEntries, maxEntryBytes = Number.MAX_SAFE_INTEGER } = limits;
  const source = new ByteSource(stream, 'The archive', {
    ...(limits.maxTotalBytes === undefined ? {} : { maxBytes: limits.maxTotalBytes }),
  });
  try {
    for (let count = 0; ; count++) {
      const header = readTarHeader(await source.read(blockLength));
      if (header === undefined) break;
      const { kind, sizeBytes } = header;
      const parts = partsOf(header.name, kind);
      if (count >= maxEntries) throw refused(`it has more than ${maxEntries} entries`);
      if (sizeBytes > maxEntryBytes) {
        throw refused(`${shown(header.name)} is larger than ${maxEntryBytes} bytes`);
      }
      const contentEnd = source.consumedBytes + sizeBytes;
      yield {
        parts,
        kind,
        sizeBytes,
        readAll: () => readAll(source, sizeBytes),
        stream: () => source.stream(sizeBytes),
      };
      await source.skip(contentEnd + paddingOf(sizeBytes) - source.consumedBytes);
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

async function readAll(source: ByteSource, sizeBytes: number): Promise<Uint8Array> {
  const content = new Uint8Array(sizeBytes);
  await source.readInto(content);
  return content;
}

/** Returns the names in a path after refusing every form that could leave the place where it is unpacked. */
function partsOf(name: string, kind: TarEntryKind): string[] {
  const parts = (kind === 'directory' ? name.replace(/\/$/, '') : name).split('/');
  for (const part of parts) {
    if (part === '..') throw refused(`path traversal detected in tar entry ${shown(name)}`);
    if (part === '' || part === '.' || part.includes('\\')) {
      throw refused(`${shown(name)} is no plain path`);
    }
  }
  return parts;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError(`The archive is refused: ${problem}.`);
}
