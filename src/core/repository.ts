/**
 * An opened repository: its stores, its configuration, and what HEAD says. The verbs are in `ops`; several repositories may be
 * open in one process.
 */
import { join } from 'node:path';
import { IntegrityError } from './model/errors.js';
import type { CommitId } from './model/hash.js';
import type { CommitNode } from './model/node.js';
import { defaultEngineConfig, type EngineConfig, readEngineConfig } from './store/config-files.js';
import { isWritingDenied } from './store/database-errors.js';
import { StoreEnvironment } from './store/environment.js';
import { FileIndex } from './store/file-index.js';
import { type Head, readHead, writeHead } from './store/head.js';
import { MetaStore } from './store/meta.js';
import { LmdbNodeStore } from './store/node-store.js';
import { PackReader } from './store/pack-reader.js';
import { branchRef, type RefName } from './store/ref-names.js';
import { RefStore } from './store/refs.js';
import {
  checkDatabaseFile,
  controlDirectoryName,
  createControlDirectory,
  findRepositoryRoot,
  requireOwnRepository,
} from './store/repository-place.js';
import { Staging } from './store/staging.js';
import { PackVersionStore } from './store/version-store.js';
import { type CommitTree, readCommit } from './tree/read.js';

/** Settings of `OpenRepository.open`. */
export interface OpenOptions {
  readonly readOnly?: boolean | 'when-denied'; // true: nothing will be written, a read-only disk is fine; else where writing is not allowed
  readonly checkDatabase?: boolean; // true: look at every page of the database file before it is opened
  readonly create?: boolean; // true: make an empty database when there is none
}

const checkedOutKey = 'worktree/commit';
const shallowPrefix = 'shallow/';

/** The stores of one repository. Close it when it is no longer needed. */
export class OpenRepository {
  readonly root: string; // absolute path of the working tree
  readonly controlDirectory: string; // `.oxen`
  readonly packDirectory: string;
  readonly environment: StoreEnvironment;
  readonly refs: RefStore;
  readonly meta: MetaStore;
  readonly packReader: PackReader;
  readonly nodes: LmdbNodeStore;
  readonly versions: PackVersionStore;
  readonly staging: Staging;
  readonly fileIndex: FileIndex;

  private constructor(root: string, environment: StoreEnvironment) {
    this.root = root;
    this.controlDirectory = join(root, controlDirectoryName);
    this.packDirectory = join(this.controlDirectory, 'versions', 'packs');
    this.environment = environment;
    this.refs = new RefStore(environment);
    this.meta = new MetaStore(environment);
    this.packReader = new PackReader(this.packDirectory);
    this.nodes = new LmdbNodeStore(environment, this.packReader);
    this.versions = new PackVersionStore(environment, this.packReader);
    this.staging = new Staging(environment);
    this.fileIndex = new FileIndex(environment);
  }

  /**
   * Opens the repository that `path` lies in.
   * @throws NotFoundError when there is none; OperationError when it is foreign or newer than this program
   * @throws IntegrityError when its database is damaged
   */
  static async open(path: string, options: OpenOptions = {}): Promise<OpenRepository> {
    const root = findRepositoryRoot(path);
    const controlDirectory = join(root, controlDirectoryName);
    if (options.create !== true) requireOwnRepository(controlDirectory);
    if (options.checkDatabase === true) checkDatabaseFile(controlDirectory);
    return new OpenRepository(root, await openEnvironment(controlDirectory, options));
  }

  /**
   * Makes a new repository in the directory `path`, which must exist, and opens it.
   * @throws OperationError when there is one already
   */
  static async create(
    path: string,
    engine: EngineConfig = defaultEngineConfig,
  ): Promise<OpenRepository> {
    const root = createControlDirectory(path, engine);
    const environment = await StoreEnvironment.open(join(root, controlDirectoryName), {
      create: true,
    });
    return new OpenRepository(root, environment);
  }

  /** What is checked out: a branch, which may not have a commit yet, or a commit. */
  head(): Head {
    return readHead(this.controlDirectory);
  }

  /** Where HEAD is damaged, puts it on the commit that the working tree was made from: a checkout can start from there. */
  repairHead(): void {
    try {
      this.head();
    } catch (error) {
      const commitId = this.checkedOutCommit();
      if (!(error instanceof IntegrityError) || commitId === undefined) throw error;
      this.writeHead({ kind: 'detached', commitId });
    }
  }

  /** Puts HEAD on a branch or a commit, durably. */
  writeHead(head: Head): void {
    writeHead(this.controlDirectory, head);
  }

  /** Returns the commit of HEAD, undefined before the first one. */
  headCommitId(): CommitId | undefined {
    const head = this.head();
    return head.kind === 'branch' ? this.refs.read(branchRef(head.branch)) : head.commitId;
  }

  /** Returns the commit of HEAD with its root, undefined before the first one. @throws IntegrityError when it is missing */
  headTree(): CommitTree | undefined {
    const id = this.headCommitId();
    return id === undefined ? undefined : this.commitTree(id);
  }

  /** Returns a commit with its root, undefined when it is not here. @throws IntegrityError when it is damaged */
  commitTree(id: CommitId): CommitTree | undefined {
    return readCommit(this.nodes, id);
  }

  /** Returns a commit, undefined when it is not here. @throws IntegrityError when it is damaged */
  commit(id: CommitId): CommitNode | undefined {
    return this.commitTree(id)?.commit;
  }

  /** Returns the commit that a reference such as `heads/main` points to. */
  reference(name: string): CommitId | undefined {
    return this.refs.read(name as RefName);
  }

  /** Returns up to `limit` ids of stored commits whose text starts with `digits`. */
  commitsStartingWith(digits: string, limit: number): readonly CommitId[] {
    return this.nodes.commitsStartingWith(digits, limit);
  }

  /** Returns the commit that the working tree was made from; HEAD's, unless the branch moved without it. */
  checkedOutCommit(): CommitId | undefined {
    return this.meta.getHash(checkedOutKey) as CommitId | undefined;
  }

  /** Records the commit that the working tree is made from; inside the transaction that makes it so. */
  setCheckedOutCommit(id: CommitId | undefined): void {
    this.meta.putHash(checkedOutKey, id);
  }

  /** Says whether a commit is known to be absent here: the history of a shallow clone ends before it. */
  isShallow(id: CommitId): boolean {
    return this.meta.get(`${shallowPrefix}${id}`) !== undefined;
  }

  /** Records that a commit is absent on purpose; inside a transaction. */
  addShallow(id: CommitId): void {
    this.meta.put(`${shallowPrefix}${id}`, new Uint8Array(0));
  }

  /** Settings that real Oxen does not know. */
  engineConfig(): EngineConfig {
    return readEngineConfig(this.controlDirectory);
  }

  /** Closes the stores. */
  async close(): Promise<void> {
    this.packReader.close();
    await this.environment.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function openEnvironment(
  controlDirectory: string,
  { readOnly = false, ...options }: OpenOptions,
): Promise<StoreEnvironment> {
  if (readOnly !== 'when-denied') {
    return StoreEnvironment.open(controlDirectory, { ...options, readOnly });
  }
  try {
    return await StoreEnvironment.open(controlDirectory, options);
  } catch (error) {
    if (!isWritingDenied(error)) throw error;
    return StoreEnvironment.open(controlDirectory, { ...options, readOnly: true });
  }
}
