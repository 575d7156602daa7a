/**
 * What is staged, directory by directory, for a commit that reads it three times: to find the directories, for their ids and for
 * their nodes. Reading a small directory from the database costs as much as building it, so a bounded part of the rows stays in
 * memory; the others are read anew.
 */
import { type StagedRun, stagedKinds } from '../format/staged-run.js';
import type { RepoPath } from '../model/path.js';

/** Gives the staged entries of a directory. */
export interface StagedSource {
  /** All runs, those of one directory one after the other. */
  runs(): Iterable<{ readonly directory: RepoPath; readonly run: StagedRun }>;
  /** The runs of one directory, in order. */
  readDirectory(directory: RepoPath): readonly StagedRun[];
}

/** The staged rows of one directory. */
export interface StagedDirectoryRows {
  readonly runs: readonly Uint8Array[]; // bytes of the staged runs, in order
  readonly hasDirectories: boolean; // some rows stand for directories
}

const defaultLimit = 24 << 20;
const nothing: StagedDirectoryRows = { runs: [], hasDirectories: false };

/** The staged rows of a commit. Nothing may be staged while it is in use. */
export class StagedRows {
  readonly #source: StagedSource;
  readonly #limit: number;
  readonly #directories = new Map<RepoPath, StagedDirectoryRows | 'not kept'>();
  #size = 0;

  /**
   * @param take is called with every run, in order
   * @param limit most bytes that are kept
   */
  constructor(
    source: StagedSource,
    take: (directory: RepoPath, run: StagedRun) => void,
    limit = defaultLimit,
  ) {
    this.#source = source;
    this.#limit = limit;
    for (const { directory, run } of source.runs()) {
      this.#keep(directory, run);
      take(directory, run);
    }
  }

  /** Returns the rows of one directory. @throws IntegrityError when a run is damaged */
  of(directory: RepoPath): StagedDirectoryRows {
    const known = this.#directories.get(directory);
    if (known !== 'not kept') return known ?? nothing;
    return this.#source.readDirectory(directory).reduce(withRun, nothing);
  }

  #keep(directory: RepoPath, run: StagedRun): void {
    this.#size += run.bytes.length;
    const known = this.#directories.get(directory) ?? nothing;
    const fits = known !== 'not kept' && this.#size <= this.#limit;
    this.#directories.set(directory, fits ? withRun(known, run) : 'not kept');
  }
}

function withRun(rows: StagedDirectoryRows, run: StagedRun): StagedDirectoryRows {
  const hasDirectories = rows.hasDirectories || run.kinds.includes(stagedKinds.dir);
  return { runs: [...rows.runs, run.bytes], hasDirectories };
}
