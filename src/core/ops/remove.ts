/**
 * The verb `rm`: stages the removal of tracked files and removes them from the working tree. Untracked files are never
 * removed; a directory goes only when nothing is left in it.
 */
import { StagedRun, StagedRunBuilder, stagedStatuses } from '../format/staged-run.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../model/errors.js';
import { joinNames } from '../model/name-list.js';
import { baseName, isWithin, joinPath, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { lookupPath } from '../tree/read.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { oneRow, removedDirectory, removedFile } from './add-recorder.js';
import type { OperationContext } from './context.js';
import { resolveConflicts } from './merge-resolution.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { RowLookup, stagedAt, trackedAt } from './rows.js';
import { compareWorkingTree } from './worktree-status.js';

/** Settings of `remove`. */
export interface RemoveOptions {
  readonly recursive?: boolean; // directories too
  readonly force?: boolean; // although files have local changes
  readonly keepFiles?: boolean; // stage the removal only
}

/** What was removed. */
export interface RemoveResult {
  readonly removedCount: number; // tracked files
  readonly sizeBytes: number;
}

/**
 * Removes tracked files.
 * @throws NotFoundError when a path is not tracked; InvalidInputError for a directory without `recursive`
 * @throws ConflictError naming files with local changes, without `force`; nothing was changed then
 */
export async function remove(
  repository: OpenRepository,
  paths: readonly RepoPath[],
  context: OperationContext,
  options: RemoveOptions = {},
): Promise<RemoveResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const plan = planRemoval(repository, paths, options.recursive === true);
  if (options.force !== true) await requireUnchanged(repository, plan, context);
  let sizeBytes = 0;
  let removedCount = 0;
  const tracked = new RowLookup(repository.fileIndex);
  for (const [directory, names] of plan.files) {
    removedCount += names.length;
    for (const name of names)
      sizeBytes += trackedAt(tracked, joinPath(directory, name))?.sizeBytes ?? 0;
  }
  repository.environment.transaction(() => {
    stageRemoval(repository, plan);
    resolveConflicts(repository, paths);
  });
  if (options.keepFiles !== true) {
    const { root } = repository;
    for (const [directory, names] of plan.files) {
      removeFiles({ root, directory, names: joinNames(names) });
    }
    removeEmptyDirectories(root, plan.directories);
  }
  return { removedCount, sizeBytes };
}

/** Tracked paths that are to go. */
export interface RemovalPlan {
  readonly files: ReadonlyMap<RepoPath, string[]>; // names by directory
  readonly directories: readonly RepoPath[]; // removed as a whole, deepest last
  readonly tops: readonly RepoPath[]; // the directories that were named
}

/** Returns what goes with some paths. @throws as `remove` */
export function planRemoval(
  { fileIndex }: OpenRepository,
  paths: readonly RepoPath[],
  recursive: boolean,
): RemovalPlan {
  const files = new Map<RepoPath, Set<string>>();
  const directories = new Set<RepoPath>();
  const tops: RepoPath[] = [];
  for (const path of paths) {
    if (path !== '' && trackedAt(fileIndex, path) !== undefined) {
      addNames(files, parentPath(path), [baseName(path)]);
      continue;
    }
    const below = [...fileIndex.directories(path), ...fileIndex.emptyDirectories(path)];
    requireRemovable(path, below, recursive);
    if (path !== '') tops.push(path);
    for (const directory of below) {
      const names = fileIndex.readDirectory(directory).flatMap((run) => run.names.all);
      addNames(files, directory, names);
      addWithParents(directories, directory, path);
    }
  }
  const sorted = new Map([...files].map(([directory, names]) => [directory, [...names].sort()]));
  return { files: sorted, directories: [...directories], tops };
}

/** @throws NotFoundError when nothing is tracked there; InvalidInputError for a directory without `recursive` */
function requireRemovable(path: RepoPath, below: readonly RepoPath[], recursive: boolean): void {
  if (below.length === 0) {
    throw new NotFoundError(`'${path}' must be committed or staged in order to use \`oxen rm\`.`, {
      path,
    });
  }
  if (recursive) return;
  throw new InvalidInputError(`\`oxen rm\` on directory "${path}" requires -r`, {
    path,
    hint: `oxen rm -r ${path}`,
  });
}

function addNames(
  files: Map<RepoPath, Set<string>>,
  directory: RepoPath,
  names: readonly string[],
): void {
  const known = files.get(directory) ?? new Set();
  for (const name of names) known.add(name);
  files.set(directory, known);
}

/** Adds a directory and those above it, up to `top`. */
function addWithParents(directories: Set<RepoPath>, directory: RepoPath, top: RepoPath): void {
  for (let path = directory; path !== '' && isWithin(path, top); path = parentPath(path)) {
    directories.add(path);
  }
}

async function requireUnchanged(
  repository: OpenRepository,
  plan: RemovalPlan,
  context: OperationContext,
): Promise<void> {
  const { modifiedFiles } = await compareWorkingTree(repository, context, { untracked: false });
  const modified = new Set<string>(modifiedFiles);
  const losses: RepoPath[] = [];
  const stagedRows = new RowLookup(repository.staging);
  for (const [directory, names] of plan.files) {
    for (const name of names) {
      const path = joinPath(directory, name);
      const staged = stagedAt(stagedRows, path);
      if (modified.has(path) || staged !== undefined) losses.push(path);
    }
  }
  if (losses.length === 0) return;
  const list = losses
    .slice(0, 20)
    .map((path) => `\n  ${path}`)
    .join('');
  throw new ConflictError(`These files have changes that \`oxen rm\` would delete:${list}`, {
    hint: 'Keep the files with --staged, or delete them with -f. Nothing was changed.',
  });
}

/** Stages the removal of what was planned; inside a transaction. */
export function stageRemoval(repository: OpenRepository, plan: RemovalPlan): void {
  const { fileIndex } = repository;
  for (const [directory, names] of plan.files) {
    if (names.length > 0) stageRemovedFiles(repository, directory, names);
  }
  for (const directory of plan.directories) fileIndex.removeEmptyDirectory(directory);
  for (const path of plan.tops) stageRemovedDirectory(repository, path);
}

/** Stages the removal of tracked files of one directory; what was only staged is forgotten. */
function stageRemovedFiles(
  { staging, fileIndex }: OpenRepository,
  directory: RepoPath,
  names: readonly string[],
): void {
  const builder = new StagedRunBuilder(names.length);
  const unstaged: string[] = [];
  const staged = new RowLookup(staging);
  const tracked = new RowLookup(fileIndex);
  for (const name of names) {
    const path = joinPath(directory, name);
    if (stagedAt(staged, path)?.status === stagedStatuses.added) unstaged.push(name);
    else {
      const hash = trackedAt(tracked, path)?.hash ?? removedFile.hash;
      builder.append(name, { ...removedFile, hash });
    }
  }
  const upserts = builder.count > 0 ? [new StagedRun(builder.finish())] : [];
  staging.apply(directory, { upserts, removals: unstaged });
  fileIndex.apply(directory, { upserts: [], removals: names });
}

function stageRemovedDirectory(repository: OpenRepository, path: RepoPath): void {
  const { staging, nodes } = repository;
  const rootId = repository.headTree()?.rootId;
  const isInHead = rootId !== undefined && lookupPath(nodes, rootId, path)?.kind === 'dir';
  const parent = parentPath(path);
  if (isInHead) staging.apply(parent, { upserts: [oneRow(path, removedDirectory)] });
  else staging.apply(parent, { upserts: [], removals: [baseName(path)] });
}
