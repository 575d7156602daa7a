/**
 * What a checkout does to the working tree, collected from the differences of two trees as they are judged. Of each directory only joined
 * names and columns are kept, about a hundred bytes a file.
 */
import type { Hash } from '../model/hash.js';
import { hashColumn } from '../model/hash-column.js';
import { joinNames } from '../model/name-list.js';
import { baseName, type RepoPath, rootPath } from '../model/path.js';
import type { TreeDifference } from '../tree/compare.js';
import { lookupPath, type NodeSource, subdirectoryNodeOf, type TreeEntry } from '../tree/read.js';
import type { JudgedDirectory } from './local-changes.js';
import { WriteList } from './write-list.js';

/** Names in one directory. */
export interface NamesOfDirectory {
  readonly directory: RepoPath;
  readonly names: string; // joined by NUL
}

/** Files of one directory that stand there as wanted, ascending by name. */
export interface UntouchedDirectory extends NamesOfDirectory {
  readonly hashes: Uint8Array; // 16 bytes a file
  readonly sizes: Float64Array; // bytes
}

/** Everything that is to be done (left: as it is, right: as it will be). */
export class CheckoutPlan {
  readonly writes = new WriteList();
  readonly removals: NamesOfDirectory[] = []; // files
  readonly replaced: NamesOfDirectory[] = []; // files of which the user has made the directory that is wanted
  readonly emptyDirectories: RepoPath[] = []; // to be made
  readonly goneDirectories: RepoPath[] = []; // to be removed where nothing is left in them
  readonly emptiedDirectories: RepoPath[] = []; // that stay and lose all they held: nothing but their own node tells that they are tracked
  readonly untouched: UntouchedDirectory[] = [];
  readonly staged: NamesOfDirectory[] = []; // at which something is staged
  changeCount = 0;
  removedCount = 0; // files
  readonly #source: NodeSource;
  readonly #targetRoot: Hash;

  constructor(source: NodeSource, targetRoot: Hash) {
    this.#source = source;
    this.#targetRoot = targetRoot;
  }

  /** Adds what is to be done in one directory; each comes once. */
  take({ directory, changes, done, stagedNames }: JudgedDirectory<TreeDifference>): void {
    this.changeCount += changes.length;
    this.#takeRemovals(directory, changes, done);
    this.#takeWrites(directory, changes, done);
    keepNames(this.staged, directory, stagedNames);
    if (changes.some(({ right }) => right === undefined) && this.#isEmptied(directory)) {
      this.emptiedDirectories.push(directory);
    }
  }

  #takeRemovals(
    directory: RepoPath,
    changes: readonly TreeDifference[],
    done: ReadonlySet<TreeDifference>,
  ): void {
    const removed: string[] = [];
    const replaced: string[] = [];
    for (const change of changes) {
      const { path, left, right } = change;
      if (left === undefined || left.kind === right?.kind) continue;
      if (left.kind === 'dir') this.goneDirectories.push(path);
      else if (right?.kind === 'dir' && done.has(change)) replaced.push(baseName(path));
      else removed.push(baseName(path));
    }
    keepNames(this.removals, directory, removed);
    keepNames(this.replaced, directory, replaced);
    this.removedCount += removed.length;
  }

  #takeWrites(
    directory: RepoPath,
    changes: readonly TreeDifference[],
    done: ReadonlySet<TreeDifference>,
  ): void {
    const files: TreeEntry[] = [];
    const untouched: TreeEntry[] = [];
    for (const change of changes) {
      const { path, right } = change;
      if (right === undefined) continue;
      if (right.kind === 'file') (done.has(change) ? untouched : files).push(right);
      else if (subdirectoryNodeOf(right).entryCount === 0) this.emptyDirectories.push(path);
    }
    this.writes.add(directory, files);
    if (untouched.length === 0) return;
    this.untouched.push({
      directory,
      names: joinNames(untouched.map(({ name }) => name)),
      hashes: hashColumn(untouched.map(({ hash }) => hash)),
      sizes: Float64Array.from(untouched, ({ sizeBytes }) => sizeBytes),
    });
  }

  #isEmptied(directory: RepoPath): boolean {
    if (directory === rootPath) return false;
    const entry = lookupPath(this.#source, this.#targetRoot, directory);
    return entry?.kind === 'dir' && subdirectoryNodeOf(entry).entryCount === 0;
  }
}

function keepNames(list: NamesOfDirectory[], directory: RepoPath, names: readonly string[]): void {
  if (names.length > 0) list.push({ directory, names: joinNames(names) });
}
