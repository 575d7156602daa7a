/** How jobs reach the database: threads keep an environment open from job to job, the calling thread only while a job runs. */
import { dirname } from 'node:path';
import { StoreEnvironment } from '../core/store/environment.js';
import {
  type DatabaseFile,
  databaseFileOf,
  openStoredContents,
} from '../core/worktree/stored-contents.js';
import type { JobResources } from './run-job.js';

/** For the calling thread: shares the environment that the repository has open. */
export const briefResources: JobResources = {
  async withContents(databasePath, use) {
    if (databasePath === undefined) return await use({});
    await using contents = await openStoredContents(databasePath);
    return await use({ contents });
  },
  async withEnvironment(databasePath, use) {
    await using environment = await openEnvironment(databasePath);
    return await use(environment);
  },
};

/** For a thread of the pool: opening costs some ms, so what was opened stays open for the next job. */
export function lastingResources(): JobResources {
  const contentsOf = new KeptOpen(openStoredContents);
  const environmentOf = new KeptOpen(openEnvironment);
  return {
    async withContents(databasePath, use) {
      if (databasePath === undefined) return await use({});
      const contents = await contentsOf.get(databasePath);
      contents.refresh();
      return await use({ contents });
    },
    async withEnvironment(databasePath, use) {
      return await use(await environmentOf.get(databasePath));
    },
  };
}

function openEnvironment(databasePath: string): Promise<StoreEnvironment> {
  return StoreEnvironment.open(dirname(databasePath));
}

/** The most databases that a thread keeps open; a server has many repositories. */
const maxOpenCount = 16;

/** The most bytes of databases that it keeps open beside the last one. */
const mostBytesBeside = 64 * 1024 * 1024;

interface Kept<Value> {
  readonly file: DatabaseFile; // when it was last asked for
  readonly value: Promise<Value>;
}

/** What was opened last, by the path of the database. */
class KeptOpen<Value extends { close(): Promise<void> }> {
  readonly #open: (databasePath: string) => Promise<Value>;
  readonly #kept = new Map<string, Kept<Value>>(); // least recently used first

  constructor(open: (databasePath: string) => Promise<Value>) {
    this.#open = open;
  }

  async get(path: string): Promise<Value> {
    // A repository may have been removed and made again at the same path.
    const file = databaseFileOf(path);
    const known = this.#kept.get(path);
    if (known !== undefined && known.file.name !== file.name) await this.#close(path, known);
    const value = this.#kept.get(path)?.value ?? this.#open(path);
    const kept = { file, value };
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    await this.#closeSurplus(path);
    try {
      return await kept.value;
    } catch (error) {
      if (this.#kept.get(path) === kept) this.#kept.delete(path); // the next job tries again
      throw error;
    }
  }

  /** Closes what was not used for longest until the rest beside `last` may stay open. */
  async #closeSurplus(last: string): Promise<void> {
    const others = [...this.#kept].filter(([path]) => path !== last);
    let count = others.length + 1;
    let bytes = others.reduce((sum, [, { file }]) => sum + file.sizeBytes, 0);
    for (const [path, kept] of others) {
      if (count <= maxOpenCount && bytes <= mostBytesBeside) return;
      count--;
      bytes -= kept.file.sizeBytes;
      await this.#close(path, kept);
    }
  }

  async #close(path: string, { value }: Kept<Value>): Promise<void> {
    this.#kept.delete(path);
    await (await value).close();
  }
}
