/** Ending a merge: paths are resolved by adding or removing them, or by choosing a side; or all of it is taken back. */
import { stagedStatuses } from '../format/staged-run.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { hashFromBytes } from '../model/hash.js';
import { joinNames } from '../model/name-list.js';
import {
  baseName,
  isWithin,
  joinPath,
  parentPath,
  type RepoPath,
  rootPath,
} from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { lookupPath } from '../tree/read.js';
import { removeFiles } from '../worktree/remove.js';
import type { OperationContext } from './context.js';
import { requireContents, throwWriteProblems, writeFiles } from './materialise-run.js';
import { readMergeState, writeMergeState } from './merge-state.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** Marks conflicts at or below the paths as resolved; inside a transaction. */
export function resolveConflicts(repository: OpenRepository, paths: readonly RepoPath[]): void {
  const state = readMergeState(repository);
  if (state === undefined) return;
  const conflicts = state.conflicts.filter(
    ({ path }) => !paths.some((done) => isWithin(path, done)),
  );
  if (conflicts.length !== state.conflicts.length)
    writeMergeState(repository, { ...state, conflicts });
}

/**
 * Writes the version of one side into the working tree at paths in conflict; they are resolved by adding them then.
 * @throws NotFoundError when a path is not in conflict or that side has no file there
 */
export async function takeSide(
  repository: OpenRepository,
  side: 'ours' | 'theirs',
  paths: readonly RepoPath[],
  context: OperationContext,
): Promise<void> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  const state = readMergeState(repository);
  const id = side === 'ours' ? repository.headCommitId() : state?.commitId;
  const tree = id === undefined ? undefined : repository.commitTree(id);
  const writes = paths.map((path) => {
    const isInConflict = state?.conflicts.some((conflict) => conflict.path === path) === true;
    const entry = tree === undefined ? undefined : lookupPath(repository.nodes, tree.rootId, path);
    if (!isInConflict || entry?.kind !== 'file') {
      throw new NotFoundError(`Could not find merge conflict for path: "${path}"`, { path });
    }
    const { name, hash, sizeBytes } = entry;
    return { directory: parentPath(path), files: [{ name, hash, sizeBytes }] };
  });
  requireContents(repository, writes);
  const { problems } = await writeFiles(repository, writes, context, true);
  throwWriteProblems(problems);
}

/**
 * Takes an unfinished merge back: what it staged and wrote becomes again what HEAD has; other local changes stay.
 * @throws NotFoundError when no merge is unfinished; ConflictError when the user changed what the merge brought
 */
export async function abortMerge(
  repository: OpenRepository,
  context: OperationContext,
): Promise<void> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const state = readMergeState(repository);
  if (state === undefined) throw new NotFoundError('No merge in progress to abort.');
  const { staging, nodes, root, environment, fileIndex } = repository;
  const rootId = repository.headTree()?.rootId;
  const paths = new Set<RepoPath>(state.conflicts.map(({ path }) => path));
  const added: RepoPath[] = [];
  for (const directory of staging.directories(rootPath)) {
    for (const run of staging.readDirectory(directory)) {
      run.names.all.forEach((name, row) => {
        const path = joinPath(directory, name);
        paths.add(path);
        if (run.statuses[row] === stagedStatuses.added) added.push(path);
      });
    }
  }
  await requireUntouched(repository, added, context);
  const writes = [...paths].flatMap((path) => {
    const entry = rootId === undefined ? undefined : lookupPath(nodes, rootId, path);
    if (entry?.kind !== 'file') return [];
    const { name, hash, sizeBytes } = entry;
    return [{ directory: parentPath(path), files: [{ name, hash, sizeBytes }] }];
  });
  requireContents(repository, writes);
  for (const path of added) {
    removeFiles({ root, directory: parentPath(path), names: joinNames([baseName(path)]) });
  }
  const { written, problems } = await writeFiles(repository, writes, context, true);
  throwWriteProblems(problems);
  environment.transaction(() => {
    staging.clear();
    for (const path of added)
      fileIndex.apply(parentPath(path), { upserts: [], removals: [baseName(path)] });
    for (const { directory, run } of written) fileIndex.apply(directory, { upserts: [run] });
    fileIndex.setRoot(undefined);
    writeMergeState(repository, undefined);
  });
  ensureFileIndexCurrent(repository);
}

/** @throws ConflictError naming files that the merge brought and the user changed since */
async function requireUntouched(
  repository: OpenRepository,
  added: readonly RepoPath[],
  context: OperationContext,
): Promise<void> {
  const changed: RepoPath[] = [];
  for (const path of added) {
    const staged = repository.staging.find(parentPath(path), baseName(path));
    const [output] = await context.jobs.run('hashFiles', [
      { root: repository.root, directory: parentPath(path), names: baseName(path) },
    ]);
    if (output === undefined || staged === undefined) continue;
    const { FileIndexRun } = await import('../format/file-index-run.js');
    const hashed = new FileIndexRun(output.index);
    if (hashed.count === 0) continue;
    const isSame =
      hashFromBytes(hashed.hashAt(0)) === hashFromBytes(staged.run.hashAt(staged.index));
    if (!isSame) changed.push(path);
  }
  if (changed.length === 0) return;
  throw new ConflictError(`These files were changed since the merge: ${changed.join(', ')}.`, {
    hint: 'Move them away, then run oxen merge --abort again. Nothing was changed.',
  });
}
