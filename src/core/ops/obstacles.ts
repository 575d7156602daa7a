/**
 * What stands in the way of files that a verb is going to write, although it is not one of the paths that the verb changes: a
 * file where a directory is needed above them, or other files in a directory that has to give way to one of them.
 */
import { stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { splitNames } from '../model/name-list.js';
import { joinPath, parentPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { DirectoryGuard } from '../worktree/directory-guard.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { stagedAt } from './rows.js';

/** Finds obstacles for one run of a verb. */
export class Obstacles {
  readonly #repository: OpenRepository;
  readonly #leaves: (path: RepoPath) => boolean;
  readonly #context: OperationContext;
  readonly #guard: DirectoryGuard;

  /** @param leaves says whether the verb itself removes or replaces what is at a path: that is no obstacle */
  constructor(
    repository: OpenRepository,
    leaves: (path: RepoPath) => boolean,
    context: OperationContext,
  ) {
    this.#repository = repository;
    this.#leaves = leaves;
    this.#context = context;
    this.#guard = new DirectoryGuard(repository.root);
  }

  /**
   * Returns what is no directory, at `directory` or above it.
   * @param countStaged also directories whose removal is staged
   */
  above(directory: RepoPath, countStaged: boolean): RepoPath[] {
    const found: RepoPath[] = [];
    const state = this.#guard.stateOf(directory);
    const other = state.kind === 'other' ? (state.path as RepoPath) : undefined;
    if (other !== undefined && !this.#leaves(other)) found.push(other);
    if (!countStaged || this.#repository.staging.isEmpty()) return found;
    for (let path = directory; path !== rootPath; path = parentPath(path)) {
      const staged = stagedAt(this.#repository.staging, path);
      const isRemoved = staged?.status === stagedStatuses.removed;
      if (isRemoved && staged?.kind === stagedKinds.dir) found.push(path);
    }
    return found;
  }

  /** Returns files, links and empty directories in a directory that has to give way, but for those that the verb removes. */
  async below(directory: RepoPath): Promise<RepoPath[]> {
    const { root } = this.#repository;
    const found: RepoPath[] = [];
    let level = [directory];
    while (level.length > 0) {
      throwIfStopped(this.#context);
      const listings = await this.#context.jobs.run('scan', { root, directories: level });
      const next: RepoPath[] = [];
      listings.forEach(({ names, kinds, badNames }, index) => {
        const parent = level[index] ?? directory;
        const paths = splitNames(names).map((name) => joinPath(parent, name));
        next.push(...paths.filter((_, position) => kinds[position] === 'd'));
        found.push(
          ...paths.filter((path, position) => kinds[position] !== 'd' && !this.#leaves(path)),
          ...badNames.map(({ name }) => joinPath(parent, name)),
        );
        const isEmpty = paths.length === 0 && badNames.length === 0;
        if (isEmpty && !this.#leaves(parent)) found.push(parent);
      });
      level = next;
    }
    return found;
  }
}
