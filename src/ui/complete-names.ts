/** Names for the shells to complete that only a repository knows: what the hidden verb `__complete` prints. */
import { compareBytewise } from '../core/model/path.js';
import { type RepositoryName, repositoryNames } from './completion-model.js';

/** Who knows the names of a repository. */
export interface NameProvider {
  /** Returns the names of all branches. */
  branches(): Promise<Iterable<string>>;
  /** Returns the names of all tags. */
  tags(): Promise<Iterable<string>>;
  /** Returns the numbers of the entries of the stash. */
  stash(): Promise<Iterable<string>>;
  /** Returns the names of all remotes. */
  remotes(): Promise<Iterable<string>>;
  /** Returns the tracked paths and directories that begin with `prefix`, relative to the working directory. */
  paths(prefix: string): Promise<Iterable<string>>;
}

/** Most names that are printed; a shell shows no more than that anyway. */
const maxNames = 1000;

/** Returns the lines of names of `kind` that begin with `prefix`, in order; none for a kind that is not known. */
export async function completeNames(
  kind: string,
  prefix: string,
  provider: NameProvider,
): Promise<string> {
  const name = repositoryNames.find((known) => known === kind);
  if (name === undefined) return '';
  const fitting = [...(await namesOf(name, prefix, provider))]
    .filter((candidate) => candidate.startsWith(prefix) && !candidate.includes('\n'))
    .sort(compareBytewise);
  return fitting
    .slice(0, maxNames)
    .map((candidate) => `${candidate}\n`)
    .join('');
}

async function namesOf(
  kind: RepositoryName,
  prefix: string,
  provider: NameProvider,
): Promise<Iterable<string>> {
  switch (kind) {
    case 'branch':
      return provider.branches();
    case 'remote':
      return provider.remotes();
    case 'revision':
      return [...(await provider.branches()), ...(await provider.tags()), 'HEAD'];
    case 'revision-or-path':
      return [...(await namesOf('revision', prefix, provider)), ...(await provider.paths(prefix))];
    case 'tag':
      return provider.tags();
    case 'stash':
      return provider.stash();
    case 'path':
      return provider.paths(prefix);
  }
}
