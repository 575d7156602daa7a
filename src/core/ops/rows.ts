/** Single rows of the staging area and of the file index, by path. */
import type { FileIndexRun } from '../format/file-index-run.js';
import type { NamedRun } from '../format/splice-runs.js';
import type { StagedRow, StagedRun } from '../format/staged-run.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import { baseName, compareBytewise, parentPath, type RepoPath } from '../model/path.js';
import type { FileIndex } from '../store/file-index.js';

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

/** The hashes of tracked files. Those of one directory are asked for together: its rows are read once. */
export class TrackedHashes {
  readonly #fileIndex: FileIndex;
  #directory: RepoPath | undefined;
  #runs: readonly FileIndexRun[] = [];

  constructor(fileIndex: FileIndex) {
    this.#fileIndex = fileIndex;
  }

  /** Returns the hash of a tracked file, undefined when there is none. @throws IntegrityError when a run is damaged */
  find(directory: RepoPath, name: string): Hash | undefined {
    if (directory !== this.#directory) {
      this.#runs = this.#fileIndex.readDirectory(directory);
      this.#directory = directory;
    }
    const run = this.#runs[this.#ownerOf(name)];
    const row = run?.findName(name) ?? -1;
    return run === undefined || row < 0
      ? undefined
      : hashFromBytes(run.hashes, row * hashBytesLength);
  }

  /** Returns the last run that starts at or before `name`. */
  #ownerOf(name: string): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareBytewise(this.#runs[middle]?.nameAt(0) ?? '', name) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
