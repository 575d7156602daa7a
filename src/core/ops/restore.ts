/**
 * The verb `restore`: brings files of the working tree back to what a commit holds, or takes staged changes back.
 * HEAD and the branch stay where they are, untracked files are never touched.
 */

import { NotFoundError } from '../model/errors.js';
import { type CommitId, type Hash, hashFromBytes } from '../model/hash.js';
import {
  isWithin,
  joinPath,
  parentPath,
  type RepoPath,
  rootPath,
  sortBytewise,
} from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import {
  type CommitTree,
  findEntry,
  lookupDirectory,
  lookupPath,
  type NodeSource,
  type TreeEntry,
} from '../tree/read.js';
import { type WalkedDirectory, walkDirectories } from '../tree/walk.js';
import { createDirectories } from '../worktree/create-directories.js';
import type { OperationContext } from './context.js';
import { releasePagesAfter } from './mapped-pages.js';
import { locateContents, throwWriteProblems, writeFiles } from './materialise-run.js';
import { heldPaths } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { recordInParts } from './record-written.js';
import { RowLookup, trackedAt } from './rows.js';
import { unseenRows } from './tracked-rows.js';
import { compareWorkingTree } from './worktree-status.js';
import { WriteList } from './write-list.js';

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
  const targets = resolveTargets(repository.nodes, tree, paths);
  const isUnchanged = isHead ? await unchangedFiles(repository, context) : () => false;
  const { writes, emptyDirectories } = collectFiles(repository, targets, isUnchanged);
  releasePagesAfter(repository, writes.fileCount);
  const located = locateContents(repository, writes);
  createDirectories(repository.root, emptyDirectories);
  const { written, problems } = await writeFiles(repository, located, context, true);
  recordInParts(repository, written, isHead);
  throwWriteProblems(problems);
  return { restoredCount: writes.fileCount };
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

/** What is to be restored. */
interface RestoreTargets {
  readonly files: ReadonlyMap<RepoPath, readonly TreeEntry[]>; // single ones, by directory
  readonly directories: ReadonlyMap<RepoPath, Hash>; // with all they hold: path and id
}

/** Looks the paths up; those below another one are left out. @throws NotFoundError when one is not in the commit */
function resolveTargets(
  nodes: NodeSource,
  { commit, rootId }: CommitTree,
  paths: readonly RepoPath[],
): RestoreTargets {
  const named = new Set(paths);
  const files = new Map<RepoPath, TreeEntry[]>();
  const directories = new Map<RepoPath, Hash>();
  for (const path of sortBytewise([...named])) {
    const entry = lookupPath(nodes, rootId, path);
    if (entry === undefined && path !== rootPath) {
      throw new NotFoundError(`'${path}' does not exist in commit ${commit.id}.`, { path });
    }
    if (isBelowOne(named, path)) continue;
    if (entry?.kind !== 'file') directories.set(path, entry?.hash ?? rootId);
    else append(files, parentPath(path), entry);
  }
  return { files, directories };
}

function append(groups: Map<RepoPath, TreeEntry[]>, directory: RepoPath, entry: TreeEntry): void {
  const group = groups.get(directory);
  if (group === undefined) groups.set(directory, [entry]);
  else group.push(entry);
}

function isBelowOne(named: ReadonlySet<RepoPath>, path: RepoPath): boolean {
  for (let above = path; above !== rootPath; ) {
    above = parentPath(above);
    if (named.has(above)) return true;
  }
  return false;
}

type IsUnchanged = (path: RepoPath, entry: TreeEntry) => boolean;

/** Lists what is to be written, directory by directory. */
function collectFiles(
  repository: OpenRepository,
  { files, directories }: RestoreTargets,
  isUnchanged: IsUnchanged,
): { writes: WriteList; emptyDirectories: RepoPath[] } {
  const writes = new WriteList();
  const emptyDirectories: RepoPath[] = [];
  for (const [directory, entries] of files) {
    writes.add(
      directory,
      entries.filter((entry) => !isUnchanged(joinPath(directory, entry.name), entry)),
    );
  }
  const isHeld = heldPaths(repository);
  for (const [path, id] of directories) {
    for (const { directory, entries } of heldBelow(repository.nodes, id, path, isHeld)) {
      const wanted: TreeEntry[] = [];
      for (const { path: below, entry } of entries) {
        if (entry.kind === 'dir') emptyDirectories.push(below);
        else if (!isUnchanged(below, entry)) wanted.push(entry);
      }
      writes.add(directory, wanted);
    }
  }
  return { writes, emptyDirectories };
}

/** Yields what is held below a directory; all of it when the directory itself is not held: what is named is meant. */
function* heldBelow(
  nodes: NodeSource,
  id: Hash,
  path: RepoPath,
  isHeld: (path: RepoPath) => boolean,
): Generator<WalkedDirectory> {
  const takesAll = !isHeld(path);
  for (const { directory, entries } of walkDirectories(nodes, id, path)) {
    yield { directory, entries: entries.filter((found) => takesAll || isHeld(found.path)) };
  }
}

/** Returns what says whether a file is on disk already as it is in HEAD; asked for one directory after the other it is fastest. */
async function unchangedFiles(
  repository: OpenRepository,
  context: OperationContext,
): Promise<IsUnchanged> {
  const state = await compareWorkingTree(repository, context, { untracked: false });
  const different = new Set<RepoPath>([...state.modifiedFiles, ...state.removedFiles]);
  const gone = new Set(state.removedDirectories);
  const tracked = new RowLookup(repository.fileIndex);
  return (path, entry) => {
    if (different.has(path) || isBelowOne(gone, path)) return false;
    const row = trackedAt(tracked, path);
    return row !== undefined && hashFromBytes(row.hash) === entry.hash;
  };
}
