/** How jobs reach stored contents: threads keep an environment open from job to job, the calling thread only while a job runs. */
import {
  databaseFileOf,
  type OpenStoredContents,
  openStoredContents,
} from '../core/worktree/stored-contents.js';
import type { JobResources } from './run-job.js';

/** For the calling thread: shares the environment that the repository has open. */
export const briefResources: JobResources = {
  async withContents(databasePath, use) {
    if (databasePath === undefined) return use({});
    await using contents = await openStoredContents(databasePath);
    return await use({ contents });
  },
};

/** The most environments that a thread keeps open; a server has many repositories. */
const maxOpenCount = 16;

interface Opened {
  readonly file: string; // which database file it was
  readonly contents: Promise<OpenStoredContents>;
}

/** For a thread of the pool: opening costs some ms, so what was opened stays open for the next job. */
export function lastingResources(): JobResources {
  const open = new Map<string, Opened>(); // least recently used first
  const close = async (path: string, { contents }: Opened): Promise<void> => {
    open.delete(path);
    await (await contents).close();
  };
  return {
    async withContents(databasePath, use) {
      if (databasePath === undefined) return use({});
      // A repository may have been removed and made again at the same path.
      const file = databaseFileOf(databasePath);
      const known = open.get(databasePath);
      if (known !== undefined && known.file !== file) await close(databasePath, known);
      const opened = open.get(databasePath) ?? { file, contents: openStoredContents(databasePath) };
      open.delete(databasePath);
      open.set(databasePath, opened);
      const [oldest] = open;
      if (open.size > maxOpenCount && oldest !== undefined) await close(...oldest);
      const contents = await opened.contents;
      contents.refresh();
      return use({ contents });
    },
  };
}
