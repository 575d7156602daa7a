/** The names of a repository that shells complete. */
import type { Repository } from '../index.js';
import type { NameProvider } from './complete-names.js';

/** Returns the names that `repository` knows; paths are those of HEAD. */
export function namesOfRepository(repository: Repository): NameProvider {
  return {
    branches: async () => repository.branches().map(({ name }) => name),
    tags: async () => repository.tags().map(({ name }) => name),
    stash: async () => repository.stashEntries().map(({ index }) => String(index)),
    remotes: async () => repository.remotes().map(({ name }) => name),
    paths: async (prefix) => {
      const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      if (repository.stores.headCommitId() === undefined) return [];
      return repository.list(directory === '' ? '.' : directory).flatMap((node) => {
        if (node.kind === 'file') return [directory + node.file.name];
        return node.kind === 'dir' ? [`${directory}${node.dir.name}/`] : [];
      });
    },
  };
}
