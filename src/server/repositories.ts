/**
 * The open repositories of a server: opened at the first request, closed when they are idle and not among the last that were used: their
 * mapped databases and caches count as memory. One that is deleted is closed first, when the last request on it has ended.
 */
import type { Jobs } from '../core/jobs.js';
import type { Clock } from '../core/model/clock.js';
import { BusyError } from '../core/model/errors.js';
import { SharedWriter } from '../core/ops/shared-writer.js';
import { OpenRepository } from '../core/repository.js';
import { defaultEngineConfig } from '../core/store/config-files.js';
import type { Disk } from '../core/store/disk.js';
import type { ServedDirectory } from '../core/store/served-directory.js';
import { missingRepository, repositoryExists } from '../core/wire/messages/failures.js';
import { databaseFileOf } from '../core/worktree/stored-contents.js';
import { FailureError } from './exchange.js';

/** A repository that is open. */
export interface ServedRepository {
  readonly namespace: string;
  readonly name: string;
  readonly stores: OpenRepository;
  readonly writer: SharedWriter;
}

/** The name of a repository. */
export interface RepositoryName {
  readonly namespace: string;
  readonly repository: string;
}

interface Entry {
  readonly opening: Promise<ServedRepository>;
  databaseBytes: number; // when it was last released
  userCount: number;
  isLeaving: boolean; // it is being deleted: nobody may come in
  onIdle: (() => void) | undefined;
}

/**
 * Records that one transaction makes known: in a large repository nearly each of them changes a page of its own, and nobody is
 * answered until they are written.
 */
const rowsPerTransaction = 2048;

/** Bytes of databases that idle repositories keep open beside the one that was used last. */
const mostIdleBytes = 64 * 1024 * 1024;

/** Settings of a pool. */
export interface RepositoryPoolOptions {
  readonly maxOpen: number;
  readonly mostIdleBytes?: number; // for tests: instead of the 64 MiB of databases that idle repositories keep open
  readonly clock: Clock;
  readonly disk?: Disk | undefined;
  readonly writer?: Jobs | undefined; // carries out transactions; the calling thread does when absent
}

/** Repositories by name; close it when the server stops. */
export class RepositoryPool {
  readonly #directory: ServedDirectory;
  readonly #options: RepositoryPoolOptions;
  readonly #entries = new Map<string, Entry>(); // least recently used first

  /** @param options `disk`: what packs are written to, the machine's when absent */
  constructor(directory: ServedDirectory, options: RepositoryPoolOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Number of repositories that are open. */
  get openCount(): number {
    return this.#entries.size;
  }

  /** Runs `work` on a repository. @throws FailureError (404) when there is none */
  async use<Result>(
    name: RepositoryName,
    work: (repository: ServedRepository) => Promise<Result> | Result,
  ): Promise<Result> {
    const lease = await this.lease(name);
    try {
      return await work(lease.repository);
    } finally {
      lease.release();
    }
  }

  /** Keeps a repository open until `release`: for answers that are made while they are sent. @throws FailureError (404) */
  async lease(
    name: RepositoryName,
  ): Promise<{ repository: ServedRepository; release: () => void }> {
    const key = keyOf(name);
    const entry = this.#entries.get(key) ?? this.#open(name);
    if (entry.isLeaving) throw missing(name);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.userCount++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      entry.userCount--;
      if (path !== undefined) entry.databaseBytes = databaseFileOf(path).sizeBytes;
      if (entry.userCount === 0) entry.onIdle?.();
      this.#closeIdle(key);
    };
    let path: string | undefined;
    try {
      const repository = await entry.opening;
      path = repository.stores.environment.path;
      repository.stores.environment.refresh();
      return { repository, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Makes an empty bare repository. @throws FailureError (409) when there is one */
  async create({ namespace, repository }: RepositoryName): Promise<void> {
    if (this.#directory.find(namespace, repository) !== undefined) {
      throw new FailureError(repositoryExists);
    }
    const path = this.#directory.make(namespace, repository);
    const stores = await OpenRepository.create(path, { ...defaultEngineConfig, isBare: true });
    await stores.close();
  }

  /** Removes a repository. @throws FailureError (404) when there is none; BusyError when another removes it just now */
  async remove(name: RepositoryName): Promise<void> {
    const key = keyOf(name);
    if (this.#directory.find(name.namespace, name.repository) === undefined) throw missing(name);
    const entry = this.#entries.get(key);
    if (entry?.isLeaving === true) throw new BusyError('The repository is being removed.');
    if (entry !== undefined) {
      entry.isLeaving = true;
      if (entry.userCount > 0) {
        await new Promise<void>((resolve) => {
          entry.onIdle = resolve;
        });
      }
      await (await entry.opening).stores.close();
      this.#entries.delete(key);
    }
    await this.#directory.remove(name.namespace, name.repository);
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.allSettled(entries.map(async ({ opening }) => (await opening).stores.close()));
  }

  #open(name: RepositoryName): Entry {
    const path = this.#directory.find(name.namespace, name.repository);
    if (path === undefined) throw missing(name);
    const key = keyOf(name);
    const opening = this.#openAt(path, name);
    const entry: Entry = {
      opening,
      databaseBytes: 0,
      userCount: 0,
      isLeaving: false,
      onIdle: undefined,
    };
    this.#entries.set(key, entry);
    opening.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  /** Closes idle repositories, those first that were not used for longest; `last` was used last. */
  #closeIdle(last: string): void {
    const { maxOpen, mostIdleBytes: mostBytes = mostIdleBytes } = this.#options;
    const idle = [...this.#entries].filter(([, one]) => one.userCount === 0 && !one.isLeaving);
    const beside = idle.filter(([key]) => key !== last);
    let bytes = beside.reduce((sum, [, { databaseBytes }]) => sum + databaseBytes, 0);
    for (const [key, entry] of idle) {
      const isTooMuch = bytes > mostBytes && key !== last;
      if (this.#entries.size <= maxOpen && !isTooMuch) return;
      if (key !== last) bytes -= entry.databaseBytes;
      this.#entries.delete(key);
      void entry.opening.then(({ stores }) => stores.close()).catch(() => undefined);
    }
  }

  async #openAt(path: string, name: RepositoryName): Promise<ServedRepository> {
    const stores = await OpenRepository.open(path);
    const { clock, disk, writer: thread } = this.#options;
    const writer = new SharedWriter(stores, clock, {
      rowsPerTransaction,
      writer: thread,
      ...(disk === undefined ? {} : { disk }),
    });
    return { namespace: name.namespace, name: name.repository, stores, writer };
  }
}

function keyOf({ namespace, repository }: RepositoryName): string {
  return `${namespace}/${repository}`;
}

function missing({ namespace, repository }: RepositoryName): FailureError {
  return new FailureError(missingRepository(namespace, repository));
}
