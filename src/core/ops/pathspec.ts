/** Turns what the user typed (paths, directories, patterns) into paths of the repository that a verb can work on. */
import { NotFoundError } from '../model/errors.js';
import { joinPath, type RepoPath, rootPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { expandPattern, isPattern, locatePath, patternMatcher } from '../worktree/locate.js';
import type { AddTarget } from './add.js';
import { stagedAt, trackedAt } from './rows.js';

/**
 * Returns what `add` should add for the given arguments. An argument that names something on disk means just that, also when
 * it holds pattern characters.
 * @param base absolute path of the directory that relative paths start from
 * @throws InvalidInputError for a path outside the repository; NotFoundError for one that is neither on disk nor tracked
 */
export async function addTargets(
  repository: OpenRepository,
  base: string,
  texts: readonly string[],
): Promise<{ targets: AddTarget[]; skipped: RepoPath[] }> {
  const targets: AddTarget[] = [];
  const skipped: RepoPath[] = [];
  for (const text of texts) {
    const { path, kind } = locatePath(repository.root, base, text);
    if (kind === 'file' || kind === 'directory') targets.push({ kind, path });
    else if (kind !== 'absent') skipped.push(path);
    else if (isTracked(repository, path)) addMissing(repository, path, targets);
    else if (isPattern(text)) await addMatches(repository, base, text, targets);
    else throw neitherError(text);
  }
  return { targets, skipped };
}

/**
 * Returns the tracked paths, files or directories, that the given arguments name; patterns match tracked files.
 * @throws InvalidInputError for a path outside the repository
 */
export async function trackedPaths(
  repository: OpenRepository,
  base: string,
  texts: readonly string[],
): Promise<RepoPath[]> {
  const paths: RepoPath[] = [];
  for (const text of texts) {
    const { path } = locatePath(repository.root, base, text);
    if (isTracked(repository, path) || !isPattern(text)) paths.push(path);
    else paths.push(...(await matchTracked(repository, base, text)));
  }
  return [...new Set(paths)];
}

/**
 * Returns the paths that the given arguments name, whether they are tracked or not; patterns match tracked files.
 * @throws InvalidInputError for a path outside the repository; NotFoundError for one that is neither on disk, tracked nor staged
 */
export async function knownPaths(
  repository: OpenRepository,
  base: string,
  texts: readonly string[],
): Promise<RepoPath[]> {
  for (const text of texts) {
    const { path, kind } = locatePath(repository.root, base, text);
    const isKnown = kind !== 'absent' || isTracked(repository, path) || isStaged(repository, path);
    if (!isKnown && !isPattern(text)) throw neitherError(text);
  }
  return trackedPaths(repository, base, texts);
}

/** Says whether something is staged at or below a path, which may be gone by now. */
function isStaged({ staging }: OpenRepository, path: RepoPath): boolean {
  return !staging.isEmpty(path) || stagedAt(staging, path) !== undefined;
}

/** Says whether a path is a tracked file or a directory with tracked files or a tracked empty directory. */
export function isTracked({ fileIndex }: OpenRepository, path: RepoPath): boolean {
  if (path === '') return true;
  return trackedAt(fileIndex, path) !== undefined || fileIndex.isTrackedDirectory(path);
}

/** A tracked path that is not on disk: a file, or a directory with everything below it. */
function addMissing({ fileIndex }: OpenRepository, path: RepoPath, targets: AddTarget[]): void {
  if (trackedAt(fileIndex, path) !== undefined) {
    targets.push({ kind: 'missing', path });
    return;
  }
  targets.push({ kind: 'directory', path });
}

async function addMatches(
  repository: OpenRepository,
  base: string,
  pattern: string,
  targets: AddTarget[],
): Promise<void> {
  const { path: basePath } = locatePath(repository.root, base, '.');
  const found = new Set(await expandPattern(repository.root, basePath, pattern));
  for (const path of sortBytewise([...found])) targets.push({ kind: 'file', path });
  for (const path of await matchTracked(repository, base, pattern)) {
    if (!found.has(path)) targets.push({ kind: 'missing', path });
  }
}

async function matchTracked(
  { root, fileIndex }: OpenRepository,
  base: string,
  pattern: string,
): Promise<RepoPath[]> {
  const { path: basePath } = locatePath(root, base, '.');
  const matches = await patternMatcher(basePath, pattern);
  const found: RepoPath[] = [];
  for (const directory of fileIndex.directories(rootPath)) {
    for (const run of fileIndex.readDirectory(directory)) {
      for (const name of run.names.all) {
        const path = joinPath(directory, name);
        if (matches(path)) found.push(path);
      }
    }
  }
  return found;
}

function neitherError(text: string): NotFoundError {
  return new NotFoundError(`"${text}" is neither on disk nor committed`, {
    path: text,
    hint: 'See what there is: oxen status',
  });
}
