/**
 * Lists directories of the working tree: names in byte order with their kinds. Links, FIFOs, sockets and devices
 * are named, never opened or followed. What cannot be stored (names that are not UTF-8, contain a backslash, or
 * could be taken for `.oxen`) is reported in its shown form and left out.
 */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync } from 'node:fs';
import { describeSystemError, systemErrorCode } from '../model/errors.js';
import type { DirectoryListing, PathProblem, ScanInput } from '../model/jobs.js';
import { compareBytewise, isTemporaryName, nameProblem } from '../model/path.js';
import { showName, showNameBytes } from '../model/shown-name.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';

/** Name of oxen's own directory, which is never part of the data. */
export const controlDirectoryName = '.oxen';

/** Name of the files that hold ignore rules. */
export const ignoreFileName = '.oxenignore';

/** The usable entries of a directory in byte order, and the names that are not usable. */
export interface DirectoryEntries {
  readonly names: readonly string[];
  readonly kinds: Uint8Array; // character codes: f file, d directory, l symbolic link, o FIFO, socket or device
  readonly badNames: readonly PathProblem[];
}

/** Character codes of the kinds of entries. */
export const entryKindCodes = { file: 0x66, directory: 0x64, link: 0x6c, other: 0x6f } as const;

/** The job `scan`: returns the listing of each directory, in the order asked for; failures are in the listings. */
export function scanDirectories(input: ScanInput): DirectoryListing[] {
  const guard = new DirectoryGuard(input.root);
  return input.directories.map((directory) => {
    const trouble = describeDirectoryState(guard.stateOf(directory));
    if (trouble !== undefined) return failedListing(directory, trouble.code, trouble.message);
    try {
      return toListing(directory, readEntries(absolutePath(input.root, directory)));
    } catch (error) {
      return failedListing(directory, systemErrorCode(error) ?? 'EIO', describeSystemError(error));
    }
  });
}

/** Returns the absolute path of the repository path `path` in the working tree at `root`. */
export function absolutePath(root: string, path: string): string {
  return path === '' ? root : `${root}/${path}`;
}

/** Returns the listing that holds `read`. */
export function toListing(directory: string, read: DirectoryEntries): DirectoryListing {
  const ignoreFile = read.names.indexOf(ignoreFileName);
  return {
    directory,
    names: read.names.join('\0'),
    kinds: Buffer.from(read.kinds.buffer, 0, read.names.length).toString('latin1'),
    hasIgnoreFile: read.kinds[ignoreFile] === entryKindCodes.file,
    badNames: read.badNames,
  };
}

/** Returns the listing of a directory that could not be read. */
export function failedListing(directory: string, code: string, message: string): DirectoryListing {
  const error = { name: '', code, message };
  return { directory, names: '', kinds: '', hasIgnoreFile: false, badNames: [], error };
}

/** First characters that a form of `.oxen` may have, and characters that need a closer look anywhere. */
const unusual = /^[.oO\u200c-\uffff]|[\\\ufffd]/;

/**
 * Reads the directory at `path`.
 * @throws the system's error when it cannot be read
 */
export function readEntries(path: string): DirectoryEntries {
  const found = readdirSync(path, { withFileTypes: true });
  const names: string[] = [];
  const kinds = new Uint8Array(found.length);
  const badNames: PathProblem[] = [];
  let previous = '';
  for (const entry of found) {
    const name = entry.name;
    if (unusual.test(name)) {
      // U+FFFD may stand for bytes that are not UTF-8: only the bytes can tell.
      if (name.includes('\ufffd')) return readEntriesSlowly(path);
      if (!isUsable(name, badNames)) continue;
    }
    if (compareBytewise(previous, name) >= 0) return readEntriesSlowly(path);
    previous = name;
    kinds[names.length] = kindOf(entry);
    names.push(name);
  }
  return { names, kinds, badNames };
}

/** The way for directories that the system does not list in order, or that hold U+FFFD or bytes that are not UTF-8. */
function readEntriesSlowly(path: string): DirectoryEntries {
  const entries: { readonly name: string; readonly kind: number }[] = [];
  const badNames: PathProblem[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    const bytes: Uint8Array = entry.name;
    if (!isUtf8(bytes)) {
      const message = 'its name is not valid UTF-8';
      badNames.push({ name: showNameBytes(bytes), code: 'name', message });
      continue;
    }
    const name = Buffer.from(bytes).toString();
    if (isUsable(name, badNames)) entries.push({ name, kind: kindOf(entry) });
  }
  entries.sort((left, right) => compareBytewise(left.name, right.name));
  const kinds = Uint8Array.from(entries, (entry) => entry.kind);
  return { names: entries.map((entry) => entry.name), kinds, badNames };
}

function isUsable(name: string, badNames: PathProblem[]): boolean {
  if (name === controlDirectoryName || isTemporaryName(name)) return false;
  const problem = nameProblem(name);
  if (problem === undefined) return true;
  badNames.push({ name: showName(name), code: 'name', message: `its name ${problem}` });
  return false;
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): number {
  if (entry.isFile()) return entryKindCodes.file;
  if (entry.isDirectory()) return entryKindCodes.directory;
  return entry.isSymbolicLink() ? entryKindCodes.link : entryKindCodes.other;
}
