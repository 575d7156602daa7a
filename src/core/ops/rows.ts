/** Single rows of the staging area and of the file index, by path. */
import type { FileIndexRun } from '../format/file-index-run.js';
import type { NamedRun } from '../format/splice-runs.js';
import type { StagedRow, StagedRun } from '../format/staged-run.js';
import { baseName, compareBytewise, parentPath, type RepoPath } from '../model/path.js';
import type { RunTable } from '../store/run-table.js';

/** Finds single rows of a run table. */
export interface RowFinder<Run extends NamedRun> {
  find(
    directory: RepoPath,
    name: string,
  ): { readonly run: Run; readonly index: number } | undefined;
}

/** A tracked file as the file index has it. */
export interface TrackedRow {
  readonly hash: Uint8Array; // of the content, 16 bytes
  readonly sizeBytes: number;
}

/** Returns what is staged at `path`, undefined when nothing is. @throws IntegrityError when the row is damaged */
export function stagedAt(staging: RowFinder<StagedRun>, path: RepoPath): StagedRow | undefined {
  const found = staging.find(parentPath(path), baseName(path));
  return found?.run.rowAt(found.index);
}

/** Returns the tracked file at `path`, undefined when there is none. @throws IntegrityError when the row is damaged */
export function trackedAt(
  fileIndex: RowFinder<FileIndexRun>,
  path: RepoPath,
): TrackedRow | undefined {
  const found = fileIndex.find(parentPath(path), baseName(path));
  if (found === undefined) return undefined;
  return { hash: found.run.hashAt(found.index), sizeBytes: found.run.sizes[found.index] ?? 0 };
}

/**
 * Finds rows of a run table that nobody writes meanwhile, those of one directory one after the other: its runs are read once, and
 * not again for each name.
 */
export class RowLookup<Run extends NamedRun> implements RowFinder<Run> {
  readonly #table: RunTable<Run>;
  #directory: RepoPath | undefined;
  #runs: readonly Run[] = [];

  constructor(table: RunTable<Run>) {
    this.#table = table;
  }

  find(directory: RepoPath, name: string): { run: Run; index: number } | undefined {
    if (directory !== this.#directory) {
      this.#runs = this.#table.readDirectory(directory);
      this.#directory = directory;
    }
    const run = this.#runs[this.#ownerOf(name)];
    const index = run?.names.find(name) ?? -1;
    return run === undefined || index < 0 ? undefined : { run, index };
  }

  /** Returns the last run that starts at or before `name`. */
  #ownerOf(name: string): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareBytewise(this.#runs[middle]?.names.at(0) ?? '', name) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
