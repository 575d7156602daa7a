/**
 * Bringing stashed changes back: what the entry changed against the commit it was made on is merged into the working tree. Where HEAD or
 * the user changed the same paths, nothing is touched and the entry stays. What was staged is staged again where HEAD still has
 * what it had. It can be killed: what is written already counts as done when it is run again, and the entry goes last.
 */
import type { FileIndexRun } from '../format/file-index-run.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { joinNames } from '../model/name-list.js';
import { baseName, parentPath, type RepoPath, rootPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { compareTrees, type TreeDifference } from '../tree/compare.js';
import { lookupPath } from '../tree/read.js';
import { createDirectories } from '../worktree/create-directories.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { clearTemporaryFiles } from '../worktree/writing-note.js';
import type { OperationContext } from './context.js';
import {
  type LocatedBatch,
  locateContents,
  throwWriteProblems,
  type WrittenDirectory,
  writeFiles,
} from './materialise-run.js';
import { MergePlan, type MergeRoots } from './merge-plan.js';
import { rebaseStaging } from './rebase-staging.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { recordWritten } from './record-written.js';
import { stagedAt } from './rows.js';
import { requireNothingUnfinished } from './stash-changes.js';
import { dropStash, requireStash, type StashEntry } from './stash-entries.js';
import { unseenRows } from './tracked-rows.js';
import { type FileToWrite, WriteList } from './write-list.js';

/** Settings of `applyStash`. */
export interface ApplyStashOptions {
  readonly index?: number; // of the entry; the newest when absent
  readonly drop?: boolean; // the entry goes when all is done
}

/** The reference of the entry that is being applied, while files are written. */
const applyingKey = 'stash/applying';

/**
 * Brings an entry of the stash back and returns it.
 * @throws NotFoundError when there is none
 * @throws ConflictError when it would overwrite something, or does not fit what HEAD has by now; nothing was changed then
 */
export async function applyStash(
  repository: OpenRepository,
  context: OperationContext,
  options: ApplyStashOptions = {},
): Promise<StashEntry> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  requireNothingUnfinished(repository);
  const entry = requireStash(repository, options.index ?? 0);
  const roots = rootsOf(repository, entry);
  const plan = new MergePlan(repository, roots, 'stash');
  requireNoConflict(plan);
  const { meta, environment } = repository;
  const isResumed = meta.getText(applyingKey) === entry.ref;
  const { blocked, done } = await plan.findLocalChanges(context, isResumed);
  if (blocked.length > 0) throw blockedError(blocked);
  const located = locateContents(repository, writesOf(plan, done));
  environment.transaction(() => meta.putText(applyingKey, entry.ref));
  const written = await writePlan(repository, plan, located, context);
  environment.transaction(() => {
    stageAgain(repository, entry, roots);
    recordWritten(repository, written, false);
    if (options.drop === true) dropStash(repository, entry, 'pop', context.clock);
    meta.remove(applyingKey);
  });
  return entry;
}

function rootsOf(repository: OpenRepository, { commitId, baseId }: StashEntry): MergeRoots {
  const base = repository.commitTree(baseId);
  const theirs = repository.commitTree(commitId);
  const ours = repository.headTree();
  if (base === undefined || theirs === undefined || ours === undefined) {
    throw new NotFoundError('A commit of the stash is not here any more.', { hint: 'oxen fsck' });
  }
  return { base: base.rootId, ours: ours.rootId, theirs: theirs.rootId };
}

function requireNoConflict({ conflicts }: MergePlan): void {
  if (conflicts.length === 0) return;
  throw new ConflictError(
    `These files changed since they were stashed, in a way that does not fit:${list(conflicts.map(({ path }) => path))}`,
    {
      hint: 'Check out the commit it was made on, oxen stash pop there, commit, and merge. Nothing was changed.',
    },
  );
}

function blockedError(paths: readonly RepoPath[]): ConflictError {
  return new ConflictError(`Local changes to these files would be overwritten:${list(paths)}`, {
    hint: 'Commit, stash or restore them first. Nothing was changed, the entry is kept.',
  });
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, 20).map((path) => `\n  ${path}`);
  const more =
    paths.length > shown.length ? `\n  ... and ${paths.length - shown.length} others` : '';
  return shown.join('') + more;
}

function writesOf({ targets: { files } }: MergePlan, done: ReadonlySet<RepoPath>): WriteList {
  const wanted = sortBytewise([...files.keys()].filter((path) => !done.has(path)));
  const directories = new Map<RepoPath, FileToWrite[]>();
  for (const path of wanted) {
    const entry = files.get(path);
    if (entry === undefined) continue;
    const own = directories.get(parentPath(path)) ?? [];
    directories.set(parentPath(path), own);
    own.push(entry);
  }
  const writes = new WriteList();
  for (const [directory, own] of directories) writes.add(directory, own);
  return writes;
}

async function writePlan(
  repository: OpenRepository,
  plan: MergePlan,
  located: LocatedBatch[],
  context: OperationContext,
): Promise<WrittenDirectory[]> {
  const { root } = repository;
  const { removedFiles, removedDirectories, directories } = plan.targets;
  clearTemporaryFiles(root);
  for (const path of removedFiles) {
    removeFiles({ root, directory: parentPath(path), names: joinNames([baseName(path)]) });
  }
  removeEmptyDirectories(root, removedDirectories);
  createDirectories(root, [...directories]);
  const { written, problems } = await writeFiles(repository, located, context, true);
  throwWriteProblems(problems);
  const { writeContents } = await import('../worktree/write-content.js');
  writeContents(root, plan.merged);
  return written;
}

/** Stages what was staged, where HEAD has what it had then; the file index follows. */
function stageAgain(
  repository: OpenRepository,
  { stagedId }: StashEntry,
  { base, ours }: MergeRoots,
): void {
  const staged = stagedId === undefined ? undefined : repository.commitTree(stagedId)?.rootId;
  if (staged === undefined || base === undefined) return;
  const isWanted = ({ path, left }: TreeDifference): boolean => {
    const entry = lookupPath(repository.nodes, ours, path);
    return entry?.kind === left?.kind && (entry?.kind === 'dir' || entry?.hash === left?.hash);
  };
  // Rows that are there already, of paths that the entry does not touch, stay as they are.
  const differences = [...compareTrees(repository.nodes, base, staged, rootPath)].filter(
    (difference) =>
      isWanted(difference) && stagedAt(repository.staging, difference.path) === undefined,
  );
  const paths = new Set(differences.map(({ path }) => path));
  rebaseStaging(repository, staged, base, ({ path }) => paths.has(path));
  for (const difference of differences) track(repository, difference);
}

function track({ fileIndex }: OpenRepository, { path, left, right }: TreeDifference): void {
  const directory = parentPath(path);
  if (left?.kind === 'dir') fileIndex.removeEmptyDirectory(path);
  if (right?.kind === 'dir') fileIndex.addEmptyDirectory(path);
  const upserts: FileIndexRun[] = right?.kind === 'file' ? [unseenRows([right])] : [];
  const removals = right?.kind !== 'file' && left?.kind === 'file' ? [baseName(path)] : [];
  if (upserts.length + removals.length > 0) fileIndex.apply(directory, { upserts, removals });
}
