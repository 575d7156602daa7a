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
import { baseName, joinPath, parentPath, type RepoPath, rootPath } from '../model/path.js';
import type { StoreEnvironment } from './environment.js';
import { MetaStore } from './meta.js';
import { RunTable } from './run-table.js';

const rootKey = 'files/root';

/** Area of the rows that stand for directories: tracked directories which may hold no file. */
const directoryArea = 1;

/** The rows of all tracked files of the working tree. */
export class FileIndex extends RunTable<FileIndexRun> {
  readonly #fileMeta: MetaStore;
  readonly #emptyDirectories: RunTable<FileIndexRun>;

  constructor(environment: StoreEnvironment) {
    super(environment, 'files', fileIndexRunCodec, 0);
    this.#fileMeta = new MetaStore(environment);
    this.#emptyDirectories = new RunTable(environment, 'files', fileIndexRunCodec, directoryArea);
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
