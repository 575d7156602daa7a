/** Ending a merge: paths are resolved by adding or removing them, or by choosing a side; or all of it is taken back. */
import { stagedStatuses } from '../format/staged-run.js';
import type { ConflictSide } from '../merge/conflict.js';
import { type ChosenSide, resolveFor } from '../merge/resolution.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
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
import { walkTree } from '../tree/walk.js';
import { removeFiles } from '../worktree/remove.js';
import { AddRun } from './add-run.js';
import type { OperationContext } from './context.js';
import { requireContents, throwWriteProblems, writeFiles } from './materialise-run.js';
import { readMergeState, writeMergeState } from './merge-state.js';
import { heldPaths } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { trackedAt } from './rows.js';

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
 * Settles conflicts for one side: what it has stands in the working tree and is staged, what it does not have goes.
 * @throws NotFoundError when a path is not in conflict
 */
export async function takeSide(
  repository: OpenRepository,
  side: ChosenSide,
  paths: readonly RepoPath[],
  context: OperationContext,
): Promise<void> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  const state = readMergeState(repository);
  const resolutions = paths.map((path) => {
    const found = state?.conflicts.find((conflict) => conflict.path === path);
    if (found !== undefined) return resolveFor(found.conflict, side);
    throw new NotFoundError(`Could not find merge conflict for path: "${path}"`, { path });
  });
  const files = resolutions.flatMap(({ standing }) => filesOf(repository, standing));
  const gone = resolutions.flatMap(({ gone: path }) => path ?? []);
  await writeSide(repository, files, gone, context);
  const run = await AddRun.open(repository, context);
  try {
    for (const { path } of files) await run.addFiles(parentPath(path), [baseName(path)]);
    for (const path of gone) {
      if (trackedAt(repository.fileIndex, path) !== undefined) {
        run.recorder.removeFiles(parentPath(path), [baseName(path)]);
      }
    }
    await run.finish(() => resolveConflicts(repository, paths));
  } finally {
    await run.close();
  }
}

/** A file that one side has. */
interface SideFile {
  readonly path: RepoPath;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

function filesOf({ nodes }: OpenRepository, standing: ConflictSide | undefined): SideFile[] {
  if (standing === undefined) return [];
  if (standing.kind === 'file') return [standing];
  return [...walkTree(nodes, standing.hash, standing.path)].flatMap(({ path, entry }) =>
    entry.kind === 'file' ? [{ path, hash: entry.hash, sizeBytes: entry.sizeBytes }] : [],
  );
}

/** @throws IntegrityError before anything is touched when a content is missing */
async function writeSide(
  repository: OpenRepository,
  files: readonly SideFile[],
  gone: readonly RepoPath[],
  context: OperationContext,
): Promise<void> {
  const writes = files.map(({ path, hash, sizeBytes }) => ({
    directory: parentPath(path),
    files: [{ name: baseName(path), hash, sizeBytes }],
  }));
  requireContents(repository, writes);
  for (const path of gone) {
    const input = { root: repository.root, directory: parentPath(path), names: baseName(path) };
    removeFiles(input);
  }
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
  const writes = [...paths].filter(heldPaths(repository)).flatMap((path) => {
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
