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
const bytesPerJob = 64 << 20;
const jobsPerThread = 2;

/**
 * Writes files, whose contents are in the store (`requireContents`), and returns their rows and what could not be written.
 * @param replace false when none of the files exists
 */
export async function writeFiles(
  repository: OpenRepository,
  directories: readonly DirectoryToWrite[],
  context: OperationContext,
  replace: boolean,
): Promise<{ written: WrittenDirectory[]; problems: WriteProblem[] }> {
  if (directories.length === 0) return { written: [], problems: [] };
  const fileCount = directories.reduce((sum, { files }) => sum + files.length, 0);
  const progress = new ProgressCounter(context, 'checkout', fileCount);
  const { root } = repository;
  noteWriting(
    root,
    directories.map(({ directory }) => directory),
  );
  const window = new JobWindow(context.jobs.parallelism * jobsPerThread);
  const written: WrittenDirectory[] = [];
  const problems: WriteProblem[] = [];
  for (const batch of batches(directories)) {
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
 * Does nothing when the contents of all the files are in the store.
 * @throws IntegrityError when one is not; NotFoundError where contents may be absent on purpose
 */
export function requireContents(
  repository: OpenRepository,
  directories: readonly DirectoryToWrite[],
): void {
  for (const { directory, files } of directories) {
    const hashes = hashColumn(files.map(({ hash }) => hash));
    const first = repository.versions.places(hashes).kinds.indexOf(0);
    if (first < 0) continue;
    const file = files[first];
    const message = `The content of ${joinPath(directory, file?.name ?? '')} (${file?.hash}) is not in this repository.`;
    const details = { hint: 'Nothing was changed. Fetch it from a remote: oxen fetch --all' };
    if (hasPartialContents(repository)) throw new NotFoundError(message, details);
    throw new IntegrityError(message, details);
  }
}

function toInput(
  repository: OpenRepository,
  { directory, files }: DirectoryToWrite,
  replace: boolean,
): MaterialiseInput {
  const hashes = hashColumn(files.map(({ hash }) => hash));
  const { pieceCounts, pieces } = repository.versions.pieces(hashes);
  return {
    root: repository.root,
    directory,
    names: joinNames(files.map(({ name }) => name)),
    hashes,
    pieceCounts,
    pieces,
    packDirectory: repository.packDirectory,
    replace,
  };
}

/** Yields directories in batches of about the same work; large directories are cut. */
function* batches(directories: readonly DirectoryToWrite[]): Generator<DirectoryToWrite[]> {
  let batch: DirectoryToWrite[] = [];
  let count = 0;
  let size = 0;
  for (const { directory, files } of directories) {
    let start = 0;
    for (let index = 0; index < files.length; index++) {
      count++;
      size += files[index]?.sizeBytes ?? 0;
      if (count < filesPerJob && size < bytesPerJob) continue;
      batch.push({ directory, files: files.slice(start, index + 1) });
      start = index + 1;
      yield batch;
      batch = [];
      count = 0;
      size = 0;
    }
    if (start < files.length) batch.push({ directory, files: files.slice(start) });
  }
  if (batch.length > 0) yield batch;
}
