/**
 * The verb `mv`: renames tracked files and directories on disk and stages that. What is staged of a file moves with it, local changes stay
 * local changes; no content is read.
 */
import { ConflictError, InvalidInputError, NotFoundError } from '../model/errors.js';
import { baseName, isWithin, joinPath, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { locatePath, type PlaceKind } from '../worktree/locate.js';
import { moveEntry } from '../worktree/move-entry.js';
import { readMergeState } from './merge-state.js';
import { readMovedRows, stageMoved } from './move-staging.js';
import { isTracked } from './pathspec.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** Settings of `move`. */
export interface MoveOptions {
  readonly force?: boolean; // a file at the new path is replaced
}

/** One renamed path. */
export interface MovedPath {
  readonly from: RepoPath;
  readonly to: RepoPath;
}

/**
 * Moves tracked paths to `destination`, or into it when it is a directory.
 * @throws NotFoundError when a path is not tracked, not on disk, or the directory of the new one does not exist
 * @throws ConflictError when something is at the new path, without `force`; InvalidInputError when the move makes no sense
 */
export async function move(
  repository: OpenRepository,
  sources: readonly RepoPath[],
  destination: RepoPath,
  options: MoveOptions = {},
): Promise<MovedPath[]> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const moves = planMoves(repository, sources, destination);
  for (const planned of moves) checkMove(repository, planned, options.force === true);
  for (const { from, to } of moves) {
    const rows = readMovedRows(repository, from, to);
    moveEntry(repository.root, from, to);
    try {
      repository.environment.transaction(() => stageMoved(repository, rows));
    } catch (error) {
      moveEntry(repository.root, to, from);
      throw error;
    }
  }
  return moves;
}

function planMoves(
  repository: OpenRepository,
  sources: readonly RepoPath[],
  destination: RepoPath,
): MovedPath[] {
  const isInto = kindOf(repository, destination) === 'directory';
  if (!isInto && sources.length > 1) {
    throw new InvalidInputError(`'${destination}' is not a directory.`, {
      path: destination,
      hint: 'Several paths can only be moved into a directory.',
    });
  }
  const moves = sources.map((from) => ({
    from,
    to: isInto ? joinPath(destination, baseName(from)) : destination,
  }));
  const targets = new Set(moves.map(({ to }) => to));
  if (targets.size < moves.length) {
    throw new ConflictError('Two of these paths would get the same name. Nothing was moved.');
  }
  const nested = moves.find(({ from }) =>
    moves.some((other) => other.from !== from && isWithin(from, other.from)),
  );
  if (nested === undefined) return moves;
  throw new InvalidInputError(`'${nested.from}' moves with its directory already.`);
}

function checkMove(repository: OpenRepository, { from, to }: MovedPath, force: boolean): void {
  if (from === '') throw new InvalidInputError('The root of the repository cannot be moved.');
  if (!isTracked(repository, from)) {
    throw new NotFoundError(`'${from}' is not tracked.`, {
      path: from,
      hint: 'Add it first, or move it with the commands of your system.',
    });
  }
  if (from === to) throw new InvalidInputError(`'${from}' has that name already.`, { path: from });
  if (isWithin(to, from)) {
    throw new InvalidInputError(`'${from}' cannot be moved into itself.`, { path: from });
  }
  const kind = kindOf(repository, from);
  if (kind !== 'file' && kind !== 'directory') {
    const hint = `Stage what became of it: oxen add ${from}`;
    throw new NotFoundError(`'${from}' is not on disk.`, { path: from, hint });
  }
  requireNoConflict(repository, from, to);
  requireFree(repository, to, kind, force);
}

function requireNoConflict(repository: OpenRepository, from: RepoPath, to: RepoPath): void {
  const conflicts = readMergeState(repository)?.conflicts ?? [];
  const hit = conflicts.find(({ path }) => isWithin(path, from) || isWithin(path, to));
  if (hit === undefined) return;
  throw new ConflictError(`'${hit.path}' is in conflict.`, {
    path: hit.path,
    hint: 'Resolve it first: oxen status',
  });
}

/** Refuses to overwrite: only a file may take the place of a file, and only when that is wanted. */
function requireFree(
  repository: OpenRepository,
  to: RepoPath,
  sourceKind: PlaceKind,
  force: boolean,
): void {
  const parent = parentPath(to);
  if (kindOf(repository, parent) !== 'directory') {
    throw new NotFoundError(`The directory '${parent}' does not exist.`, {
      path: parent,
      hint: `Make it first: mkdir -p ${parent}`,
    });
  }
  const kind = kindOf(repository, to);
  if (kind === 'absent' && !isTracked(repository, to)) return;
  const isReplaceable =
    sourceKind === 'file' && kind !== 'directory' && !repository.fileIndex.isTrackedDirectory(to);
  if (isReplaceable && force) return;
  throw new ConflictError(`'${to}' exists already. Nothing was moved.`, {
    path: to,
    ...(isReplaceable ? { hint: 'Replace it with -f.' } : {}),
  });
}

function kindOf({ root }: OpenRepository, path: RepoPath): PlaceKind {
  return locatePath(root, root, path === '' ? root : path).kind;
}
