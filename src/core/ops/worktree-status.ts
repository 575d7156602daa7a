/**
 * How the working tree differs from what is tracked. The file index names the directories, so all of them are compared in
 * parallel; files whose stat values prove nothing are hashed, and their rows refreshed when they turn out clean.
 */
import { FileIndexRun, FileIndexRunBuilder } from '../format/file-index-run.js';
import { equalHashBytes, hashBytesLength } from '../model/hash.js';
import type { DirectoryComparison, DirectoryListing, SeenDirectory } from '../model/jobs.js';
import { joinNames, splitNames } from '../model/name-list.js';
import {
  compareBytewise,
  isWithin,
  joinPath,
  parentPath,
  type RepoPath,
  rootPath,
  sortBytewise,
} from '../model/path.js';
import type { RepositoryStatus, StatusProblem, UntrackedDirectory } from '../model/status.js';
import type { OpenRepository } from '../repository.js';
import { enterDirectory, type IgnoreRules, isIgnored, rootRules } from '../worktree/ignore.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { JobWindow } from './job-window.js';
import { type DirectoryToCompare, trackedDirectories, trackedRows } from './tracked-directories.js';

/** The part of a status that the working tree tells. */
export type WorktreePart = Pick<
  RepositoryStatus,
  | 'modifiedFiles'
  | 'removedFiles'
  | 'removedDirectories'
  | 'untrackedDirectories'
  | 'untrackedFiles'
  | 'problems'
>;

const bytesPerJob = 1 << 18; // of file index runs: about 4,000 files
const directoriesPerJob = 128;
const jobsPerThread = 2;

/**
 * Compares the whole working tree with the file index.
 * @param options `untracked: false` leaves out what is not tracked
 */
export async function compareWorkingTree(
  repository: OpenRepository,
  context: OperationContext,
  options: { readonly untracked?: boolean } = {},
): Promise<WorktreePart> {
  const comparison = new WorktreeComparison(repository, context);
  await comparison.compareTracked();
  await comparison.hashSuspects();
  if (options.untracked !== false) await comparison.countUntracked();
  return comparison.result();
}

class WorktreeComparison {
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #tracked: Set<RepoPath>;
  readonly #listings = new Map<RepoPath, DirectoryListing>();
  readonly #present = new Set<RepoPath>([rootPath]);
  readonly #seen = new Map<RepoPath, SeenDirectory>(); // new ones
  readonly #suspects: { directory: RepoPath; names: string[] }[] = [];
  readonly #modified: RepoPath[] = [];
  readonly #missing: { readonly directory: RepoPath; readonly names: string }[] = []; // joined: nobody asks for those of a directory that is gone
  readonly #untrackedFiles: RepoPath[] = [];
  readonly #untrackedDirectories: UntrackedDirectory[] = [];
  readonly #problems: StatusProblem[] = [];
  readonly #rules = new Map<RepoPath, IgnoreRules>();

  constructor(repository: OpenRepository, context: OperationContext) {
    this.#repository = repository;
    this.#context = context;
    this.#tracked = trackedDirectories(repository.fileIndex);
  }

  /** Lists every tracked directory and compares stat values. */
  async compareTracked(): Promise<void> {
    const { root } = this.#repository;
    const progress = new ProgressCounter(this.#context, 'scan');
    const window = new JobWindow(this.#context.jobs.parallelism * jobsPerThread);
    for (const directories of this.#batches()) {
      throwIfStopped(this.#context);
      await window.start(async () => {
        const results = await this.#context.jobs.run('compareDirs', { root, directories });
        results.forEach((result, index) => {
          this.#takeComparison((directories[index]?.path ?? '') as RepoPath, result);
        });
        progress.add(
          results.reduce((sum, { cleanCount }) => sum + cleanCount, 0),
          0,
        );
      });
    }
    await window.drain();
    this.#keepSeen();
  }

  /** Keeps how directories were seen, so that the next look need not list them; a reader may not write, that is fine too. */
  #keepSeen(): void {
    const { environment, fileIndex } = this.#repository;
    if (this.#seen.size === 0 || environment.isReadOnly) return;
    environment.transaction(() => fileIndex.putSeenDirectories(this.#seen));
  }

  /** Reads the files whose stat values prove nothing; clean ones get fresh rows, so that the next look is cheap. */
  async hashSuspects(): Promise<void> {
    const { root, fileIndex } = this.#repository;
    const fresh: { directory: RepoPath; run: FileIndexRun }[] = [];
    const window = new JobWindow(this.#context.jobs.parallelism * jobsPerThread);
    for (const { directory, names } of this.#suspects) {
      throwIfStopped(this.#context);
      await window.start(async () => {
        const [output] = await this.#context.jobs.run('hashFiles', [
          { root, directory, names: joinNames(names) },
        ]);
        if (output === undefined) return;
        const hashed = new FileIndexRun(output.index);
        const known = fileIndex.readDirectory(directory);
        for (const name of this.#differing(hashed, known)) {
          this.#modified.push(joinPath(directory, name));
        }
        for (const { name, message } of output.problems) {
          this.#problems.push({ path: joinPath(directory, name), message });
        }
        fresh.push({ directory, run: hashed });
      });
    }
    await window.drain();
    refreshRows(this.#repository, fresh);
  }

  /** Counts the files in untracked directories. */
  async countUntracked(): Promise<void> {
    const unknown: RepoPath[] = [];
    for (const [directory, listing] of this.#listings) {
      const rules = this.#rulesOf(directory);
      splitNames(listing.names).forEach((name, index) => {
        const kind = listing.kinds[index];
        const path = joinPath(directory, name);
        if (kind === 'd' && this.#tracked.has(path)) return;
        if (kind !== 'f' && kind !== 'd') return;
        if (isIgnored(rules, name, kind === 'd')) return;
        if (kind === 'f') this.#untrackedFiles.push(path);
        else unknown.push(path);
      });
    }
    for (const path of sortBytewise(unknown)) {
      const itemCount = await this.#countFiles(path);
      this.#untrackedDirectories.push({ path, itemCount });
    }
  }

  /** Returns what was found, in order. */
  result(): WorktreePart {
    const gone = this.#missingDirectories();
    const missing = this.#missing.filter(
      ({ directory }) => !gone.some((path) => isWithin(directory, path)),
    );
    return {
      modifiedFiles: sortBytewise(this.#modified),
      removedFiles: sortBytewise(
        missing.flatMap(({ directory, names }) =>
          splitNames(names).map((name) => joinPath(directory, name)),
        ),
      ),
      removedDirectories: gone,
      untrackedDirectories: this.#untrackedDirectories,
      untrackedFiles: sortBytewise(this.#untrackedFiles),
      problems: this.#problems.sort((a, b) => compareBytewise(a.path, b.path)),
    };
  }

  *#batches(): Generator<DirectoryToCompare[]> {
    let batch: DirectoryToCompare[] = [];
    let size = 0;
    for (const directory of trackedRows(this.#repository.fileIndex, this.#tracked)) {
      batch.push(directory);
      for (const run of directory.runs) size += run.length;
      if (size < bytesPerJob && batch.length < directoriesPerJob) continue;
      yield batch;
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield batch;
  }

  #takeComparison(directory: RepoPath, result: DirectoryComparison): void {
    const { listing } = result;
    if (listing.error !== undefined) {
      this.#problems.push({ path: directory, message: listing.error.message });
    }
    if (result.isGone !== true) this.#present.add(directory);
    if (result.seen !== undefined) this.#seen.set(directory, result.seen);
    for (const { name, message } of listing.badNames) {
      this.#problems.push({ path: joinPath(directory, name), message });
    }
    for (const name of splitNames(result.changed)) this.#modified.push(joinPath(directory, name));
    if (result.missing !== '') this.#missing.push({ directory, names: result.missing });
    const names = splitNames(result.suspect);
    if (names.length > 0) this.#suspects.push({ directory, names });
    if (listing.names === '' && !listing.hasIgnoreFile) return;
    this.#listings.set(directory, listing);
  }

  *#differing(hashed: FileIndexRun, known: readonly FileIndexRun[]): Generator<string> {
    for (let row = 0; row < hashed.count; row++) {
      if (isSameContent(hashed, row, known) === false) yield hashed.nameAt(row);
    }
  }

  /** Tracked directories that are gone, without those inside another one that is gone. */
  #missingDirectories(): RepoPath[] {
    const gone = new Set<RepoPath>();
    for (const path of sortBytewise([...this.#tracked])) {
      const parent = parentPath(path);
      const isUnknown = this.#problems.some((problem) => problem.path === parent);
      if (this.#present.has(path) || gone.has(parent) || isUnknown) {
        if (gone.has(parent)) gone.add(path);
        continue;
      }
      gone.add(path);
    }
    return [...gone].filter((path) => !gone.has(parentPath(path)));
  }

  #rulesOf(directory: RepoPath): IgnoreRules {
    const known = this.#rules.get(directory);
    if (known !== undefined) return known;
    const { root } = this.#repository;
    const hasIgnoreFile = this.#listings.get(directory)?.hasIgnoreFile ?? false;
    const rules =
      directory === ''
        ? rootRules(root, hasIgnoreFile)
        : enterDirectory(root, this.#rulesOf(parentPath(directory)), directory, hasIgnoreFile);
    this.#rules.set(directory, rules);
    return rules;
  }

  async #countFiles(directory: RepoPath): Promise<number> {
    const { root } = this.#repository;
    let count = 0;
    let level = [{ path: directory, parentRules: this.#rulesOf(parentPath(directory)) }];
    while (level.length > 0) {
      throwIfStopped(this.#context);
      const listings = await this.#context.jobs.run('scan', {
        root,
        directories: level.map(({ path }) => path),
      });
      const next: typeof level = [];
      listings.forEach((listing, index) => {
        const target = level[index];
        if (target === undefined) return;
        const rules = enterDirectory(root, target.parentRules, target.path, listing.hasIgnoreFile);
        splitNames(listing.names).forEach((name, position) => {
          const kind = listing.kinds[position];
          if (isIgnored(rules, name, kind === 'd')) return;
          if (kind === 'd') next.push({ path: joinPath(target.path, name), parentRules: rules });
          else if (kind === 'f') count++;
        });
      });
      level = next;
    }
    return count;
  }
}

/** Keeps fresh rows of files that turned out clean. The next look is cheaper for it; a reader may not write, that is fine too. */
function refreshRows(
  { environment, fileIndex }: OpenRepository,
  fresh: readonly { directory: RepoPath; run: FileIndexRun }[],
): void {
  if (fresh.length === 0 || environment.isReadOnly) return;
  environment.transaction(() => {
    for (const { directory, run } of fresh) {
      const same = rowsOfSameContent(run, fileIndex.readDirectory(directory));
      if (same !== undefined) fileIndex.apply(directory, { upserts: [same] });
    }
  });
}

function rowsOfSameContent(
  hashed: FileIndexRun,
  known: readonly FileIndexRun[],
): FileIndexRun | undefined {
  const builder = new FileIndexRunBuilder(hashed.count);
  for (let row = 0; row < hashed.count; row++) {
    if (isSameContent(hashed, row, known) === true) builder.appendFrom(hashed, row);
  }
  return builder.count === 0 ? undefined : new FileIndexRun(builder.finish());
}

/** Says whether the file has the content that is tracked; undefined when it is not tracked. */
function isSameContent(
  hashed: FileIndexRun,
  row: number,
  known: readonly FileIndexRun[],
): boolean | undefined {
  const name = hashed.nameAt(row);
  const run = runOf(known, name);
  const other = run?.findName(name) ?? -1;
  if (run === undefined || other < 0) return undefined;
  const start = row * hashBytesLength;
  return equalHashBytes(hashed.hashes, start, run.hashes, other * hashBytesLength);
}

/** Returns the one of the runs of a directory, which follow each other, that may hold a name. */
function runOf(runs: readonly FileIndexRun[], name: string): FileIndexRun | undefined {
  let low = 0;
  let high = runs.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    const first = runs[middle]?.nameAt(0) ?? '';
    if (compareBytewise(first, name) <= 0) low = middle;
    else high = middle;
  }
  return runs[low];
}
