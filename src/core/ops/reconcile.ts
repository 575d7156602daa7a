/**
 * Brings the file index back into agreement with HEAD when the branch was moved without a checkout: afterwards its rows are
 * again exactly the tracked files. Rows that had to be made have no stat values, so that their files are read anew.
 */
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { readDirectory, type TreeEntry } from '../tree/read.js';
import { heldPaths } from './partial-contents.js';
import { stagedAt } from './rows.js';
import { unseenRows } from './tracked-rows.js';

/**
 * Does nothing when the file index agrees with HEAD, which is nearly always; else corrects it directory by directory.
 * A repository that is open for reading only is left as it is.
 */
export function ensureFileIndexCurrent(repository: OpenRepository): void {
  const { fileIndex, environment } = repository;
  const rootId = repository.headTree()?.rootId;
  if (fileIndex.root === rootId || environment.isReadOnly) return;
  environment.transaction(() => {
    const inHead = new Set<RepoPath>();
    const holds = heldPaths(repository);
    if (rootId !== undefined) reconcileDirectory(repository, rootId, rootPath, { inHead, holds });
    for (const directory of [...fileIndex.directories(rootPath)]) {
      if (!inHead.has(directory)) dropRows(repository, directory, []);
    }
    fileIndex.setRoot(rootId);
  });
}

interface Progress {
  readonly inHead: Set<RepoPath>; // directories
  readonly holds: (path: RepoPath) => boolean; // whether a path belongs into the working tree
}

function reconcileDirectory(
  repository: OpenRepository,
  dirId: Hash,
  directory: RepoPath,
  progress: Progress,
): void {
  const { inHead, holds } = progress;
  inHead.add(directory);
  const entries = readDirectory(repository.nodes, dirId);
  const files = entries.filter(
    ({ kind, name }) => kind === 'file' && holds(joinPath(directory, name)),
  );
  dropRows(repository, directory, files);
  addRows(repository, directory, files);
  if (entries.length === 0 && directory !== '' && holds(directory)) {
    repository.fileIndex.addEmptyDirectory(directory);
  }
  for (const { kind, name, hash } of entries) {
    if (kind === 'dir') reconcileDirectory(repository, hash, joinPath(directory, name), progress);
  }
}

/** Drops the rows of files that are neither in HEAD nor staged. */
function dropRows(
  { fileIndex, staging }: OpenRepository,
  directory: RepoPath,
  files: readonly TreeEntry[],
): void {
  const names = new Set(files.map(({ name }) => name));
  const removals = fileIndex
    .readDirectory(directory)
    .flatMap((run) => run.names.all)
    .filter(
      (name) => !names.has(name) && stagedAt(staging, joinPath(directory, name)) === undefined,
    );
  if (removals.length > 0) fileIndex.apply(directory, { upserts: [], removals });
}

/** Adds rows for files of HEAD that have none or one with another content, unless the path is staged. */
function addRows(
  { fileIndex, staging }: OpenRepository,
  directory: RepoPath,
  files: readonly TreeEntry[],
): void {
  const known = new Map<string, Hash>();
  for (const run of fileIndex.readDirectory(directory)) {
    run.names.all.forEach((name, row) => {
      known.set(name, hashFromBytes(run.hashes, row * hashBytesLength));
    });
  }
  const unknown = files.filter(
    ({ name, hash }) =>
      known.get(name) !== hash && stagedAt(staging, joinPath(directory, name)) === undefined,
  );
  if (unknown.length > 0) fileIndex.apply(directory, { upserts: [unseenRows(unknown)] });
}
