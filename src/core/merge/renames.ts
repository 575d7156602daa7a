/**
 * Finds the renames that a merge must follow: a file that one side moved, with its content unchanged, while the other side
 * changed, deleted or moved it too. A file that only one side touched needs no such care: it is gone at the old path and
 * new at the new one.
 *
 * A rename is taken for one when exactly one path with that content went away on the side and exactly one came, so nothing
 * is guessed. Empty files are all alike and never count. Neither does a move to a place where the other side has
 * something: that shows as a conflict at both paths.
 */

import { type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { baseName, compareBytewise, joinPath, parentPath, type RepoPath } from '../model/path.js';
import { compareTrees } from '../tree/compare.js';
import { findEntry, lookupPath, type NodeSource, type TreeEntry } from '../tree/read.js';
import { type DirectoryIds, readTriples } from './triples.js';

/** A file that at least one side moved, and that both sides touched. */
export interface RenamedFile {
  readonly path: RepoPath; // in base
  readonly base: TreeEntry;
  readonly ours: MovedEntry | undefined; // undefined: deleted
  readonly theirs: MovedEntry | undefined;
}

/** What a side has of a renamed file, and where. */
export interface MovedEntry {
  readonly path: RepoPath; // the old path on a side that did not move it
  readonly entry: TreeEntry;
}

/**
 * Returns the renamed files, ascending by old path. Memory follows the files that both sides touched and at least one
 * of them took away: some 40 bytes for each, more only for those renamed.
 * @throws IntegrityError when a node is missing or damaged
 */
export function findRenames(source: NodeSource, roots: DirectoryIds): readonly RenamedFile[] {
  const { base, ours, theirs } = roots;
  if (base === undefined || ours === undefined || theirs === undefined) return [];
  const wanted = new HashTable();
  for (const { base: file } of touchedByBoth(source, roots, '' as RepoPath)) {
    wanted.add(hashToBytes(file.hash));
  }
  if (wanted.size === 0) return [];
  const ourMoves = new Moves(source, base, ours, theirs, wanted);
  const theirMoves = new Moves(source, base, theirs, ours, wanted);
  if (ourMoves.isEmpty && theirMoves.isEmpty) return [];
  const renamed: RenamedFile[] = [];
  for (const file of touchedByBoth(source, roots, '' as RepoPath)) {
    const ourEntry = ourMoves.follow(file.path, file.base, file.ours);
    const theirEntry = theirMoves.follow(file.path, file.base, file.theirs);
    const isMoved = [ourEntry, theirEntry].some((moved) => moved && moved.path !== file.path);
    if (!isMoved) continue;
    renamed.push({ path: file.path, base: file.base, ours: ourEntry, theirs: theirEntry });
  }
  return renamed.sort((left, right) => compareBytewise(left.path, right.path));
}

interface TouchedFile {
  readonly path: RepoPath;
  readonly base: TreeEntry;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

/** Yields the files of base that both sides changed or took away, at least one of them the latter. */
function* touchedByBoth(
  source: NodeSource,
  ids: DirectoryIds,
  path: RepoPath,
): Generator<TouchedFile> {
  if (ids.base === undefined || ids.base === ids.ours || ids.base === ids.theirs) return;
  const triples = readTriples(source, ids, ({ baseOurs, baseTheirs }) => baseOurs || baseTheirs);
  for (const { name, base, ours, theirs } of triples) {
    const entryPath = joinPath(path, name);
    if (base?.kind === 'dir') {
      const below = { base: base.hash, ours: dirId(ours), theirs: dirId(theirs) };
      yield* touchedByBoth(source, below, entryPath);
    } else if (base !== undefined && base.sizeBytes > 0) {
      const touched = { path: entryPath, base, ours: fileOf(ours), theirs: fileOf(theirs) };
      if (touched.ours === undefined || touched.theirs === undefined) yield touched;
    }
  }
}

const many = null;

/** Where one side moved files with the wanted contents. */
class Moves {
  readonly #source: NodeSource;
  readonly #side: Hash;
  readonly #other: Hash;
  readonly #wanted: HashTable;
  readonly #removedCounts: Uint8Array; // by index of the hash; 2 stands for more
  readonly #targets = new Map<number, RepoPath | typeof many>();

  constructor(source: NodeSource, base: Hash, side: Hash, other: Hash, wanted: HashTable) {
    this.#source = source;
    this.#side = side;
    this.#other = other;
    this.#wanted = wanted;
    this.#removedCounts = new Uint8Array(wanted.size);
    for (const { path, left, right } of compareTrees(source, base, side, '' as RepoPath)) {
      if (left?.kind === 'file' && right?.kind !== 'file') this.#noteRemoved(left);
      if (right?.kind === 'file' && left?.kind !== 'file') this.#noteAdded(right, path);
    }
  }

  /** Says whether no file with a wanted content is new on this side. */
  get isEmpty(): boolean {
    return this.#targets.size === 0;
  }

  /** Returns where the file is on this side: where it was, where it was moved to, or undefined when it is gone. */
  follow(path: RepoPath, base: TreeEntry, present: TreeEntry | undefined): MovedEntry | undefined {
    if (present !== undefined) return { path, entry: present };
    const index = this.#wanted.find(hashToBytes(base.hash));
    const target = this.#targets.get(index);
    if (target === undefined || target === many || this.#removedCounts[index] !== 1) return;
    const entry = lookupPath(this.#source, this.#side, target);
    if (entry === undefined || !isFree(this.#source, this.#other, target)) return;
    return { path: target, entry };
  }

  #noteRemoved(entry: TreeEntry): void {
    const index = this.#wanted.find(hashToBytes(entry.hash));
    if (index >= 0) this.#removedCounts[index] = Math.min((this.#removedCounts[index] ?? 0) + 1, 2);
  }

  #noteAdded(entry: TreeEntry, path: RepoPath): void {
    const index = this.#wanted.find(hashToBytes(entry.hash));
    if (index >= 0) this.#targets.set(index, this.#targets.has(index) ? many : path);
  }
}

/** Says whether a tree has nothing at `path` and no file where a directory must stand above it. */
function isFree(source: NodeSource, rootId: Hash, path: RepoPath): boolean {
  let dirId = rootId;
  let walked = '' as RepoPath;
  for (const name of parentPath(path).split('/')) {
    if (name === '') break;
    const entry = findEntry(source, dirId, walked, name);
    if (entry === undefined) return true;
    if (entry.kind === 'file') return false;
    dirId = entry.hash;
    walked = joinPath(walked, name);
  }
  return findEntry(source, dirId, walked, baseName(path)) === undefined;
}

function dirId(entry: TreeEntry | undefined): Hash | undefined {
  return entry?.kind === 'dir' ? entry.hash : undefined;
}

function fileOf(entry: TreeEntry | undefined): TreeEntry | undefined {
  return entry?.kind === 'file' ? entry : undefined;
}
