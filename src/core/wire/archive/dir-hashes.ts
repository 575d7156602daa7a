/**
 * Archives of directory hashes: for each commit the files of one small database under `history/<id>/dir_hashes`. Nothing
 * else is let in: stock servers unpack whatever an archive holds below `.oxen`, even over the configuration.
 */
import { InvalidInputError } from '../../model/errors.js';
import { type CommitId, parseHash } from '../../model/hash.js';
import type { ByteStream } from '../byte-source.js';
import { type ArchiveLimits, readTar } from './read.js';
import { type TarEntry, tarDirectory, writeTar } from './write.js';

/** A file of a database, to be sent. */
export interface DatabaseFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: Uint8Array | ByteStream;
}

/** The database of one commit, to be sent. */
export interface DirHashDirectory {
  /** The commit as the directory shall be named: the text that was asked for. */
  readonly commitId: string;
  readonly files: readonly DatabaseFile[];
}

/** The database of one commit as it was received: its files by name, each in memory of its own. */
export interface ReadDirHashDirectory {
  readonly commitId: CommitId;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The most that the databases of one archive may take in memory, in bytes, when nothing else is said. */
export const defaultMaxDirHashBytes = 256 * 1024 * 1024;

const maxFilesPerCommit = 1000;

/** Yields the bytes of an archive of directory hashes. */
export function writeDirHashArchive(
  directories: AsyncIterable<DirHashDirectory> | Iterable<DirHashDirectory>,
): AsyncGenerator<Uint8Array> {
  return writeTar(directoryEntries(directories));
}

/**
 * Yields the databases of an archive, each when its last file was read.
 * @throws InvalidInputError when the archive is damaged, too large, or holds anything else
 */
export async function* readDirHashArchive(
  stream: ByteStream,
  limits: ArchiveLimits = {},
): AsyncGenerator<ReadDirHashDirectory> {
  const { maxTotalBytes = defaultMaxDirHashBytes } = limits;
  let commitId: CommitId | undefined;
  let files = new Map<string, Uint8Array>();
  for await (const entry of readTar(stream, { ...limits, maxTotalBytes })) {
    const place = placeOf(entry.parts, entry.kind === 'file');
    if (place === undefined) continue;
    if (place.commitId !== commitId) {
      if (commitId !== undefined) yield { commitId, files };
      commitId = place.commitId;
      files = new Map();
    }
    if (place.fileName === undefined) continue;
    if (files.size >= maxFilesPerCommit || files.has(place.fileName)) throw refused(entry.parts);
    files.set(place.fileName, await entry.readAll());
  }
  if (commitId !== undefined) yield { commitId, files };
}

async function* directoryEntries(
  directories: AsyncIterable<DirHashDirectory> | Iterable<DirHashDirectory>,
): AsyncGenerator<TarEntry> {
  for await (const { commitId, files } of directories) {
    const directory = `history/${commitId}/dir_hashes`;
    yield tarDirectory(directory);
    for (const { name, sizeBytes, content } of files) {
      yield { name: `${directory}/${name}`, kind: 'file', sizeBytes, content };
    }
  }
}

/** Returns which commit and file an entry belongs to, undefined for the directories above, which say nothing. */
function placeOf(
  parts: readonly string[],
  isFile: boolean,
): { commitId: CommitId; fileName: string | undefined } | undefined {
  const [history, id, directory, fileName, ...deeper] = parts;
  if (history !== 'history' || deeper.length > 0) throw refused(parts);
  if (isFile !== (fileName !== undefined)) throw refused(parts);
  if (id === undefined) return undefined;
  if (!/^[0-9a-f]{1,32}$/.test(id)) throw refused(parts);
  if (directory === undefined) return undefined;
  if (directory !== 'dir_hashes') throw refused(parts);
  if (fileName !== undefined && !/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(fileName)) {
    throw refused(parts);
  }
  return { commitId: parseHash(id) as CommitId, fileName };
}

function refused(parts: readonly string[]): InvalidInputError {
  const path = JSON.stringify(parts.join('/').slice(0, 120));
  return new InvalidInputError(`The archive is refused: ${path} is no file of directory hashes.`);
}
