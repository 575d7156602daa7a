/**
 * Paths inside a repository: relative to its root, `/` between names, no leading or trailing slash,
 * the root itself is the empty string. Names are kept exactly as given (no Unicode normalisation).
 */
import { InvalidInputError } from './errors.js';

/** A path inside a repository; the empty string is the root directory. */
export type RepoPath = string & { readonly __repoPath: unique symbol };

/** The root directory of a repository. */
export const rootPath = '' as RepoPath;

/** Largest size of one name in bytes of UTF-8 (Linux NAME_MAX). */
export const maxNameBytes = 255;

/**
 * Returns why `name` can not be an entry of a directory, or undefined when it can. Refused are empty names,
 * `.`, `..`, NUL, slash, backslash, anything a case-insensitive file system takes for `.oxen`, names of files that are being
 * written, and names over 255 bytes.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'is a reserved name';
  if (name.includes('\0')) return 'contains a NUL character';
  if (name.includes('/')) return 'contains a slash';
  if (name.includes('\\')) return 'contains a backslash';
  if (isControlName(name)) return "is reserved for oxen's own data";
  if (isTemporaryName(name)) return 'is reserved for files that oxen is writing';
  if (!name.isWellFormed()) return 'is not valid Unicode';
  if (name.length * 3 > maxNameBytes && Buffer.byteLength(name) > maxNameBytes) {
    return `is longer than ${maxNameBytes} bytes`;
  }
  return undefined;
}

/**
 * Says whether a file system might take `name` for `.oxen`: ignoring case, characters that HFS+ ignores,
 * trailing dots and spaces, and alternate data streams (NTFS).
 */
export function isControlName(name: string): boolean {
  if (name.length < 5) return false;
  const plain = name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '')
    .toLowerCase();
  return plain === '.oxen' || plain === 'oxen~1';
}

/** Whether `name` is that of a file or directory that is being written, or that an interrupted run left. Such things are never data. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.oxen-tmp-') && /^\.oxen-tmp-\d+-\d+-\d+$/.test(name);
}

/**
 * Returns `text` as a repository path after checking each of its names.
 * @throws InvalidInputError naming the path and what is wrong with it
 */
export function parseRepoPath(text: string): RepoPath {
  if (text === '') return rootPath;
  for (const name of text.split('/')) {
    const problem = nameProblem(name);
    if (problem !== undefined) {
      throw new InvalidInputError(
        `The path ${JSON.stringify(text)} cannot be used: a name in it ${problem}.`,
        {
          path: text,
        },
      );
    }
  }
  return text as RepoPath;
}

/** Returns the path of the entry `name` of directory `parent`. */
export function joinPath(parent: RepoPath, name: string): RepoPath {
  return (parent === '' ? name : `${parent}/${name}`) as RepoPath;
}

/** Returns the directory that holds `path`; the root for top-level entries and for the root itself. */
export function parentPath(path: RepoPath): RepoPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as RepoPath;
}

/** Returns the last name of `path`, the empty string for the root. */
export function baseName(path: RepoPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the number of names in `path`: 0 for the root. */
export function pathDepth(path: RepoPath): number {
  if (path === '') return 0;
  let depth = 1;
  for (let index = path.indexOf('/'); index >= 0; index = path.indexOf('/', index + 1)) depth++;
  return depth;
}

/** Says whether `path` is `directory` itself or lies below it. */
export function isWithin(path: RepoPath, directory: RepoPath): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

/**
 * Compares two names or paths by their UTF-8 bytes: negative, zero or positive. JavaScript's own comparison is
 * by UTF-16 unit, which differs only where a surrogate meets a unit of 0xE000 and above.
 */
export function compareBytewise(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return utf8Rank(a) - utf8Rank(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above the other units, as their code points are in UTF-8. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const beyondPlain = /[\ud800-\uffff]/;

/** Sorts names or paths in place by their UTF-8 bytes and returns the same array. */
export function sortBytewise<T extends string>(names: T[]): T[] {
  if (names.some((name) => beyondPlain.test(name))) return names.sort(compareBytewise);
  return names.sort();
}
