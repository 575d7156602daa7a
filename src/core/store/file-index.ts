/**
 * The file index: the tracked files with the stat values under which their hashes were seen, as runs by directory. `meta` holds
 * the root that the index was last made to agree with; while that is the root of HEAD, a path is tracked exactly when it has a row.
 */
import {
  FileIndexRun,
  FileIndexRunBuilder,
  fileIndexFlags,
  fileIndexRunCodec,
  unknownStat,
} from '../format/file-index-run.js';
import { type Hash, hashToBytes, zeroHash } from '../model/hash.js';
import type { SeenDirectory } from '../model/jobs.js';
import {
  baseName,
  joinPath,
  parentPath,
  type RepoPath,
  rootPath,
  sortBytewise,
} from '../model/path.js';
import type { StoreEnvironment } from './environment.js';
import { MetaStore } from './meta.js';
import { RunTable } from './run-table.js';

const rootKey = 'files/root';

/** Area of the rows that stand for directories: tracked directories which may hold no file. */
const directoryArea = 1;

/** Area of the rows that say how directories were seen, by their paths, all in the runs of the root. */
const seenArea = 2;

/** The root's name among them: no path is that. */
const seenRoot = '.';

/** Longest path in UTF-16 units whose row is kept: the first of a run is part of a key. */
const longestSeenPath = 500;

/** The rows of all tracked files of the working tree. */
export class FileIndex extends RunTable<FileIndexRun> {
  readonly #fileMeta: MetaStore;
  readonly #emptyDirectories: RunTable<FileIndexRun>;
  readonly #seenDirectories: RunTable<FileIndexRun>;

  constructor(environment: StoreEnvironment) {
    super(environment, 'files', fileIndexRunCodec, 0);
    this.#fileMeta = new MetaStore(environment);
    this.#emptyDirectories = new RunTable(environment, 'files', fileIndexRunCodec, directoryArea);
    this.#seenDirectories = new RunTable(environment, 'files', fileIndexRunCodec, seenArea);
  }

  /**
   * Returns the tracked directories at or below `path` that held no file when they were recorded. Some may hold files
   * by now: those are tracked through them as well.
   */
  emptyDirectories(path: RepoPath = rootPath): RepoPath[] {
    const found: RepoPath[] = [];
    for (const { directory, run } of this.#emptyDirectories.runs(path)) {
      for (const name of run.names.all) found.push(joinPath(directory, name));
    }
    const own = this.#emptyDirectories.find(parentPath(path), baseName(path));
    if (path !== '' && own !== undefined) found.unshift(path);
    return found;
  }

  /** Records that a directory is tracked although it holds no file; only inside a transaction. */
  addEmptyDirectory(path: RepoPath): void {
    const builder = new FileIndexRunBuilder(1);
    builder.append(baseName(path), unknownStat, hashToBytes(zeroHash), fileIndexFlags.statInvalid);
    const upserts = [new FileIndexRun(builder.finish())];
    this.#emptyDirectories.apply(parentPath(path), { upserts });
  }

  /** Forgets that a directory is tracked by itself; only inside a transaction. */
  removeEmptyDirectory(path: RepoPath): void {
    this.#emptyDirectories.apply(parentPath(path), { upserts: [], removals: [baseName(path)] });
  }

  /** Returns how directories were seen that held nothing but what was tracked. */
  seenDirectories(): Map<RepoPath, SeenDirectory> {
    const found = new Map<RepoPath, SeenDirectory>();
    for (const run of this.#seenDirectories.readDirectory(rootPath)) {
      run.names.all.forEach((name, row) => {
        const stat = Float64Array.of(
          run.mtimes[row] ?? 0,
          run.ctimes[row] ?? 0,
          run.inodes[row] ?? 0,
        );
        const path = name === seenRoot ? rootPath : (name as RepoPath);
        found.set(path, { stat, namesHash: run.hashAt(row) });
      });
    }
    return found;
  }

  /** Remembers how directories were seen; only inside a transaction. */
  putSeenDirectories(seen: ReadonlyMap<RepoPath, SeenDirectory>): void {
    const builder = new FileIndexRunBuilder(seen.size);
    for (const path of sortBytewise([...seen.keys()].map((path) => path || seenRoot))) {
      const directory = seen.get(path === seenRoot ? rootPath : (path as RepoPath));
      if (directory === undefined || path.length > longestSeenPath) continue;
      const [mtimeMs = 0, ctimeMs = 0, ino = 0] = directory.stat;
      builder.append(path, { ...unknownStat, mtimeMs, ctimeMs, ino }, directory.namesHash);
    }
    const upserts = [new FileIndexRun(builder.finish())];
    this.#seenDirectories.apply(rootPath, { upserts });
  }

  /** Says whether a directory holds tracked files or directories, or is tracked by itself. */
  isTrackedDirectory(path: RepoPath): boolean {
    return !this.isEmpty(path) || this.emptyDirectories(path).length > 0;
  }

  /** The root Dir id that the index agrees with; undefined before the first commit. */
  get root(): Hash | undefined {
    return this.#fileMeta.getHash(rootKey);
  }

  /** Sets the root that the index agrees with; only inside a transaction. */
  setRoot(root: Hash | undefined): void {
    this.#fileMeta.putHash(rootKey, root);
  }
}
