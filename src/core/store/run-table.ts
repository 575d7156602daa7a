/**
 * A table of sorted runs: the rows of each directory in runs of up to 512, which cost a fifth of what one LMDB row a file does.
 * Staging area and file index are such tables. A change rewrites only the runs that it touches.
 */
import { maxRunRows } from '../format/column-run.js';
import {
  buildRuns,
  listRows,
  mergeRows,
  type NamedRun,
  type RowPlace,
  type RunChanges,
  type RunCodec,
} from '../format/splice-runs.js';
import { compareBytewise, isWithin, type RepoPath, rootPath } from '../model/path.js';
import { type CheckedDatabase, prefixRange } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import type { DatabaseName } from './named-databases.js';
import {
  areaPrefix,
  decodeRunEntry,
  directoryPrefix,
  encodeRunValue,
  parseRunKey,
  runKey,
  subtreeRanges,
} from './run-keys.js';

/** A run and the directory it belongs to. */
export interface DirectoryRun<Run extends NamedRun> {
  readonly directory: RepoPath;
  readonly run: Run;
}

/** A stored run of one directory, before it is opened. */
interface StoredRun {
  readonly key: Uint8Array;
  readonly firstName: string;
}

/** The runs of one area of one database. Writing happens in the running transaction, or else in one of its own. */
export class RunTable<Run extends NamedRun> {
  readonly #environment: StoreEnvironment;
  readonly #name: DatabaseName;
  readonly #codec: RunCodec<Run>;
  readonly #area: number;

  /** @param area number of the area; 0 is the working tree */
  constructor(
    environment: StoreEnvironment,
    name: DatabaseName,
    codec: RunCodec<Run>,
    area: number,
  ) {
    this.#environment = environment;
    this.#name = name;
    this.#codec = codec;
    this.#area = area;
  }

  /**
   * Returns the runs of a directory, ascending by name; not those of its subdirectories.
   * @throws IntegrityError when one is damaged
   */
  readDirectory(directory: RepoPath): Run[] {
    return this.readDirectoryBytes(directory).map((bytes) => this.#codec.open(bytes));
  }

  /** As `readDirectory`, but the bytes of the runs, each in a buffer of its own: the form for jobs. */
  readDirectoryBytes(directory: RepoPath): Uint8Array[] {
    const range = prefixRange(directoryPrefix(this.#area, directory));
    return Array.from(
      this.#database.entries(range),
      ({ key, value }) => decodeRunEntry(key, value).run,
    );
  }

  /**
   * Returns the run and the row in it of one name, undefined when there is none.
   * @throws IntegrityError when the run is damaged
   */
  find(directory: RepoPath, name: string): { run: Run; index: number } | undefined {
    const owner = ownerOf(this.#storedRuns(directory), name);
    if (owner === undefined) return undefined;
    const run = this.#open(owner);
    const index = run.names.find(name);
    return index < 0 ? undefined : { run, index };
  }

  /** Returns the directories at or below `path` that have rows, in the order of their keys; parents that have none are left out. */
  directories(path: RepoPath = rootPath): RepoPath[] {
    const found: RepoPath[] = [];
    for (const { directory } of this.#keysBelow(path)) {
      if (directory !== found[found.length - 1]) found.push(directory);
    }
    return found;
  }

  /**
   * Iterates over the runs at or below `path`, directory by directory. Do not write to them while iterating.
   * @throws IntegrityError when one is damaged
   */
  *runs(path: RepoPath = rootPath): Generator<DirectoryRun<Run>> {
    for (const range of subtreeRanges(this.#area, path)) {
      for (const { key, value } of this.#database.entries(range)) {
        const { directory, run } = decodeRunEntry(key, value);
        if (isWithin(directory, path)) yield { directory, run: this.#codec.open(run) };
      }
    }
  }

  /** Iterates over all directories with the bytes of their runs, each in a buffer of its own. */
  *directoryBytes(): Generator<{ readonly directory: RepoPath; readonly runs: Uint8Array[] }> {
    let current: { directory: RepoPath; runs: Uint8Array[] } | undefined;
    for (const { key, value } of this.#database.entries(prefixRange(areaPrefix(this.#area)))) {
      const { directory, run } = decodeRunEntry(key, value);
      if (current?.directory === directory) current.runs.push(run);
      else {
        if (current !== undefined) yield current;
        current = { directory, runs: [run] };
      }
    }
    if (current !== undefined) yield current;
  }

  /** Says whether there is no row at or below `path`. */
  isEmpty(path: RepoPath = rootPath): boolean {
    return this.#keysBelow(path).next().done === true;
  }

  /** Returns the number of rows at or below `path`; reads all runs. */
  countRows(path: RepoPath = rootPath): number {
    let count = 0;
    for (const { run } of this.runs(path)) count += run.count;
    return count;
  }

  /**
   * Puts and removes rows of one directory.
   * @throws IntegrityError when a run that is touched is damaged
   */
  apply(directory: RepoPath, changes: RunChanges<Run>): void {
    this.#environment.transaction(() => {
      const stored = this.#storedRuns(directory);
      if (this.#canAppend(stored, changes)) {
        for (const run of changes.upserts) this.#put(directory, run);
      } else this.#merge(directory, stored, changes);
    });
  }

  /** Puts a run of up to `maxRunRows` rows that come after all others of the directory: nothing is read or merged. */
  append(directory: RepoPath, run: Run): void {
    this.#environment.transaction(() => this.#put(directory, run));
  }

  /** Removes all rows of a directory, but not those of its subdirectories. */
  removeDirectory(directory: RepoPath): void {
    this.#environment.transaction(() => {
      for (const { key } of this.#storedRuns(directory)) this.#database.remove(key);
    });
  }

  /** Removes all rows at or below `path`. */
  removeBelow(path: RepoPath): void {
    this.#environment.transaction(() => {
      for (const { key } of [...this.#keysBelow(path)]) this.#database.remove(key);
    });
  }

  /** Removes all rows of the area. */
  clear(): void {
    this.#environment.transaction(() => {
      if (this.#isOnlyArea()) this.#database.clear();
      else this.removeBelow(rootPath);
    });
  }

  get #database(): CheckedDatabase {
    return this.#environment.database(this.#name);
  }

  #isOnlyArea(): boolean {
    const { end } = prefixRange(areaPrefix(this.#area));
    const before = this.#database.keys({ end: areaPrefix(this.#area), limit: 1 });
    const after = end === undefined ? [] : [...this.#database.keys({ start: end, limit: 1 })];
    return before.next().done === true && after.length === 0;
  }

  #storedRuns(directory: RepoPath): StoredRun[] {
    const range = prefixRange(directoryPrefix(this.#area, directory));
    return Array.from(this.#database.keys(range), (key) => ({
      key,
      firstName: parseRunKey(key).firstName,
    }));
  }

  *#keysBelow(path: RepoPath): Generator<{ key: Uint8Array; directory: RepoPath }> {
    for (const range of subtreeRanges(this.#area, path)) {
      for (const key of this.#database.keys(range)) {
        const directory = this.#directoryOf(key);
        if (isWithin(directory, path)) yield { key, directory };
      }
    }
  }

  #directoryOf(key: Uint8Array): RepoPath {
    const { directory, isLong } = parseRunKey(key);
    if (!isLong) return directory;
    return decodeRunEntry(key, this.#database.get(key) ?? new Uint8Array(4)).directory;
  }

  #open(stored: StoredRun): Run {
    const value = this.#database.get(stored.key) ?? new Uint8Array(0);
    return this.#codec.open(decodeRunEntry(stored.key, value).run);
  }

  #put(directory: RepoPath, run: Run): void {
    if (run.count === 0) return;
    const key = runKey(this.#area, directory, run.names.at(0));
    this.#database.put(key, encodeRunValue(directory, run.bytes));
  }

  /** Says whether the new runs can be stored as they are, behind all there is: what a first add does. */
  #canAppend(stored: readonly StoredRun[], changes: RunChanges<Run>): boolean {
    const { upserts, removals = [] } = changes;
    if (removals.length > 0 || upserts.some((run) => run.count > maxRunRows)) return false;
    const last = stored[stored.length - 1];
    if (last === undefined) return true;
    const [first] = upserts;
    if (first === undefined || first.count === 0) return false;
    const open = this.#open(last);
    const isBehind = compareBytewise(open.names.at(open.count - 1), first.names.at(0)) < 0;
    return isBehind && open.count + first.count > maxRunRows;
  }

  #merge(directory: RepoPath, stored: readonly StoredRun[], changes: RunChanges<Run>): void {
    const put = partition(stored, listRows(changes.upserts), (row) => row.name);
    const removals = partition(stored, changes.removals ?? [], (name) => name);
    for (const index of new Set([...put.keys(), ...removals.keys()])) {
      const old = stored[index];
      const kept = old === undefined ? [] : listRows([this.#open(old)]);
      const rows = mergeRows(kept, put.get(index) ?? [], removals.get(index) ?? []);
      if (old !== undefined) this.#database.remove(old.key);
      this.#putRows(directory, rows);
    }
  }

  #putRows(directory: RepoPath, rows: readonly RowPlace<Run>[]): void {
    for (const bytes of buildRuns(this.#codec, rows)) this.#put(directory, this.#codec.open(bytes));
  }
}

/** Returns the run in whose range a name falls, undefined when there are no runs. */
function ownerOf(stored: readonly StoredRun[], name: string): StoredRun | undefined {
  return stored[ownerIndex(stored, name)];
}

/** Returns the last run that starts at or before `name`; the first one when all start behind it. */
function ownerIndex(stored: readonly StoredRun[], name: string): number {
  let low = 0;
  let high = stored.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (compareBytewise(stored[middle]?.firstName ?? '', name) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sorts items to the runs in whose range their names fall. */
function partition<Item>(
  stored: readonly StoredRun[],
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Map<number, Item[]> {
  const parts = new Map<number, Item[]>();
  for (const item of items) {
    const owner = ownerIndex(stored, nameOf(item));
    const part = parts.get(owner);
    if (part === undefined) parts.set(owner, [item]);
    else part.push(item);
  }
  return parts;
}
