/**
 * Which entries of the working tree are left out: the rules of `.oxenignore` files, in every directory, with git's meaning
 * (gitignore(5)), but that `?` and `[...]` stand for one character of the basic plane where git takes one byte. Rules are asked for directory by directory from the root down: a directory that is ignored is not entered, so
 * nothing below it can be taken back. Without any `.oxenignore`, only the default rule holds: `.git`, the data
 * of another version control, is ignored (a rule `!.git` takes it back). Tracked files stay tracked: callers say what is tracked.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import createIgnore, { type Ignore } from 'ignore';
import { systemErrorCode, wrapSystemError } from '../model/errors.js';
import type { DirectoryListing } from '../model/jobs.js';
import { anchorPatterns } from './ignore-patterns.js';
import { absolutePath, ignoreFileName } from './scan.js';

const defaultPattern = '.git';

/** The rules that hold for the entries of one directory. */
export interface IgnoreRules {
  readonly directory: string; // repository path
  readonly ignoresAll: boolean; // the directory is itself ignored, or lies in one that is
  readonly patterns: Ignore | undefined; // of all ignore files from the root to it; undefined when there is none
}

/** Entries of a listing, as in `DirectoryListing`. */
export interface ListedEntries {
  readonly names: readonly string[];
  readonly kinds: string;
}

/**
 * Returns the rules for the entries of the root directory.
 * @param root absolute path of the working tree
 * @param hasIgnoreFile what the listing of the root says
 * @throws OperationError when the ignore file cannot be read: going on would track what should be left out
 */
export function rootRules(root: string, hasIgnoreFile: boolean): IgnoreRules {
  return withIgnoreFile(root, '', undefined, hasIgnoreFile);
}

/**
 * Returns the rules for the entries of `directory`, an entry of the directory that `parent` is for.
 * @throws OperationError as `rootRules`
 */
export function enterDirectory(
  root: string,
  parent: IgnoreRules,
  directory: string,
  hasIgnoreFile: boolean,
): IgnoreRules {
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  if (isIgnored(parent, name, true)) {
    return { directory, ignoresAll: true, patterns: parent.patterns };
  }
  return withIgnoreFile(root, directory, parent.patterns, hasIgnoreFile);
}

/**
 * Returns the rules for the entries of any directory, reading the ignore files from the root down.
 * @throws OperationError as `rootRules`
 */
export function rulesOfDirectory(root: string, directory: string): IgnoreRules {
  let rules = rootRules(root, true);
  if (directory === '') return rules;
  for (let end = directory.indexOf('/'); end >= 0; end = directory.indexOf('/', end + 1)) {
    rules = enterDirectory(root, rules, directory.slice(0, end), true);
  }
  return enterDirectory(root, rules, directory, true);
}

/** Says whether the entry `name` of the rules' directory is ignored. */
export function isIgnored(rules: IgnoreRules, name: string, isDirectory: boolean): boolean {
  if (rules.ignoresAll) return true;
  if (rules.patterns === undefined) return name === defaultPattern;
  const path = rules.directory === '' ? name : `${rules.directory}/${name}`;
  return rules.patterns.ignores(isDirectory ? `${path}/` : path);
}

/**
 * Splits the entries of `listing` into those to look at and those to leave out.
 * @param rules of the directory that is listed
 * @param isTracked says whether a name is a tracked file or a directory with tracked files; such entries are never left out
 */
export function splitIgnored(
  rules: IgnoreRules,
  listing: DirectoryListing,
  isTracked: (name: string) => boolean,
): { readonly kept: ListedEntries; readonly ignored: ListedEntries } {
  const names = listing.names === '' ? [] : listing.names.split('\0');
  const kept = { names: [] as string[], kinds: '' };
  const ignored = { names: [] as string[], kinds: '' };
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    const kind = listing.kinds[index] ?? '';
    const isLeftOut = isIgnored(rules, name, kind === 'd') && !isTracked(name);
    const part = isLeftOut ? ignored : kept;
    part.names.push(name);
    part.kinds += kind;
  }
  return { kept, ignored };
}

/** Each directory gets an instance of its own: the package remembers every path it was asked about. */
function withIgnoreFile(
  root: string,
  directory: string,
  inherited: Ignore | undefined,
  hasIgnoreFile: boolean,
): IgnoreRules {
  const text = hasIgnoreFile ? readIgnoreFile(root, directory) : undefined;
  if (text === undefined && inherited === undefined) {
    return { directory, ignoresAll: false, patterns: undefined };
  }
  const patterns = createIgnore({ ignoreCase: false, allowRelativePaths: true });
  patterns.add(inherited ?? defaultPattern);
  if (text !== undefined) patterns.add(anchorPatterns(text, directory));
  return { directory, ignoresAll: false, patterns };
}

/** Returns the text of the directory's ignore file, undefined when there is none or it is not a file. */
function readIgnoreFile(root: string, directory: string): string | undefined {
  const path = `${absolutePath(root, directory)}/${ignoreFileName}`;
  try {
    const descriptor = openSync(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      return fstatSync(descriptor).isFile() ? readFileSync(descriptor, 'utf8') : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO'].includes(code)) return undefined;
    throw wrapSystemError(error, `The ignore file '${path}' could not be read`, path);
  }
}
