/**
 * The verb `restore`: brings files of the working tree back to what a commit holds, or takes staged changes back.
 * HEAD and the branch stay where they are, untracked files are never touched.
 */

import { FileIndexRun, FileIndexRunBuilder } from '../format/file-index-run.js';
import { NotFoundError } from '../model/errors.js';
import { type CommitId, type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { isWithin, joinPath, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import {
  findEntry,
  lookupDirectory,
  lookupPath,
  type NodeSource,
  type TreeEntry,
} from '../tree/read.js';
import { type WalkedEntry, walkTree } from '../tree/walk.js';
import { createDirectories } from '../worktree/create-directories.js';
import type { OperationContext } from './context.js';
import {
  type DirectoryToWrite,
  type FileToWrite,
  locateContents,
  throwWriteProblems,
  type WrittenDirectory,
  writeFiles,
} from './materialise-run.js';
import { heldPaths } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { RowLookup, stagedAt, trackedAt } from './rows.js';
import { unseenRows } from './tracked-rows.js';
import { compareWorkingTree } from './worktree-status.js';

/** What a restore did. */
export interface RestoreResult {
  readonly restoredCount: number; // files written, or taken out of the staging area
}

/**
 * Writes the files at or below `paths` as they are in a commit. With HEAD as source only those are written that are missing
 * or changed; what is staged stays staged.
 * @param source commit to take the files from; undefined: HEAD
 * @throws NotFoundError when a path is not in the commit; nothing was changed then
 */
export async function restore(
  repository: OpenRepository,
  paths: readonly RepoPath[],
  source: CommitId | undefined,
  context: OperationContext,
): Promise<RestoreResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const tree = source === undefined ? repository.headTree() : repository.commitTree(source);
  if (tree === undefined)
    throw new NotFoundError(
      source === undefined ? 'HEAD not found.' : `Commit not found: ${source}`,
    );
  const isHead = tree.commit.id === repository.headCommitId();
  const wanted = collectFiles(repository, tree.rootId, paths, tree.commit.id);
  const skip = isHead ? await unchangedFiles(repository, wanted, context) : undefined;
  const writes = group(wanted.files, skip);
  const located = locateContents(repository, writes);
  createDirectories(repository.root, wanted.emptyDirectories);
  const { written, problems } = await writeFiles(repository, located, context, true);
  recordWritten(repository, written, isHead);
  throwWriteProblems(problems);
  return { restoredCount: writes.reduce((sum, { files }) => sum + files.length, 0) };
}

/**
 * Takes everything staged at or below `paths` back; the working tree is not touched.
 * @throws NotFoundError when nothing is staged at a path; nothing was changed then
 */
export async function unstage(
  repository: OpenRepository,
  paths: readonly RepoPath[],
): Promise<RestoreResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const { staging, environment } = repository;
  const found = new Map<RepoPath, string[]>();
  for (const path of paths) {
    const before = found.size;
    for (const directory of staging.directories()) {
      const names = staging.readDirectory(directory).flatMap((run) => run.names.all);
      const hits = names.filter((name) => isWithin(joinPath(directory, name), path));
      if (hits.length > 0)
        found.set(directory, [...new Set([...(found.get(directory) ?? []), ...hits])].sort());
    }
    if (found.size === before && !isAlreadyFound(found, path)) {
      throw new NotFoundError(`Nothing is staged at '${path}'.`, {
        path,
        hint: 'See what is: oxen status',
      });
    }
  }
  const rootId = repository.headTree()?.rootId;
  environment.transaction(() => {
    for (const [directory, names] of found) {
      staging.apply(directory, { upserts: [], removals: names });
      revertRows(repository, directory, names, rootId);
    }
  });
  return { restoredCount: [...found.values()].reduce((sum, names) => sum + names.length, 0) };
}

function isAlreadyFound(found: ReadonlyMap<RepoPath, string[]>, path: RepoPath): boolean {
  for (const [directory, names] of found) {
    if (names.some((name) => isWithin(joinPath(directory, name), path))) return true;
  }
  return false;
}

/** Makes the rows of unstaged files those of HEAD again; inside a transaction. */
export function revertRows(
  repository: OpenRepository,
  directory: RepoPath,
  names: readonly string[],
  rootId: Hash | undefined,
): void {
  const { fileIndex, nodes } = repository;
  const holds = heldPaths(repository);
  const dirId = rootId === undefined ? undefined : lookupDirectory(nodes, rootId, directory);
  const back: TreeEntry[] = [];
  const removals: string[] = [];
  for (const name of names) {
    const isHeld = holds(joinPath(directory, name));
    const entry =
      dirId === undefined || !isHeld ? undefined : findEntry(nodes, dirId, directory, name);
    if (entry?.kind === 'dir') fileIndex.addEmptyDirectory(joinPath(directory, name));
    else fileIndex.removeEmptyDirectory(joinPath(directory, name));
    if (entry?.kind === 'file') back.push(entry);
    else removals.push(name);
  }
  const upserts = back.length > 0 ? [unseenRows(back)] : [];
  fileIndex.apply(directory, { upserts, removals });
}

/** The files and empty directories at or below some paths of a tree. */
interface WantedFiles {
  readonly files: Map<RepoPath, TreeEntry>;
  readonly emptyDirectories: RepoPath[];
}

function collectFiles(
  repository: OpenRepository,
  rootId: Hash,
  paths: readonly RepoPath[],
  commitId: CommitId,
): WantedFiles {
  const { nodes } = repository;
  const files = new Map<RepoPath, TreeEntry>();
  const emptyDirectories: RepoPath[] = [];
  const isHeld = heldPaths(repository);
  for (const path of paths) {
    const entry = lookupPath(nodes, rootId, path);
    if (entry === undefined && path !== '') {
      throw new NotFoundError(`'${path}' does not exist in commit ${commitId}.`, { path });
    }
    if (entry?.kind === 'file') {
      files.set(path, entry);
      continue;
    }
    for (const found of heldBelow(nodes, entry?.hash ?? rootId, path, isHeld)) {
      if (found.entry.kind === 'file') files.set(found.path, found.entry);
      else emptyDirectories.push(found.path);
    }
  }
  return { files, emptyDirectories };
}

/** Yields what is held below a directory; all of it when the directory itself is not held: what is named is meant. */
function* heldBelow(
  nodes: NodeSource,
  id: Hash,
  path: RepoPath,
  isHeld: (path: RepoPath) => boolean,
): Generator<WalkedEntry> {
  const takesAll = !isHeld(path);
  for (const found of walkTree(nodes, id, path)) {
    if (takesAll || isHeld(found.path)) yield found;
  }
}

/** Says which of the wanted files are on disk already as they are in HEAD. */
async function unchangedFiles(
  repository: OpenRepository,
  wanted: WantedFiles,
  context: OperationContext,
): Promise<Set<RepoPath>> {
  const state = await compareWorkingTree(repository, context, { untracked: false });
  const different = new Set<RepoPath>([...state.modifiedFiles, ...state.removedFiles]);
  const unchanged = new Set<RepoPath>();
  const tracked = new RowLookup(repository.fileIndex);
  for (const [path, entry] of wanted.files) {
    const isGone = state.removedDirectories.some((directory) => isWithin(path, directory));
    const row = trackedAt(tracked, path);
    const isAsInHead = row !== undefined && hashFromBytes(row.hash) === entry.hash;
    if (isAsInHead && !isGone && !different.has(path)) unchanged.add(path);
  }
  return unchanged;
}

function group(
  files: ReadonlyMap<RepoPath, TreeEntry>,
  skip: ReadonlySet<RepoPath> | undefined,
): DirectoryToWrite[] {
  const directories = new Map<RepoPath, FileToWrite[]>();
  for (const [path, { name, hash, sizeBytes }] of files) {
    if (skip?.has(path) === true) continue;
    const directory = parentPath(path);
    const list = directories.get(directory);
    if (list === undefined) directories.set(directory, [{ name, hash, sizeBytes }]);
    else list.push({ name, hash, sizeBytes });
  }
  return [...directories].map(([directory, list]) => ({ directory, files: list }));
}

/**
 * Keeps the stat values of files that hold what is tracked now; others differ from it and stay known as changed. Files of HEAD that
 * a partial clone did not hold are held from now on.
 */
export function recordWritten(
  repository: OpenRepository,
  written: readonly WrittenDirectory[],
  isHead: boolean,
): void {
  const { fileIndex, staging, environment } = repository;
  const holds = heldPaths(repository);
  const isNewHere = (path: RepoPath) =>
    isHead && !holds(path) && stagedAt(staging, path) === undefined;
  environment.transaction(() => {
    const tracked = new RowLookup(fileIndex); // what is written meanwhile is not asked for again
    for (const { directory, run } of written) {
      const same = trackedRows(tracked, directory, run, isNewHere);
      if (same !== undefined) fileIndex.apply(directory, { upserts: [same] });
    }
  });
}

function trackedRows(
  files: RowLookup<FileIndexRun>,
  directory: RepoPath,
  run: FileIndexRun,
  isNewHere: (path: RepoPath) => boolean,
): FileIndexRun | undefined {
  const builder = new FileIndexRunBuilder(run.count);
  run.names.all.forEach((name, row) => {
    const path = joinPath(directory, name);
    const tracked = trackedAt(files, path);
    const hash = hashFromBytes(run.hashes, row * hashBytesLength);
    const isKept = tracked === undefined ? isNewHere(path) : hashFromBytes(tracked.hash) === hash;
    if (isKept) builder.appendFrom(run, row);
  });
  return builder.count === 0 ? undefined : new FileIndexRun(builder.finish());
}
