/** Finds what a path that a user typed means inside a working tree, and expands patterns. */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { InvalidInputError, systemErrorCode } from '../model/errors.js';
import { isControlName, isTemporaryName, parseRepoPath, type RepoPath } from '../model/path.js';

/** What stands at a path. */
export type PlaceKind = 'file' | 'directory' | 'link' | 'other' | 'absent';

/** A path of the user as a path of the repository. */
export interface LocatedPath {
  readonly path: RepoPath;
  readonly kind: PlaceKind;
}

/**
 * Returns the repository path that `text` names.
 * @param root absolute path of the working tree, links resolved
 * @param base absolute path of the directory that relative paths start from
 * @throws InvalidInputError when it lies outside the working tree, or a name in it cannot be used
 */
export function locatePath(root: string, base: string, text: string): LocatedPath {
  const absolute = resolveParents(resolve(base, text));
  const inside = relative(root, absolute);
  if (inside === '..' || inside.startsWith(`..${sep}`) || resolve(root, inside) !== absolute) {
    throw new InvalidInputError(`The path "${text}" is outside the repository at ${root}.`, {
      path: text,
      hint: 'Only files below the root of the repository can be tracked.',
    });
  }
  const names = inside === '' ? [] : inside.split(sep);
  if (names.some(isControlName)) {
    throw new InvalidInputError(`The path "${text}" belongs to oxen's own data.`, { path: text });
  }
  return { path: parseRepoPath(names.join('/')), kind: kindAt(absolute) };
}

/** Says whether `text` is a pattern rather than a name. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}!]/.test(text);
}

/**
 * Returns the files of the working tree that match a pattern, as repository paths in no particular order. Links are not
 * followed, `.oxen` is never looked into, files that are being written are left out.
 * @param base repository path of the directory that the pattern starts from
 */
export async function expandPattern(
  root: string,
  base: RepoPath,
  pattern: string,
): Promise<RepoPath[]> {
  const { default: fastGlob } = await import('fast-glob');
  const found = await fastGlob(pattern, {
    cwd: join(root, base),
    dot: true,
    followSymbolicLinks: false,
    suppressErrors: true,
    onlyFiles: true,
    ignore: ['**/.oxen/**'],
  });
  const prefix = base === '' ? '' : `${base}/`;
  const usable = found.filter((path) => !path.split('/').some(isTemporaryName));
  return usable.map((path) => parseRepoPath(prefix + path));
}

/**
 * Returns a test for tracked paths that a pattern means although they are not on disk.
 * @param base repository path of the directory that the pattern starts from
 */
export async function patternMatcher(
  base: RepoPath,
  pattern: string,
): Promise<(path: RepoPath) => boolean> {
  const { default: fastGlob } = await import('fast-glob');
  const { default: micromatch } = await import('micromatch');
  const prefix = base === '' ? '' : `${fastGlob.escapePath(base)}/`;
  const matches = micromatch.matcher(prefix + pattern, { dot: true });
  return (path) => matches(path);
}

/** Resolves links in everything but the last name: a link is itself a path of the tree, what it points to is not. */
function resolveParents(absolute: string): string {
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  try {
    return join(realpathSync(parent), basename(absolute));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return join(resolveParents(parent), basename(absolute));
  }
}

function kindAt(absolute: string): PlaceKind {
  let stat: ReturnType<typeof lstatSync>;
  try {
    stat = lstatSync(absolute, { throwIfNoEntry: false });
  } catch {
    return 'absent'; // a part of the path is not a directory
  }
  if (stat === undefined) return 'absent';
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'other';
}
