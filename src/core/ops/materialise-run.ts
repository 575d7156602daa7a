/**
 * Writes stored files into the working tree: groups them by directory, finds where their bytes lie, lets jobs write them, and
 * keeps the file index rows that come back. Used by checkout, restore and clone.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import { IntegrityError, NotFoundError, OperationError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import { hashColumn } from '../model/hash-column.js';
import type { MaterialiseInput, PathProblem } from '../model/jobs.js';
import { joinNames } from '../model/name-list.js';
import { joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { PieceLists } from '../store/version-store.js';
import { forgetWriting, noteWriting } from '../worktree/writing-note.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { JobWindow } from './job-window.js';
import { hasPartialContents } from './partial-contents.js';

/** A file to write. */
export interface FileToWrite {
  readonly name: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

/** The files to write into one directory, ascending by name. */
export interface DirectoryToWrite {
  readonly directory: RepoPath;
  readonly files: readonly FileToWrite[];
}

/** A directory, or a part of a large one, that one job writes, and where the contents lie. */
export interface LocatedPart extends DirectoryToWrite, PieceLists {
  readonly hashes: Uint8Array; // 16 bytes a file
  readonly isWhole: boolean;
}

/** The file index rows of the files that were written into a directory. */
export interface WrittenDirectory {
  readonly directory: RepoPath;
  readonly run: FileIndexRun;
}

/** A file that could not be written. */
export interface WriteProblem extends PathProblem {
  readonly path: RepoPath;
}

const filesPerJob = 256;
const filesPerWholeDirectory = 2048;
const bytesPerJob = 64 << 20;
const jobsPerThread = 2;

/**
 * Writes files, whose contents have been located (`locateContents`), and returns their rows and what could not be written.
 * @param replace false when none of the files exists
 */
export async function writeFiles(
  repository: OpenRepository,
  parts: readonly LocatedPart[],
  context: OperationContext,
  replace: boolean,
): Promise<{ written: WrittenDirectory[]; problems: WriteProblem[] }> {
  if (parts.length === 0) return { written: [], problems: [] };
  const fileCount = parts.reduce((sum, { files }) => sum + files.length, 0);
  const progress = new ProgressCounter(context, 'checkout', fileCount);
  const { root } = repository;
  noteWriting(
    root,
    parts.map(({ directory }) => directory),
  );
  const window = new JobWindow(context.jobs.parallelism * jobsPerThread);
  const written: WrittenDirectory[] = [];
  const problems: WriteProblem[] = [];
  for (const batch of batches(parts)) {
    throwIfStopped(context);
    const inputs = batch.map((part) => toInput(repository, part, replace));
    await window.start(async () => {
      const outputs = await context.jobs.run('materialise', inputs);
      outputs.forEach((output, index) => {
        const part = batch[index];
        if (part === undefined) return;
        const { directory } = part;
        written.push({ directory, run: new FileIndexRun(output.index) });
        for (const problem of output.problems) {
          problems.push({ ...problem, path: joinPath(directory, problem.name) });
        }
        progress.add(part.files.length, output.writtenBytes);
      });
    });
  }
  await window.drain();
  forgetWriting(root);
  return { written, problems };
}

/** @throws OperationError or IntegrityError naming the first of the problems, when there are any */
export function throwWriteProblems(problems: readonly WriteProblem[]): void {
  const first = problems[0];
  if (first === undefined) return;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more files)`;
  const reason = first.message.replace(/\.$/, '');
  const message = `Cannot write ${first.path}: ${reason}${more}.`;
  const details = { path: first.path };
  if (problems.some(({ code }) => code === 'integrity')) {
    throw new IntegrityError(message, { ...details, hint: 'See what is damaged: oxen fsck' });
  }
  throw new OperationError(message, {
    ...details,
    hint: 'Make room or fix the cause, then run the command again.',
  });
}

/**
 * Returns where the contents of all the files lie.
 * @throws IntegrityError when one is not in the store; NotFoundError where contents may be absent on purpose
 */
export function locateContents(
  repository: OpenRepository,
  directories: readonly DirectoryToWrite[],
): LocatedPart[] {
  return directories.flatMap((directory) =>
    [...partsOf(directory)].map((part) => {
      const hashes = hashColumn(part.files.map(({ hash }) => hash));
      const lists = repository.versions.pieces(hashes);
      const first = lists.pieceCounts.indexOf(0);
      if (first >= 0) throw missingContent(repository, part, first);
      return { ...part, hashes, ...lists };
    }),
  );
}

function missingContent(
  repository: OpenRepository,
  { directory, files }: DirectoryToWrite,
  row: number,
): NotFoundError | IntegrityError {
  const file = files[row];
  const message = `The content of ${joinPath(directory, file?.name ?? '')} (${file?.hash}) is not in this repository.`;
  const details = { hint: 'Nothing was changed. Fetch it from a remote: oxen fetch --all' };
  if (hasPartialContents(repository)) return new NotFoundError(message, details);
  return new IntegrityError(message, details);
}

function toInput(
  { root, packDirectory }: OpenRepository,
  { directory, files, hashes, pieceCounts, pieces, isWhole }: LocatedPart,
  replace: boolean,
): MaterialiseInput {
  const names = joinNames(files.map(({ name }) => name));
  return { root, directory, names, hashes, pieceCounts, pieces, packDirectory, replace, isWhole };
}

/** Yields parts in batches of about the same work. */
function* batches(parts: readonly LocatedPart[]): Generator<LocatedPart[]> {
  let batch: LocatedPart[] = [];
  let count = 0;
  let size = 0;
  for (const part of parts) {
    batch.push(part);
    count += part.files.length;
    size += sizeOf(part);
    if (count < filesPerJob && size < bytesPerJob) continue;
    yield batch;
    batch = [];
    count = 0;
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Cuts large directories. */
function* partsOf(
  directory: DirectoryToWrite,
): Generator<DirectoryToWrite & { readonly isWhole: boolean }> {
  const { files } = directory;
  if (files.length <= filesPerWholeDirectory && sizeOf(directory) <= bytesPerJob) {
    yield { ...directory, isWhole: true };
    return;
  }
  let start = 0;
  let size = 0;
  for (const [index, { sizeBytes }] of files.entries()) {
    size += sizeBytes;
    const end = index + 1;
    if (end < files.length && end - start < filesPerJob && size < bytesPerJob) continue;
    yield {
      ...directory,
      files: files.slice(start, end),
      isWhole: start === 0 && end === files.length,
    };
    start = end;
    size = 0;
  }
}

function sizeOf({ files }: DirectoryToWrite): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
