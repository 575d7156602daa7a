/** Makes the file index follow files that were written while HEAD stays: those that hold what is tracked keep their stat values. */
import { FileIndexRun, FileIndexRunBuilder } from '../format/file-index-run.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import { joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { openRows, type WrittenDirectory } from './materialise-run.js';
import { heldPaths } from './partial-contents.js';
import { RowLookup, stagedAt, trackedAt } from './rows.js';

/** Rows of files that one transaction records; what it touches of the database counts as memory. */
const rowBytesPerTransaction = 16 << 20;

/** As `recordWritten`, in several transactions where there is much. Any part may be recorded without the rest: the other files are looked at again. */
export function recordInParts(
  repository: OpenRepository,
  written: readonly WrittenDirectory[],
  isHead: boolean,
): void {
  let part: WrittenDirectory[] = [];
  let size = 0;
  for (const directory of written) {
    part.push(directory);
    for (const { length } of directory.runs) size += length;
    if (size < rowBytesPerTransaction) continue;
    recordWritten(repository, part, isHead);
    repository.environment.releasePages();
    part = [];
    size = 0;
  }
  recordWritten(repository, part, isHead);
}

/**
 * Keeps the stat values of files that hold what is tracked now; others differ from it and stay known as changed. Files of HEAD that
 * a partial clone did not hold are held from now on.
 */
export function recordWritten(
  repository: OpenRepository,
  written: readonly WrittenDirectory[],
  isHead: boolean,
): void {
  const { fileIndex, staging, environment } = repository;
  const holds = heldPaths(repository);
  const isNewHere = (path: RepoPath) =>
    isHead && !holds(path) && stagedAt(staging, path) === undefined;
  environment.transaction(() => {
    const tracked = new RowLookup(fileIndex); // what is written meanwhile is not asked for again
    for (const files of written) {
      const { directory } = files;
      const same = openRows(files).flatMap(
        (run) => trackedRows(tracked, directory, run, isNewHere) ?? [],
      );
      if (same.length > 0) fileIndex.apply(directory, { upserts: same });
    }
  });
}

function trackedRows(
  files: RowLookup<FileIndexRun>,
  directory: RepoPath,
  run: FileIndexRun,
  isNewHere: (path: RepoPath) => boolean,
): FileIndexRun | undefined {
  const builder = new FileIndexRunBuilder(run.count);
  run.names.all.forEach((name, row) => {
    const path = joinPath(directory, name);
    const tracked = trackedAt(files, path);
    const hash = hashFromBytes(run.hashes, row * hashBytesLength);
    const isKept = tracked === undefined ? isNewHere(path) : hashFromBytes(tracked.hash) === hash;
    if (isKept) builder.appendFrom(run, row);
  });
  return builder.count === 0 ? undefined : new FileIndexRun(builder.finish());
}
