/** Walks a stored tree from a directory downwards: every entry once, directories before what they hold, names ascending. */
import type { Hash } from '../model/hash.js';
import { joinPath, type RepoPath } from '../model/path.js';
import { requireReal } from './nesting.js';
import { type NodeSource, readDirectory, type TreeEntry } from './read.js';

/** An entry and where it stands. */
export interface WalkedEntry {
  readonly path: RepoPath;
  readonly entry: TreeEntry;
}

/** All entries of one directory. */
export interface WalkedDirectory {
  readonly directory: RepoPath;
  readonly entries: readonly WalkedEntry[];
}

/** Yields everything below the directory `dirId` at `path`. @throws IntegrityError when a node is missing or damaged */
export function* walkTree(source: NodeSource, dirId: Hash, path: RepoPath): Generator<WalkedEntry> {
  requireReal(path);
  for (const entry of readDirectory(source, dirId)) {
    const entryPath = joinPath(path, entry.name);
    yield { path: entryPath, entry };
    if (entry.kind === 'dir') yield* walkTree(source, entry.hash, entryPath);
  }
}

/** Yields the same directory by directory: all entries of one, then those of its subdirectories. @throws IntegrityError as `walkTree` */
export function* walkDirectories(
  source: NodeSource,
  dirId: Hash,
  directory: RepoPath,
): Generator<WalkedDirectory> {
  requireReal(directory);
  const entries = readDirectory(source, dirId).map((entry) => {
    return { path: joinPath(directory, entry.name), entry };
  });
  yield { directory, entries };
  const below = entries.filter(({ entry }) => entry.kind === 'dir');
  for (const { path, entry } of below) yield* walkDirectories(source, entry.hash, path);
}
