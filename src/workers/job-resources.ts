/** How jobs reach stored contents: threads keep an environment open from job to job, the calling thread only while a job runs. */
import { type OpenStoredContents, openStoredContents } from '../core/worktree/stored-contents.js';
import type { JobResources } from './run-job.js';

/** For the calling thread: shares the environment that the repository has open. */
export const briefResources: JobResources = {
  async withContents(databasePath, use) {
    if (databasePath === undefined) return use({});
    await using contents = await openStoredContents(databasePath);
    return use({ contents });
  },
};

/** For a thread of the pool, which lives as long as its verb: opening costs some ms, so it is done once. */
export function lastingResources(): JobResources {
  const open = new Map<string, Promise<OpenStoredContents>>();
  return {
    async withContents(databasePath, use) {
      if (databasePath === undefined) return use({});
      let opening = open.get(databasePath);
      if (opening === undefined) {
        opening = openStoredContents(databasePath);
        open.set(databasePath, opening);
      }
      const contents = await opening;
      contents.refresh();
      return use({ contents });
    },
  };
}
