/**
 * The verb `add`: stages files, directories and deletions. Paths come as targets that `pathspec` made of what the
 * user typed.
 */
import { baseName, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import type { AddResult } from './add-recorder.js';
import { AddRun } from './add-run.js';
import type { OperationContext } from './context.js';
import { resolveConflicts } from './merge-resolution.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** Something to add. */
export interface AddTarget {
  readonly kind: 'directory' | 'file' | 'missing'; // `missing`: tracked, and not on disk
  readonly path: RepoPath;
}

/**
 * Stages the targets and returns what was staged and what could not be. Problems with single files do not stop the rest.
 * @throws BusyError when another command changes the working tree; OperationError when the disk is full
 */
export async function add(
  repository: OpenRepository,
  targets: readonly AddTarget[],
  context: OperationContext,
): Promise<AddResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const run = await AddRun.open(repository, context);
  try {
    for (const { path } of targets.filter(({ kind }) => kind === 'directory')) {
      await run.addDirectory(path);
    }
    for (const [directory, names] of namesByDirectory(targets, 'file')) {
      await run.addFiles(directory, names);
    }
    for (const [directory, names] of namesByDirectory(targets, 'missing')) {
      run.recorder.removeFiles(directory, names);
    }
    await run.finish(() =>
      resolveConflicts(
        repository,
        targets.map(({ path }) => path),
      ),
    );
  } finally {
    await run.close();
  }
  return run.recorder.result;
}

function namesByDirectory(
  targets: readonly AddTarget[],
  kind: AddTarget['kind'],
): Map<RepoPath, string[]> {
  const groups = new Map<RepoPath, string[]>();
  const paths = new Set(targets.filter((target) => target.kind === kind).map(({ path }) => path));
  for (const path of sortBytewise([...paths])) {
    const directory = parentPath(path);
    const names = groups.get(directory);
    if (names === undefined) groups.set(directory, [baseName(path)]);
    else names.push(baseName(path));
  }
  return groups;
}
