/**
 * One run of `add`: directories are listed and their files read in jobs, what comes back is collected and saved from time
 * to time. Which paths to add is decided by `add`; reading and storing files is the job `ingest`.
 */
import type { FileIndexRun } from '../format/file-index-run.js';
import type {
  DirectoryListing,
  IngestedDirectory,
  IngestInput,
  IngestLargeInput,
} from '../model/jobs.js';
import { joinNames, splitNames } from '../model/name-list.js';
import { compareBytewise, joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import {
  enterDirectory,
  type IgnoreRules,
  rulesOfDirectory,
  splitIgnored,
} from '../worktree/ignore.js';
import { AddRecorder } from './add-recorder.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { ingestLargeFile } from './ingest-large.js';
import { JobWindow } from './job-window.js';
import { WriteSession } from './write-session.js';

const namesPerJob = 512;
const directoriesPerJob = 128;
const jobsPerThread = 2;
const saveBytes = 32 << 20;

/** Codes of directories that are not there: what was tracked in them is gone. */
const goneCodes = new Set(['ENOENT', 'ENOTDIR', 'vanished', 'type']);

/** A directory that waits to be listed. */
interface PendingDirectory {
  readonly path: RepoPath;
  readonly parentRules: IgnoreRules | undefined; // undefined where the walk starts
}

/** Makes the recorder of a run. */
export type RecorderMaker = typeof AddRecorder.of;

type IngestItem = Omit<IngestInput, 'slot'>;

/** Adds directories and files of one repository; `finish` saves what is left. */
export class AddRun {
  readonly recorder: AddRecorder;
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #session: WriteSession;
  readonly #scans: JobWindow;
  readonly #ingests: JobWindow;
  readonly #largeFiles: JobWindow;
  readonly #progress: ProgressCounter;
  readonly #databasePath: string | undefined;
  #batch: IngestItem[] = [];
  #batchNames = 0;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    repository: OpenRepository,
    context: OperationContext,
    session: WriteSession,
    recorder: AddRecorder,
  ) {
    const inFlight = context.jobs.parallelism * jobsPerThread;
    this.#repository = repository;
    this.#context = context;
    this.#session = session;
    this.recorder = recorder;
    this.#largeFiles = new JobWindow(context.jobs.parallelism);
    this.#scans = new JobWindow(inFlight);
    this.#ingests = new JobWindow(inFlight);
    this.#progress = new ProgressCounter(context, 'add');
    this.#databasePath = repository.versions.isEmpty ? undefined : repository.environment.path;
  }

  /**
   * Begins a run; close it, also after a failure.
   * @param recorderOf makes what keeps the books, instead of one that stages what is read
   * @throws BusyError when gc does not come to an end
   */
  static async open(
    repository: OpenRepository,
    context: OperationContext,
    recorderOf: RecorderMaker = AddRecorder.of,
  ): Promise<AddRun> {
    const session = await WriteSession.open(repository);
    return new AddRun(
      repository,
      context,
      session,
      recorderOf(repository, session, context.events),
    );
  }

  /** Adds everything at or below a directory that exists on disk, deletions included. */
  async addDirectory(directory: RepoPath): Promise<void> {
    const pending: PendingDirectory[] = [{ path: directory, parentRules: undefined }];
    const visited = new Set<RepoPath>();
    while (pending.length > 0 || this.#scans.isBusy) {
      throwIfStopped(this.#context);
      const targets = pending.splice(0, directoriesPerJob);
      if (targets.length === 0) await this.#scans.settleOne();
      else await this.#scans.start(() => this.#scan(targets, pending, visited));
    }
    await this.#scans.drain();
    this.recorder.removeVanishedDirectories(directory, visited);
  }

  /** Adds single files of a directory; names that are not on disk any more must be given to `recorder.removeFiles`. */
  async addFiles(directory: RepoPath, names: readonly string[]): Promise<void> {
    await this.#ingest(directory, names, this.recorder.trackedFiles(directory));
  }

  /** Waits for all jobs and saves what is left; `last` runs in the transaction that does. */
  async finish(last: () => void = () => {}): Promise<void> {
    await this.#sendBatch();
    await this.#ingests.drain();
    await this.#largeFiles.drain();
    await this.#saving;
    await this.#session.save(last);
  }

  /** Waits for jobs that still run, after a failure, and lets go of packs and locks. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#scans.drain(), this.#ingests.drain()]);
    await Promise.allSettled([this.#largeFiles.drain(), this.#saving]);
    this.#session.close();
  }

  async #scan(
    targets: readonly PendingDirectory[],
    pending: PendingDirectory[],
    visited: Set<RepoPath>,
  ): Promise<void> {
    const listings = await this.#context.jobs.run('scan', {
      root: this.#repository.root,
      directories: targets.map(({ path }) => path),
    });
    for (const [index, listing] of listings.entries()) {
      const target = targets[index];
      if (target === undefined) continue;
      if (listing.error !== undefined && goneCodes.has(listing.error.code)) continue;
      visited.add(target.path);
      if (listing.error !== undefined) this.recorder.noteUnreadable(target.path, listing.error);
      else await this.#takeListing(target, listing, pending);
    }
  }

  async #takeListing(
    { path, parentRules }: PendingDirectory,
    listing: DirectoryListing,
    pending: PendingDirectory[],
  ): Promise<void> {
    const { root, fileIndex } = this.#repository;
    const rules =
      parentRules === undefined
        ? rulesOfDirectory(root, path)
        : enterDirectory(root, parentRules, path, listing.hasIgnoreFile);
    const runs = this.recorder.trackedFiles(path);
    const isTracked = (name: string) =>
      runs.some((run) => run.findName(name) >= 0) ||
      fileIndex.isTrackedDirectory(joinPath(path, name));
    const { kept } = splitIgnored(rules, listing, isTracked);
    const files: string[] = [];
    kept.names.forEach((name, index) => {
      const kind = kept.kinds[index];
      if (kind === 'f') files.push(name);
      else if (kind === 'd') pending.push({ path: joinPath(path, name), parentRules: rules });
      else this.recorder.noteSkipped(joinPath(path, name), kind ?? 'o');
    });
    for (const problem of listing.badNames) this.recorder.noteProblem(path, problem);
    this.recorder.compareWithTracked(path, runs, files, kept.names.length > 0);
    await this.#ingest(path, files, runs);
  }

  async #ingest(
    directory: RepoPath,
    names: readonly string[],
    known: readonly FileIndexRun[],
  ): Promise<void> {
    const { root } = this.#repository;
    const databasePath = this.#databasePath;
    for (let start = 0; start < names.length; start += namesPerJob) {
      const part = names.slice(start, start + namesPerJob);
      this.#batch.push({
        root,
        directory,
        names: joinNames(part),
        known: runsAround(known, part),
        ...(databasePath === undefined ? {} : { databasePath }),
      });
      this.#batchNames += part.length;
      if (this.#batchNames >= namesPerJob || this.#batch.length >= directoriesPerJob) {
        await this.#sendBatch();
      }
    }
  }

  async #sendBatch(): Promise<void> {
    const items = this.#batch;
    this.#batch = [];
    this.#batchNames = 0;
    if (items.length > 0) await this.#ingests.start(() => this.#runBatch(items));
  }

  /** Sends a batch again with a new slot until all of it is done. */
  async #runBatch(items: readonly IngestItem[]): Promise<void> {
    let rest = items;
    while (rest.length > 0) {
      throwIfStopped(this.#context);
      const batch = rest;
      const { outputs } = await this.#session.withSlot(
        (slot) => this.#context.jobs.run('ingest', { items: batch, slot }),
        ({ places }) => [places],
      );
      for (const [index, output] of outputs.entries()) {
        const item = batch[index];
        if (item !== undefined) await this.#takeOutput(item, output);
      }
      rest = restOf(batch, outputs);
    }
    await this.#saveWhenLarge();
  }

  async #takeOutput(item: IngestItem, output: IngestedDirectory): Promise<void> {
    const directory = item.directory as RepoPath;
    this.recorder.record(directory, output.staged, output.index);
    for (const problem of output.problems) this.recorder.noteProblem(directory, problem);
    this.#progress.add(output.doneCount, output.readBytes);
    for (const name of splitNames(output.large)) {
      await this.#largeFiles.start(() => this.#addLarge({ ...item, name }));
    }
  }

  async #addLarge(file: Omit<IngestLargeInput, 'slot' | 'state'>): Promise<void> {
    const output = await ingestLargeFile(this.#session, this.#context, file);
    const directory = file.directory as RepoPath;
    if ('problem' in output) this.recorder.noteProblem(directory, output.problem);
    else this.recorder.record(directory, output.staged, output.index);
    this.#progress.add(1, output.readBytes);
    await this.#saveWhenLarge();
  }

  async #saveWhenLarge(): Promise<void> {
    await this.#saving;
    if (this.#session.pendingBytes < saveBytes) return;
    this.#saving = this.#saveAndRelease();
    await this.#saving;
  }

  /** What one transaction wrote lies all over the database: without giving its pages back an add would end up with all of them. */
  async #saveAndRelease(): Promise<void> {
    await this.#session.save();
    this.#repository.environment.releasePages();
  }
}

/** Returns the runs whose names may be among `names`: a large directory has many, a job needs few. */
function runsAround(runs: readonly FileIndexRun[], names: readonly string[]): Uint8Array[] {
  const first = names[0] ?? '';
  const last = names.at(-1) ?? '';
  return runs
    .filter(({ count, names: column }) => {
      const isBefore = compareBytewise(column.at(count - 1), first) < 0;
      return !isBefore && compareBytewise(column.at(0), last) <= 0;
    })
    .map(({ bytes }) => bytes);
}

/** Returns what a batch left undone: the rest of the last directory that was started, and all after it. */
function restOf(batch: readonly IngestItem[], outputs: readonly IngestedDirectory[]): IngestItem[] {
  const rest = batch.slice(outputs.length);
  const last = batch[outputs.length - 1];
  if (last === undefined) return rest;
  const left = splitNames(last.names).slice(outputs.at(-1)?.doneCount ?? 0);
  return left.length === 0 ? rest : [{ ...last, names: joinNames(left) }, ...rest];
}
