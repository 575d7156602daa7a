/**
 * Writes stored files into the working tree: finds where their bytes lie, lets jobs write them, and keeps the file index rows that
 * come back, as bytes. Used by checkout, restore, merge and stash.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import { IntegrityError, NotFoundError, OperationError } from '../model/errors.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { MaterialiseInput, MaterialiseOutput, PathProblem } from '../model/jobs.js';
import { joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { piecesBetween } from '../store/piece-columns.js';
import type { PieceLists } from '../store/version-store.js';
import { forgetWriting, noteWriting } from '../worktree/writing-note.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { JobWindow } from './job-window.js';
import { releasePagesAfter } from './mapped-pages.js';
import { hasPartialContents } from './partial-contents.js';
import { fileOfBatch, type WriteBatch, type WriteList, type WritePart } from './write-list.js';

/** A batch of files to write, and where their contents lie. */
export type LocatedBatch = WriteBatch & PieceLists;

/** The file index rows of the files that were written into a directory. */
export interface WrittenDirectory {
  readonly directory: RepoPath;
  readonly runs: readonly Uint8Array[]; // file index runs, ascending
}

/** Returns the rows of files that were written; of each run the names are kept once they were asked for. */
export function openRows({ runs }: WrittenDirectory): FileIndexRun[] {
  return runs.map((bytes) => new FileIndexRun(bytes));
}

/** A file that could not be written. */
export interface WriteProblem extends PathProblem {
  readonly path: RepoPath;
}

const jobsPerThread = 2;

/**
 * Writes files, whose contents have been located (`locateContents`), and returns their rows and what could not be written.
 * @param batches is emptied: what is written need not be kept
 * @param replace false when none of the files exists
 */
export async function writeFiles(
  repository: OpenRepository,
  batches: LocatedBatch[],
  context: OperationContext,
  replace: boolean,
): Promise<{ written: WrittenDirectory[]; problems: WriteProblem[] }> {
  const written: WrittenDirectory[] = [];
  const problems: WriteProblem[] = [];
  if (batches.length === 0) return { written, problems };
  const { root } = repository;
  const parts = batches.flatMap((batch) => batch.parts);
  const fileCount = parts.reduce((sum, part) => sum + part.fileCount, 0);
  const progress = new ProgressCounter(context, 'checkout', fileCount);
  noteWriting(
    root,
    parts.map(({ directory }) => directory),
  );
  const take = ({ directory, fileCount }: WritePart, output: MaterialiseOutput): void => {
    written.push({ directory, runs: output.runs });
    for (const problem of output.problems) {
      problems.push({ ...problem, path: joinPath(directory, problem.name) });
    }
    progress.add(fileCount, output.writtenBytes);
  };
  const window = new JobWindow(context.jobs.parallelism * jobsPerThread);
  for (const batch of takeAll(batches)) {
    throwIfStopped(context);
    await window.start(async () => {
      const outputs = await context.jobs.run('materialise', toInputs(repository, batch, replace));
      batch.parts.forEach((part, index) => {
        const output = outputs[index];
        if (output !== undefined) take(part, output);
      });
    });
  }
  await window.drain();
  forgetWriting(root);
  return { written, problems };
}

/** Yields all items, first to last, and lets go of each. */
function* takeAll<Item>(items: Item[]): Generator<Item> {
  items.reverse();
  for (let item = items.pop(); item !== undefined; item = items.pop()) yield item;
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
 * Returns where the contents of all the files lie. Not inside an iteration over the database: of many files it gives the pages back.
 * @throws IntegrityError when one is not in the store; NotFoundError where contents may be absent on purpose
 */
export function locateContents(repository: OpenRepository, files: WriteList): LocatedBatch[] {
  const located = files.batches().map((batch) => {
    const lists = repository.versions.pieces(batch.hashes);
    const first = lists.pieceCounts.indexOf(0);
    if (first >= 0) throw missingContent(repository, batch, first);
    return { ...batch, ...lists };
  });
  releasePagesAfter(repository, files.fileCount);
  return located;
}

function missingContent(
  repository: OpenRepository,
  batch: WriteBatch,
  row: number,
): NotFoundError | IntegrityError {
  const { directory, name, hash } = fileOfBatch(batch, row);
  const message = `The content of ${joinPath(directory, name)} (${hashFromBytes(hash)}) is not in this repository.`;
  const details = { hint: 'Nothing was changed. Fetch it from a remote: oxen fetch --all' };
  if (hasPartialContents(repository)) return new NotFoundError(message, details);
  return new IntegrityError(message, details);
}

function toInputs(
  { root, packDirectory }: OpenRepository,
  { parts, hashes, pieceCounts, pieces }: LocatedBatch,
  replace: boolean,
): MaterialiseInput[] {
  let file = 0;
  let piece = 0;
  return parts.map(({ directory, names, fileCount, isWhole }) => {
    const counts = pieceCounts.subarray(file, file + fileCount);
    const pieceEnd = counts.reduce((sum, count) => sum + count, piece);
    const input = {
      root,
      directory,
      names,
      hashes: hashes.subarray(file * hashBytesLength, (file + fileCount) * hashBytesLength),
      pieceCounts: counts,
      pieces: piecesBetween(pieces, piece, pieceEnd),
      packDirectory,
      replace,
      isWhole,
    };
    file += fileCount;
    piece = pieceEnd;
    return input;
  });
}
