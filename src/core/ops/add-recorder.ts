/**
 * Keeps the books of an `add`: which rows go to the staging area and to the file index, what was removed, what could not
 * be added. It compares a path with HEAD only where the file index cannot tell. Nothing here touches the working tree.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import type { EventSink } from '../model/events.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { PathProblem } from '../model/jobs.js';
import { dataTypes } from '../model/node.js';
import { baseName, isWithin, joinPath, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { FillingTable } from '../store/filling-table.js';
import { findEntry, lookupDirectory, lookupPath } from '../tree/read.js';
import { stagedAt, trackedAt } from './rows.js';
import type { WriteSession } from './write-session.js';

/** A path that could not be added. */
export interface AddProblem {
  readonly path: string;
  readonly code: string; // as in `PathProblem`
  readonly message: string;
}

/** What an `add` did. */
export interface AddResult {
  readonly addedCount: number; // files that are not in HEAD
  readonly modifiedCount: number;
  readonly removedCount: number; // tracked files that are gone
  readonly sizeBytes: number; // of added and modified files
  readonly problems: readonly AddProblem[];
}

const skippedKinds: Readonly<Record<string, string>> = {
  l: 'skipped: it is a symbolic link',
  o: 'skipped: it is neither a file nor a directory',
};

/** Collects the outcome of an `add` and hands it to the write session. */
export class AddRecorder {
  readonly #repository: OpenRepository;
  readonly #session: WriteSession;
  readonly #events: EventSink;
  readonly #headRoot: Hash | undefined;
  readonly #staging: FillingTable<StagedRun>;
  readonly #files: FillingTable<FileIndexRun>;
  readonly #problems: AddProblem[] = [];
  readonly #unreadable: RepoPath[] = [];
  readonly #revived = new Set<RepoPath>();
  #addedCount = 0;
  #modifiedCount = 0;
  #removedCount = 0;
  #sizeBytes = 0;

  constructor(repository: OpenRepository, session: WriteSession, events: EventSink) {
    this.#repository = repository;
    this.#session = session;
    this.#events = events;
    this.#headRoot = repository.headTree()?.rootId;
    this.#staging = new FillingTable(repository.staging);
    this.#files = new FillingTable(repository.fileIndex);
  }

  /** Returns a recorder that stages what is added. */
  static of(
    this: void,
    repository: OpenRepository,
    session: WriteSession,
    events: EventSink,
  ): AddRecorder {
    return new AddRecorder(repository, session, events);
  }

  /** What was done so far. */
  get result(): AddResult {
    return {
      addedCount: this.#addedCount,
      modifiedCount: this.#modifiedCount,
      removedCount: this.#removedCount,
      sizeBytes: this.#sizeBytes,
      problems: this.#problems,
    };
  }

  /** Returns the tracked files of a directory. @throws IntegrityError when a run is damaged */
  trackedFiles(directory: RepoPath): FileIndexRun[] {
    return this.#files.readDirectory(directory);
  }

  /** Takes the rows of files that were read: a staged run of the changed ones, a file index run of all of them. */
  record(directory: RepoPath, staged: Uint8Array, index: Uint8Array): void {
    const run = new StagedRun(staged);
    const indexRun = new FileIndexRun(index);
    if (run.count > 0) this.#stage(directory, run);
    if (indexRun.count === 0) return;
    this.#session.addAction(index.length, () => {
      this.#files.apply(directory, { upserts: [indexRun] });
    });
  }

  /**
   * Finds tracked files of a listed directory that are not files any more, and directories that are empty.
   * @param runs the tracked files of the directory
   * @param files the files that were listed, ascending
   * @param hasEntries whether the directory holds any file or directory that is not ignored
   */
  compareWithTracked(
    directory: RepoPath,
    runs: readonly FileIndexRun[],
    files: readonly string[],
    hasEntries: boolean,
  ): void {
    const present = new Set(files);
    const gone = runs.flatMap((run) => run.names.all.filter((name) => !present.has(name)));
    if (gone.length > 0) this.removeFiles(directory, gone);
    if (!hasEntries && directory !== '') this.#stageEmptyDirectory(directory);
    else if (directory !== '') this.#revive(directory);
  }

  /** Stages the removal of tracked files of one directory; names ascend. */
  removeFiles(directory: RepoPath, names: readonly string[]): void {
    const builder = new StagedRunBuilder(names.length);
    const unstaged: string[] = [];
    for (const name of names) {
      if (stagedAt(this.#staging, joinPath(directory, name))?.status === stagedStatuses.added)
        unstaged.push(name);
      else {
        const hash = trackedAt(this.#files, joinPath(directory, name))?.hash ?? removedFile.hash;
        builder.append(name, { ...removedFile, hash });
      }
    }
    this.#removedCount += builder.count;
    const upserts = builder.count > 0 ? [new StagedRun(builder.finish())] : [];
    this.#session.addAction(names.length * 64, () => {
      this.#staging.apply(directory, { upserts, removals: unstaged });
      this.#files.apply(directory, { upserts: [], removals: names });
    });
  }

  /** Stages the removal of tracked directories at or below `directory` that were not visited. */
  removeVanishedDirectories(directory: RepoPath, visited: ReadonlySet<RepoPath>): void {
    const { fileIndex } = this.#repository;
    const isVanished = (path: RepoPath) =>
      !visited.has(path) && !this.#unreadable.some((unreadable) => isWithin(path, unreadable));
    for (const path of this.#files.wasEmpty ? [] : fileIndex.directories(directory)) {
      if (!isVanished(path)) continue;
      const names = fileIndex.readDirectory(path).flatMap((run) => run.names.all);
      if (names.length > 0) this.removeFiles(path, names);
      this.#stageRemovedDirectory(path, visited);
    }
    for (const path of fileIndex.emptyDirectories(directory)) {
      if (isVanished(path)) this.#stageRemovedDirectory(path, visited);
    }
  }

  /** Keeps a problem of an entry of `directory`. */
  noteProblem(directory: RepoPath, problem: PathProblem): void {
    const path = joinPath(directory, problem.name);
    this.#problems.push({ path, code: problem.code, message: problem.message });
  }

  /** Keeps a directory that could not be listed; what is tracked in it stays as it is. */
  noteUnreadable(directory: RepoPath, problem: PathProblem): void {
    this.#unreadable.push(directory);
    this.#problems.push({ path: directory, code: problem.code, message: problem.message });
  }

  /** Tells that an entry is left out because of what it is. */
  noteSkipped(path: RepoPath, kind: string): void {
    this.#events({ type: 'note', path, message: skippedKinds[kind] ?? 'skipped' });
  }

  #stage(directory: RepoPath, run: StagedRun): void {
    const { upserts, removals } =
      this.#staging.readDirectory(directory).length > 0
        ? this.#settle(directory, run)
        : { upserts: [run], removals: [] };
    for (const { statuses, sizes, count } of upserts) {
      for (let row = 0; row < count; row++) {
        if (statuses[row] === stagedStatuses.added) this.#addedCount++;
        else this.#modifiedCount++;
        this.#sizeBytes += sizes[row] ?? 0;
      }
    }
    this.#session.addAction(run.bytes.length, () =>
      this.#staging.apply(directory, { upserts, removals }),
    );
    this.#revive(directory);
  }

  /** For paths that were staged before, the file index does not tell what HEAD holds: looks there. */
  #settle(directory: RepoPath, run: StagedRun): { upserts: StagedRun[]; removals: string[] } {
    const dirId =
      this.#headRoot === undefined
        ? undefined
        : lookupDirectory(this.#repository.nodes, this.#headRoot, directory);
    const builder = new StagedRunBuilder(run.count);
    const removals: string[] = [];
    for (let row = 0; row < run.count; row++) {
      const name = run.nameAt(row);
      if (stagedAt(this.#staging, joinPath(directory, name)) === undefined) {
        builder.appendFrom(run, row);
        continue;
      }
      const head =
        dirId === undefined ? undefined : findEntry(this.#repository.nodes, dirId, directory, name);
      if (head?.kind === 'file' && head.hash === hashFromBytes(run.hashes, row * hashBytesLength)) {
        removals.push(name);
        continue;
      }
      const status = head?.kind === 'file' ? stagedStatuses.modified : stagedStatuses.added;
      builder.append(name, { ...run.rowAt(row), status });
    }
    return { upserts: builder.count > 0 ? [new StagedRun(builder.finish())] : [], removals };
  }

  #stageEmptyDirectory(directory: RepoPath): void {
    const { nodes, fileIndex } = this.#repository;
    this.#revive(directory);
    const isInHead =
      this.#headRoot !== undefined &&
      lookupDirectory(nodes, this.#headRoot, directory) !== undefined;
    this.#session.addAction(64, () => {
      fileIndex.addEmptyDirectory(directory);
      if (!isInHead)
        this.#staging.apply(parentPath(directory), {
          upserts: [oneRow(directory, addedDirectory)],
        });
    });
  }

  #stageRemovedDirectory(directory: RepoPath, visited: ReadonlySet<RepoPath>): void {
    const { nodes, fileIndex } = this.#repository;
    let top = directory;
    while (top !== '' && !visited.has(parentPath(top)) && parentPath(top) !== '')
      top = parentPath(top);
    const isInHead =
      this.#headRoot !== undefined && lookupPath(nodes, this.#headRoot, top)?.kind === 'dir';
    this.#session.addAction(64, () => {
      fileIndex.removeEmptyDirectory(directory);
      const parent = parentPath(top);
      const name = baseName(top);
      if (stagedAt(this.#staging, joinPath(parent, name))?.status === stagedStatuses.added) {
        if (!isInHead) this.#staging.apply(parent, { upserts: [], removals: [name] });
        return; // a file took its place
      }
      if (isInHead) this.#staging.apply(parent, { upserts: [oneRow(top, removedDirectory)] });
    });
  }

  /** Drops the staged removal of the directory and of those above it: it holds something again. */
  #revive(directory: RepoPath): void {
    for (let path = directory; path !== '' && !this.#revived.has(path); path = parentPath(path)) {
      this.#revived.add(path);
      const parent = parentPath(path);
      const name = baseName(path);
      if (stagedAt(this.#staging, joinPath(parent, name))?.kind !== stagedKinds.dir) continue;
      this.#session.addAction(64, () =>
        this.#staging.apply(parent, { upserts: [], removals: [name] }),
      );
    }
  }
}

const noHash = new Uint8Array(hashBytesLength);
const nothing: Omit<StagedRow, 'status' | 'kind'> = {
  hash: noHash,
  sizeBytes: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  dataType: dataTypes.indexOf('binary'),
  mimeType: '',
  metadataHash: undefined,
  metadata: new Uint8Array(0),
};

/** The row of a file whose removal is staged. */
export const removedFile: StagedRow = {
  ...nothing,
  status: stagedStatuses.removed,
  kind: stagedKinds.file,
};

/** The row of a directory whose removal is staged. */
export const removedDirectory: StagedRow = {
  ...nothing,
  status: stagedStatuses.removed,
  kind: stagedKinds.dir,
};

/** The row of a directory that is staged by itself. */
export const addedDirectory: StagedRow = {
  ...nothing,
  status: stagedStatuses.added,
  kind: stagedKinds.dir,
};

/** Returns a run of one row for the entry at `path`. */
export function oneRow(path: RepoPath, row: StagedRow): StagedRun {
  const builder = new StagedRunBuilder(1);
  builder.append(baseName(path), row);
  return new StagedRun(builder.finish());
}
