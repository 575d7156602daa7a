/**
 * The library's `Repository`: every verb as a method. To looking things up (`repository-history`), reading the state (`repository-reader`)
 * and working in it (`repository-changes`) it adds what makes, shares and cares for repositories.
 */
import { NotFoundError, OperationError } from '../core/model/errors.js';
import type { CommitId } from '../core/model/hash.js';
import { type CloneOptions, type CloneResult, clone } from '../core/ops/clone.js';
import {
  type FetchOptions,
  type FetchResult,
  fetch,
  fetchMissingFiles,
} from '../core/ops/fetch.js';
import { collectGarbage, type GcOptions } from '../core/ops/gc.js';
import type { GcReport } from '../core/ops/gc-report.js';
import { type LoadOptions, type LoadResult, loadRepository } from '../core/ops/load.js';
import { type PullOptions, type PullResult, pull } from '../core/ops/pull.js';
import {
  type PushOptions,
  type PushResult,
  type PushTarget,
  push,
  pushDelete,
} from '../core/ops/push.js';
import { type PushMissingResult, pushMissing } from '../core/ops/push-missing.js';
import { defaultRemoteName } from '../core/ops/remote-access.js';
import { listBranchesOfRemote } from '../core/ops/remote-repository.js';
import { type RepairReport, repair } from '../core/ops/repair.js';
import { OpenRepository } from '../core/repository.js';
import { readArchiveFile } from '../core/store/archive-file.js';
import { requireFinishedClone } from '../core/store/clone-place.js';
import {
  parseCompression,
  readRepositoryConfig,
  withoutRemote,
  withRemote,
  writeEngineConfig,
  writeRepositoryConfig,
} from '../core/store/config-files.js';
import type { ByteStream } from '../core/wire/byte-source.js';
import { parseRemoteUrl } from '../core/wire/remote-url.js';
import { contextOf, type RepositoryOptions } from './options.js';
import { settingsOf } from './remote.js';
import { RepositoryChanges } from './repository-changes.js';

/** A repository that was cloned, open, and what came. */
export interface Cloned {
  readonly repository: Repository;
  readonly result: CloneResult;
}

/** A repository that was loaded, open, and what it holds. */
export interface Loaded {
  readonly repository: Repository;
  readonly result: LoadResult;
}

/** A repository on this machine. Close it when it is no longer needed. */
export class Repository extends RepositoryChanges {
  /**
   * Makes a repository in an existing directory and opens it.
   * @throws OperationError when there is one already; NotFoundError when the directory does not exist
   */
  static async init(path: string, options: RepositoryOptions = {}): Promise<Repository> {
    return new Repository(await OpenRepository.create(path), options);
  }

  /**
   * Opens the repository that `path` lies in.
   * @throws NotFoundError when there is none; OperationError when it is foreign or newer than this program
   */
  static async open(path: string, options: RepositoryOptions = {}): Promise<Repository> {
    const { readOnly = false, checkDatabase = false } = options;
    const stores = await OpenRepository.open(path, { readOnly, checkDatabase });
    try {
      requireFinishedClone(stores.controlDirectory);
      return new Repository(stores, options);
    } catch (error) {
      await stores.close();
      throw error;
    }
  }

  /**
   * Clones a remote repository into a directory, which may be empty, absent, or an unfinished clone of the same URL.
   * @throws as `core/ops/clone`
   */
  static async clone(
    url: string,
    path: string,
    options: RepositoryOptions & CloneOptions = {},
  ): Promise<Cloned> {
    const context = contextOf(options);
    try {
      const settings = settingsOf(options);
      const cloned = await clone(parseRemoteUrl(url), path, settings, context, options);
      const repository = new Repository(cloned.repository, options, context);
      return { repository, result: cloned.result };
    } catch (error) {
      if (options.jobs === undefined) await context.jobs.close();
      throw error;
    }
  }

  /**
   * Makes a repository out of an archive, a file or a stream, and opens it.
   * @throws as `core/ops/load`
   */
  static async load(
    source: string | ByteStream,
    path: string,
    options: RepositoryOptions & LoadOptions = {},
  ): Promise<Loaded> {
    const context = contextOf(options);
    try {
      const stream = typeof source === 'string' ? readArchiveFile(source) : source;
      const { repository, result } = await loadRepository(stream, path, context, options);
      return { repository: new Repository(repository, options, context), result };
    } catch (error) {
      if (options.jobs === undefined) await context.jobs.close();
      throw error;
    }
  }

  /** Removes what nothing needs any more. @throws as `core/ops/gc` */
  gc(options: GcOptions = {}): Promise<GcReport> {
    return collectGarbage(this.stores, this.context, options);
  }

  /** Sets the URL of a remote, which need not answer. @throws InvalidInputError for a bad name or URL */
  setRemote(name: string, url: string): void {
    parseRemoteUrl(url);
    const { controlDirectory } = this.stores;
    writeRepositoryConfig(
      controlDirectory,
      withRemote(readRepositoryConfig(controlDirectory), name, url),
    );
  }

  /** Sets when contents are compressed: never, when `gc` rewrites them, or at `add` as well. What is stored stays as it is. @throws InvalidInputError unless it is `none`, `gc` or `add` */
  setCompression(mode: string): void {
    const compression = parseCompression(mode);
    const { controlDirectory } = this.stores;
    writeEngineConfig(controlDirectory, { ...this.stores.engineConfig(), compression });
  }

  /** Forgets a remote. @throws NotFoundError when there is none of this name */
  deleteRemote(name: string): void {
    const { controlDirectory } = this.stores;
    const config = readRepositoryConfig(controlDirectory);
    if (!config.remotes.some((remote) => remote.name === name)) {
      throw new NotFoundError(`No remote named '${name}'.`, {
        hint: 'See which there are: oxen remote -v',
      });
    }
    writeRepositoryConfig(controlDirectory, withoutRemote(config, name));
  }

  /** Returns which branch a push sends when not all is said: to `origin`, the checked-out one. @throws OperationError */
  pushTarget(remote = defaultRemoteName, branch = this.currentBranch()): PushTarget {
    if (branch !== undefined) return { remote, branch };
    throw new OperationError(
      'Repository is in a detached HEAD state, checkout a valid branch to continue.',
      { hint: 'Name the branch: oxen push origin main' },
    );
  }

  /** Sends a branch to a remote. @throws as `core/ops/push` */
  push(target = this.pushTarget(), options: PushOptions = {}): Promise<PushResult> {
    return push(this.stores, target, settingsOf(this.options), this.context, options);
  }

  /** Sends contents that a remote should have and has not. @throws as `core/ops/push-missing` */
  pushMissing(
    target = this.pushTarget(),
    options: { readonly revision?: string; readonly revalidate?: boolean } = {},
  ): Promise<PushMissingResult> {
    const { revision, revalidate = false } = options;
    const settings = settingsOf(this.options);
    return pushMissing(this.stores, target, settings, this.context, {
      revalidate,
      ...(revision === undefined ? {} : { commitId: this.resolve(revision) }),
    });
  }

  /** Deletes a branch of a remote. @throws NotFoundError when there is none */
  pushDelete(target: PushTarget): Promise<void> {
    return pushDelete(this.stores, target, settingsOf(this.options), this.context);
  }

  /** Brings branches of a remote here, without touching local branches and files. @throws as `core/ops/fetch` */
  fetch(remote = defaultRemoteName, options: FetchOptions = {}): Promise<FetchResult> {
    return fetch(this.stores, remote, settingsOf(this.options), this.context, options);
  }

  /** Fetches what is missing or damaged from a remote and checks again. @throws as `core/ops/repair` */
  repair(remote = defaultRemoteName): Promise<RepairReport> {
    return repair(this.stores, remote, settingsOf(this.options), this.context);
  }

  /** Brings contents of the checked-out commit that are not here. @throws as `core/ops/fetch` */
  fetchMissingFiles(remote = defaultRemoteName): Promise<FetchResult> {
    return fetchMissingFiles(this.stores, remote, settingsOf(this.options), this.context);
  }

  /** Fetches a branch and brings the checked-out one and the files there. @throws as `core/ops/pull` */
  pull(source = this.pushTarget(), options: PullOptions = {}): Promise<PullResult> {
    return pull(this.stores, source, settingsOf(this.options), this.context, options);
  }

  /** Asks a remote for its branches. @throws NotFoundError, RemoteError */
  branchesOf(remote = defaultRemoteName): Promise<{ name: string; commitId: CommitId }[]> {
    return listBranchesOfRemote(this.stores, remote, settingsOf(this.options), this.context);
  }
}
