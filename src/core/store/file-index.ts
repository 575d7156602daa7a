/**
 * The file index: the tracked files with the stat values under which their hashes were seen, as runs by directory. `meta` holds
 * the root that the index was last made to agree with; while that is the root of HEAD, a path is tracked exactly when it has a row.
 */
import { type FileIndexRun, fileIndexRunCodec } from '../format/file-index-run.js';
import type { Hash } from '../model/hash.js';
import type { StoreEnvironment } from './environment.js';
import { MetaStore } from './meta.js';
import { RunTable } from './run-table.js';

const rootKey = 'files/root';

/** The rows of all tracked files of the working tree. */
export class FileIndex extends RunTable<FileIndexRun> {
  readonly #fileMeta: MetaStore;

  constructor(environment: StoreEnvironment) {
    super(environment, 'files', fileIndexRunCodec, 0);
    this.#fileMeta = new MetaStore(environment);
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
