/**
 * Compares directories of the working tree with the file index: one lstat a tracked file, no content, one readdir a directory that
 * may hold other names than the last time (`seen-directory`). Names of both sides ascend bytewise and are merged; a file whose stat values are those of its row is clean.
 * Target: at most 3.3 us of CPU for a clean file (docs/benchmarks.md).
 */
import { lstatSync, type Stats } from 'node:fs';
import { FileIndexRun, fileIndexFlags } from '../format/file-index-run.js';
import { type Clock, systemClock } from '../model/clock.js';
import { describeSystemError, systemErrorCode } from '../model/errors.js';
import type { CompareInput, DirectoryComparison, DirectoryListing } from '../model/jobs.js';
import { compareBytewise } from '../model/path.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import {
  absolutePath,
  type DirectoryEntries,
  entryKindCodes,
  failedListing,
  ignoreFileName,
  readEntries,
  toListing,
} from './scan.js';
import {
  isAsSeen,
  keepsDirectoryTimes,
  seenDirectory,
  trackedNamesHash,
} from './seen-directory.js';

const noEntries: DirectoryEntries = { names: [], kinds: new Uint8Array(0), badNames: [] };
const statOptions = { throwIfNoEntry: false } as const;

/**
 * The job `compareDirs`: returns what differs in each directory, in the order asked for. A directory that does not
 * exist, or is a link or a file now, misses all its files; one that cannot be read has an error in its listing and says nothing.
 * @throws IntegrityError when a run is damaged
 */
export function compareDirectories(
  input: CompareInput,
  clock: Clock = systemClock,
): DirectoryComparison[] {
  const comparer = new DirectoryComparer(input.root, clock);
  return input.directories.map((directory) => comparer.compare(directory));
}

type DirectoryToCompare = CompareInput['directories'][number];

/** What is looked at before a directory is listed. */
interface FirstLook {
  readonly stats: Stats;
  readonly namesHash: Uint8Array;
}

/** Compares the directories of one job. */
class DirectoryComparer {
  readonly #root: string;
  readonly #guard: DirectoryGuard;
  readonly #rootStats: Stats | undefined; // absent where the times of directories prove nothing
  readonly #startMs: number;

  constructor(root: string, clock: Clock) {
    const { seconds, nanoseconds } = clock.now();
    this.#startMs = seconds * 1000 + nanoseconds / 1e6;
    this.#root = root;
    this.#guard = new DirectoryGuard(root);
    if (keepsDirectoryTimes(root)) this.#rootStats = lstatSync(root, statOptions);
  }

  compare({ path, runs, subdirectories, seen }: DirectoryToCompare): DirectoryComparison {
    const tracked = runs.map((bytes) => new FileIndexRun(bytes));
    const state = this.#guard.stateOf(path);
    if (state.kind === 'missing' || state.kind === 'other') {
      return { ...new Comparison(this.#root, path, noEntries).run(tracked), isGone: true };
    }
    const trouble = describeDirectoryState(state);
    if (trouble !== undefined) {
      return withoutAnswer(failedListing(path, trouble.code, trouble.message));
    }
    if (subdirectories === undefined) return this.#list(path, tracked);
    const look = this.#look(path, tracked, subdirectories);
    if (look === undefined) return this.#list(path, tracked);
    if (seen !== undefined && isAsSeen(seen, look.stats, look.namesHash)) {
      const known = new Comparison(this.#root, path, noEntries).runAsSeen(tracked);
      if (known !== undefined) return known;
    }
    const listed = this.#list(path, tracked);
    if (!isAllTracked(listed, subdirectories)) return listed;
    const now = seenDirectory(look.stats, look.namesHash, this.#startMs);
    return now === undefined ? listed : { ...listed, seen: now };
  }

  #list(path: string, tracked: readonly FileIndexRun[]): DirectoryComparison {
    let entries: DirectoryEntries;
    try {
      entries = readEntries(absolutePath(this.#root, path));
    } catch (error) {
      const code = systemErrorCode(error) ?? 'EIO';
      return withoutAnswer(failedListing(path, code, describeSystemError(error)));
    }
    return new Comparison(this.#root, path, entries).run(tracked);
  }

  /** Returns the stat values of a directory; not where another file system is mounted, which may keep no times. */
  #look(
    path: string,
    tracked: readonly FileIndexRun[],
    subdirectories: string,
  ): FirstLook | undefined {
    const stats = path === '' ? this.#rootStats : this.#guard.statsOf(path);
    if (stats === undefined || stats.dev !== this.#rootStats?.dev) return undefined;
    return { stats, namesHash: trackedNamesHash(tracked, subdirectories) };
  }
}

/** Says whether a directory holds all that is tracked in it and nothing else. */
function isAllTracked({ listing, missing }: DirectoryComparison, subdirectories: string): boolean {
  return (
    listing.error === undefined &&
    missing === '' &&
    listing.names === subdirectories &&
    listing.badNames.length === 0 &&
    /^d*$/.test(listing.kinds)
  );
}

function withoutAnswer(listing: DirectoryListing): DirectoryComparison {
  return { listing, cleanCount: 0, changed: '', suspect: '', missing: '' };
}

/** The merge of one directory's entries with the rows of its runs. */
class Comparison {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #entries: DirectoryEntries;
  readonly #otherNames: string[] = [];
  readonly #otherKinds: number[] = [];
  readonly #changed: string[] = [];
  readonly #suspect: string[] = [];
  readonly #missing: string[] = [];
  #next = 0; // the first entry that was not passed yet
  #cleanCount = 0;

  constructor(root: string, directory: string, entries: DirectoryEntries) {
    this.#directory = directory;
    this.#prefix = `${absolutePath(root, directory)}/`;
    this.#entries = entries;
  }

  run(runs: readonly FileIndexRun[]): DirectoryComparison {
    const { names, badNames } = this.#entries;
    for (const run of runs) {
      const tracked = run.names.all;
      for (let row = 0; row < tracked.length; row++) this.#compareRow(run, row, tracked[row] ?? '');
    }
    while (this.#next < names.length) this.#passOther();
    const others = { names: this.#otherNames, kinds: Uint8Array.from(this.#otherKinds), badNames };
    return this.#result(others, this.#hasIgnoreFile());
  }

  /** Compares a tracked name with the entry that has it, if there is one. */
  #compareRow(run: FileIndexRun, row: number, name: string): void {
    if (!this.#isNext(name)) this.#missing.push(name);
    else if (this.#entries.kinds[this.#next] !== entryKindCodes.file) this.#replacedFile(name);
    else {
      this.#next++;
      if (!this.#compareFile(run, row, name)) this.#missing.push(name);
    }
  }

  #result(others: DirectoryEntries, hasIgnoreFile: boolean): DirectoryComparison {
    return {
      listing: { ...toListing(this.#directory, others), hasIgnoreFile },
      cleanCount: this.#cleanCount,
      changed: this.#changed.join('\0'),
      suspect: this.#suspect.join('\0'),
      missing: this.#missing.join('\0'),
    };
  }

  /** As `run`, for a directory that is known to hold nothing but what is tracked; undefined when a file is not there all the same. */
  runAsSeen(runs: readonly FileIndexRun[]): DirectoryComparison | undefined {
    let hasIgnoreFile = false;
    for (const run of runs) {
      const tracked = run.names.all;
      for (let row = 0; row < tracked.length; row++) {
        if (!this.#compareFile(run, row, tracked[row] ?? '')) return undefined;
      }
      hasIgnoreFile ||= run.findName(ignoreFileName) >= 0;
    }
    return this.#result(noEntries, hasIgnoreFile);
  }

  /** Passes the entries before `name` and says whether the next one is it. */
  #isNext(name: string): boolean {
    const { names } = this.#entries;
    while (names[this.#next] !== name) {
      const found = names[this.#next];
      if (found === undefined || compareBytewise(found, name) > 0) return false;
      this.#passOther();
    }
    return true;
  }

  /** Looks at the stat values of a tracked file; returns whether it is there. */
  #compareFile(run: FileIndexRun, row: number, name: string): boolean {
    let stats: ReturnType<typeof lstatSync>;
    try {
      stats = lstatSync(this.#prefix + name, statOptions);
    } catch {
      // Reading the content, which is what happens to suspects, will say why.
      this.#suspect.push(name);
      return true;
    }
    if (stats === undefined) return false;
    const flags = run.flags[row] ?? 0;
    if (flags === 0 && run.hasStat(row, stats)) this.#cleanCount++;
    else if (!stats.isFile()) return false;
    else if (run.sizes[row] === stats.size || (flags & fileIndexFlags.statInvalid) !== 0) {
      this.#suspect.push(name);
    } else this.#changed.push(name);
    return true;
  }

  /** Something that is no file stands in the place of a tracked file: the file is missing, the other is new. */
  #replacedFile(name: string): void {
    this.#missing.push(name);
    this.#passOther();
  }

  #passOther(): void {
    this.#otherNames.push(this.#entries.names[this.#next] ?? '');
    this.#otherKinds.push(this.#entries.kinds[this.#next] ?? 0);
    this.#next++;
  }

  #hasIgnoreFile(): boolean {
    const entry = this.#entries.names.indexOf(ignoreFileName);
    return this.#entries.kinds[entry] === entryKindCodes.file;
  }
}
