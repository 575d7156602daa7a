/** The tracked directories of the working tree, and what a comparison with the disk needs to know of each. */
import type { CompareInput } from '../model/jobs.js';
import { joinNames } from '../model/name-list.js';
import { baseName, parentPath, type RepoPath, rootPath, sortBytewise } from '../model/path.js';
import type { FileIndex } from '../store/file-index.js';

/** A directory with its rows of the file index. */
export type DirectoryToCompare = CompareInput['directories'][number];

/** Returns the directories with tracked files, those above them, and the empty ones. */
export function trackedDirectories(fileIndex: FileIndex): Set<RepoPath> {
  const tracked = new Set<RepoPath>([rootPath]);
  const addWithParents = (directory: RepoPath) => {
    for (let path = directory; path !== '' && !tracked.has(path); path = parentPath(path)) {
      tracked.add(path);
    }
  };
  for (const directory of fileIndex.directories(rootPath)) addWithParents(directory);
  for (const directory of fileIndex.emptyDirectories(rootPath)) addWithParents(directory);
  return tracked;
}

/**
 * Yields all tracked directories: those with tracked files in the order of the file index, then the others.
 * @param tracked what `trackedDirectories` returned
 */
export function* trackedRows(
  fileIndex: FileIndex,
  tracked: ReadonlySet<RepoPath>,
): Generator<DirectoryToCompare> {
  const seen = fileIndex.seenDirectories();
  const children = namesByParent(tracked);
  const toCompare = (path: RepoPath, runs: readonly Uint8Array[]): DirectoryToCompare => {
    const known = seen.get(path);
    const subdirectories = joinNames(sortBytewise(children.get(path) ?? []));
    return { path, runs, subdirectories, ...(known === undefined ? {} : { seen: known }) };
  };
  const withFiles = new Set<RepoPath>();
  for (const { directory, runs } of fileIndex.directoryBytes()) {
    withFiles.add(directory);
    yield toCompare(directory, runs);
  }
  for (const path of tracked) if (!withFiles.has(path)) yield toCompare(path, []);
}

function namesByParent(directories: Iterable<RepoPath>): Map<RepoPath, string[]> {
  const children = new Map<RepoPath, string[]>();
  for (const path of directories) {
    if (path === rootPath) continue;
    const siblings = children.get(parentPath(path));
    if (siblings === undefined) children.set(parentPath(path), [baseName(path)]);
    else siblings.push(baseName(path));
  }
  return children;
}
