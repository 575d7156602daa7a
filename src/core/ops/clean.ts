/**
 * The verb `clean`: removes what status calls untracked, and only that. Ignored files, links, other repositories inside the working
 * tree, paths in conflict and ignore files stay; a directory goes when nothing is left in it.
 */
import { NotFoundError } from '../model/errors.js';
import { joinNames, splitNames } from '../model/name-list.js';
import {
  baseName,
  isWithin,
  joinPath,
  parentPath,
  type RepoPath,
  sortBytewise,
} from '../model/path.js';
import type { StatusProblem } from '../model/status.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import {
  enterDirectory,
  type IgnoreRules,
  isIgnored,
  rulesOfDirectory,
} from '../worktree/ignore.js';
import { isPattern, locatePath, patternMatcher } from '../worktree/locate.js';
import { isNestedRepository } from '../worktree/nested-repository.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { ignoreFileName } from '../worktree/scan.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { readMergeState } from './merge-state.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { compareWorkingTree } from './worktree-status.js';

/** What was removed, or would be. */
export interface CleanResult {
  readonly isDryRun: boolean;
  readonly files: readonly RepoPath[]; // all files, ascending
  readonly directories: readonly RepoPath[]; // that go as a whole, ascending
  readonly keptRepositories: readonly RepoPath[]; // other repositories: they stay
  readonly problems: readonly StatusProblem[]; // what could not be removed
}

/** Says which untracked paths are meant. */
export type PathFilter = (path: RepoPath) => boolean;

/**
 * Returns a filter for what the user typed; nothing typed means everything.
 * @param base absolute path of the directory that relative paths start from
 * @throws NotFoundError for a path that is not there; InvalidInputError for one outside the repository
 */
export async function cleanFilter(
  { root }: OpenRepository,
  base: string,
  texts: readonly string[],
): Promise<PathFilter> {
  const filters: PathFilter[] = [];
  for (const text of texts) {
    const { path, kind } = locatePath(root, base, text);
    if (kind !== 'absent') filters.push((candidate) => isWithin(candidate, path));
    else if (isPattern(text)) filters.push(await patternFilter(root, base, text));
    else throw new NotFoundError(`"${text}" does not exist.`, { path: text });
  }
  return filters.length === 0 ? () => true : (path) => filters.some((filter) => filter(path));
}

/**
 * Removes untracked files and directories.
 * @param isWanted what may go
 * @param dryRun true: only say what would go
 */
export async function clean(
  repository: OpenRepository,
  isWanted: PathFilter,
  dryRun: boolean,
  context: OperationContext,
): Promise<CleanResult> {
  if (dryRun) return planClean(repository, isWanted, context);
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  const plan = await planClean(repository, isWanted, context);
  const problems: StatusProblem[] = [];
  const { root } = repository;
  for (const [directory, names] of byDirectory(plan.files)) {
    for (const problem of removeFiles({ root, directory, names: joinNames(names) }).problems) {
      problems.push({ path: joinPath(directory, problem.name), message: problem.message });
    }
  }
  for (const { name, message } of removeEmptyDirectories(root, plan.directories).problems) {
    problems.push({ path: name, message });
  }
  return { ...plan, isDryRun: false, problems };
}

async function planClean(
  repository: OpenRepository,
  isWanted: PathFilter,
  context: OperationContext,
): Promise<CleanResult> {
  const state = await compareWorkingTree(repository, context);
  const conflicts = new Set(readMergeState(repository)?.conflicts.map(({ path }) => path));
  const walk = new UntrackedWalk(repository, context, isWanted);
  for (const path of state.untrackedFiles) if (!conflicts.has(path)) walk.takeFile(path);
  for (const { path } of state.untrackedDirectories) {
    await walk.visit(path, rulesOfDirectory(repository.root, parentPath(path)));
  }
  return {
    isDryRun: true,
    files: sortBytewise(walk.files),
    directories: sortBytewise(walk.directories),
    keptRepositories: walk.keptRepositories,
    problems: [],
  };
}

/** Collects what may go below untracked directories. */
class UntrackedWalk {
  readonly files: RepoPath[] = [];
  readonly directories: RepoPath[] = [];
  readonly keptRepositories: RepoPath[] = [];
  readonly #root: string;
  readonly #context: OperationContext;
  readonly #isWanted: PathFilter;

  constructor({ root }: OpenRepository, context: OperationContext, isWanted: PathFilter) {
    this.#root = root;
    this.#context = context;
    this.#isWanted = isWanted;
  }

  /** Takes a file if it may go; says whether. An ignore file decides what else may go: it stays. */
  takeFile(path: RepoPath): boolean {
    if (baseName(path) === ignoreFileName || !this.#isWanted(path)) return false;
    this.files.push(path);
    return true;
  }

  /** Takes what may go at and below an untracked directory; says whether that is all of it. */
  async visit(directory: RepoPath, parentRules: IgnoreRules): Promise<boolean> {
    throwIfStopped(this.#context);
    if (isNestedRepository(this.#root, directory)) {
      this.keptRepositories.push(directory);
      return false;
    }
    const [listing] = await this.#context.jobs.run('scan', {
      root: this.#root,
      directories: [directory],
    });
    if (listing === undefined || listing.error !== undefined) return false;
    const rules = enterDirectory(this.#root, parentRules, directory, listing.hasIgnoreFile);
    let isWhole = listing.badNames.length === 0;
    for (const [index, name] of splitNames(listing.names).entries()) {
      const kind = listing.kinds[index] ?? '';
      isWhole = (await this.#takeEntry(directory, name, kind, rules)) && isWhole;
    }
    const isGone = isWhole && this.#isWanted(directory);
    if (isGone) this.directories.push(directory);
    return isGone;
  }

  async #takeEntry(
    directory: RepoPath,
    name: string,
    kind: string,
    rules: IgnoreRules,
  ): Promise<boolean> {
    const path = joinPath(directory, name);
    if (isIgnored(rules, name, kind === 'd')) return false;
    if (kind === 'f') return this.takeFile(path);
    return kind === 'd' && this.visit(path, rules);
  }
}

/** A pattern means the files that match, and directories that match with all below them. */
async function patternFilter(root: string, base: string, pattern: string): Promise<PathFilter> {
  const { path: basePath } = locatePath(root, base, '.');
  const matches = await patternMatcher(basePath, pattern);
  return (path) => {
    for (let above = path; above !== ''; above = parentPath(above)) {
      if (matches(above)) return true;
    }
    return false;
  };
}

function byDirectory(files: readonly RepoPath[]): Map<RepoPath, string[]> {
  const groups = new Map<RepoPath, string[]>();
  for (const path of files) {
    const names = groups.get(parentPath(path));
    if (names === undefined) groups.set(parentPath(path), [baseName(path)]);
    else names.push(baseName(path));
  }
  return groups;
}
