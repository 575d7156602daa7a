/** Single rows of the staging area and of the file index, by path. */
import type { FileIndexRun } from '../format/file-index-run.js';
import type { NamedRun } from '../format/splice-runs.js';
import type { StagedRow, StagedRun } from '../format/staged-run.js';
import { baseName, parentPath, type RepoPath } from '../model/path.js';

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
