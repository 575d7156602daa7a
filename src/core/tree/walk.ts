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

/** Yields everything below the directory `dirId` at `path`. @throws IntegrityError when a node is missing or damaged */
export function* walkTree(source: NodeSource, dirId: Hash, path: RepoPath): Generator<WalkedEntry> {
  requireReal(path);
  for (const entry of readDirectory(source, dirId)) {
    const entryPath = joinPath(path, entry.name);
    yield { path: entryPath, entry };
    if (entry.kind === 'dir') yield* walkTree(source, entry.hash, entryPath);
  }
}
