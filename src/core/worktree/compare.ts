/**
 * Compares directories of the working tree with the file index: one readdir a directory, one lstat a tracked file, no
 * content. Names of both sides ascend bytewise and are merged; a file whose stat values are those of its row is clean.
 * Target: at most 3.3 us of CPU for a clean file (docs/benchmarks.md).
 */
import { lstatSync } from 'node:fs';
import { FileIndexRun, fileIndexFlags } from '../format/file-index-run.js';
import { describeSystemError, systemErrorCode } from '../model/errors.js';
import type { CompareInput, DirectoryComparison, DirectoryListing } from '../model/jobs.js';
import { compareBytewise } from '../model/path.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import {
  absolutePath,
  type DirectoryEntries,
  entryKindCodes,
  failedListing,
  ignoreFileName,
  readEntries,
  toListing,
} from './scan.js';

const noEntries: DirectoryEntries = { names: [], kinds: new Uint8Array(0), badNames: [] };
const statOptions = { throwIfNoEntry: false } as const;

/**
 * The job `compareDirs`: returns what differs in each directory, in the order asked for. A directory that does not
 * exist, or is a link or a file now, misses all its files; one that cannot be read has an error in its listing and says nothing.
 * @throws IntegrityError when a run is damaged
 */
export function compareDirectories(input: CompareInput): DirectoryComparison[] {
  const guard = new DirectoryGuard(input.root);
  return input.directories.map(({ path, runs }) => {
    const tracked = runs.map((bytes) => new FileIndexRun(bytes));
    const state = guard.stateOf(path);
    if (state.kind === 'missing' || state.kind === 'other') {
      return new Comparison(input.root, path, noEntries).run(tracked);
    }
    const trouble = describeDirectoryState(state);
    if (trouble !== undefined) {
      return withoutAnswer(failedListing(path, trouble.code, trouble.message));
    }
    let entries: DirectoryEntries;
    try {
      entries = readEntries(absolutePath(input.root, path));
    } catch (error) {
      const code = systemErrorCode(error) ?? 'EIO';
      return withoutAnswer(failedListing(path, code, describeSystemError(error)));
    }
    return new Comparison(input.root, path, entries).run(tracked);
  });
}

function withoutAnswer(listing: DirectoryListing): DirectoryComparison {
  return { listing, cleanCount: 0, changed: '', suspect: '', missing: '' };
}

/** The merge of one directory's entries with the rows of its runs. */
class Comparison {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #entries: DirectoryEntries;
  readonly #otherNames: string[] = [];
  readonly #otherKinds: number[] = [];
  readonly #changed: string[] = [];
  readonly #suspect: string[] = [];
  readonly #missing: string[] = [];
  #next = 0; // the first entry that was not passed yet
  #cleanCount = 0;

  constructor(root: string, directory: string, entries: DirectoryEntries) {
    this.#directory = directory;
    this.#prefix = `${absolutePath(root, directory)}/`;
    this.#entries = entries;
  }

  run(runs: readonly FileIndexRun[]): DirectoryComparison {
    const { names, kinds, badNames } = this.#entries;
    for (const run of runs) {
      const tracked = run.names.all;
      for (let row = 0; row < tracked.length; row++) {
        const name = tracked[row] ?? '';
        if (!this.#isNext(name)) this.#missing.push(name);
        else if (kinds[this.#next] === entryKindCodes.file) this.#compareFile(run, row, name);
        else this.#replacedFile(name);
      }
    }
    while (this.#next < names.length) this.#passOther();
    const others = { names: this.#otherNames, kinds: Uint8Array.from(this.#otherKinds), badNames };
    return {
      listing: { ...toListing(this.#directory, others), hasIgnoreFile: this.#hasIgnoreFile() },
      cleanCount: this.#cleanCount,
      changed: this.#changed.join('\0'),
      suspect: this.#suspect.join('\0'),
      missing: this.#missing.join('\0'),
    };
  }

  /** Passes the entries before `name` and says whether the next one is it. */
  #isNext(name: string): boolean {
    const { names } = this.#entries;
    while (names[this.#next] !== name) {
      const found = names[this.#next];
      if (found === undefined || compareBytewise(found, name) > 0) return false;
      this.#passOther();
    }
    return true;
  }

  #compareFile(run: FileIndexRun, row: number, name: string): void {
    this.#next++;
    let stats: ReturnType<typeof lstatSync>;
    try {
      stats = lstatSync(this.#prefix + name, statOptions);
    } catch {
      // Reading the content, which is what happens to suspects, will say why.
      this.#suspect.push(name);
      return;
    }
    const flags = run.flags[row] ?? 0;
    if (stats === undefined) this.#missing.push(name);
    else if (flags === 0 && run.hasStat(row, stats)) this.#cleanCount++;
    else if (run.sizes[row] === stats.size || (flags & fileIndexFlags.statInvalid) !== 0) {
      this.#suspect.push(name);
    } else this.#changed.push(name);
  }

  /** Something that is no file stands in the place of a tracked file: the file is missing, the other is new. */
  #replacedFile(name: string): void {
    this.#missing.push(name);
    this.#passOther();
  }

  #passOther(): void {
    this.#otherNames.push(this.#entries.names[this.#next] ?? '');
    this.#otherKinds.push(this.#entries.kinds[this.#next] ?? 0);
    this.#next++;
  }

  #hasIgnoreFile(): boolean {
    const entry = this.#entries.names.indexOf(ignoreFileName);
    return this.#entries.kinds[entry] === entryKindCodes.file;
  }
}
