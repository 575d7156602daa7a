/**
 * From the staging area to the directories that a commit changes. A `TreeChange` knows which directories those are and
 * prepares the input for building each one; it reads stored nodes, and all but a bounded part of the staged runs, only when asked,
 * so that memory follows the number of directories, not of files.
 */
import { vnodeCount } from '../format/buckets.js';
import { EntryPeek } from '../format/entry-peek.js';
import { childHashAt, findChild, type NodeView } from '../format/node-file.js';
import { StagedRun, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
import type {
  BuiltDirectory,
  DirectoryChange,
  ExistingDirectory,
  SubdirectoryChange,
} from '../model/jobs.js';
import {
  baseName,
  compareBytewise,
  joinPath,
  parentPath,
  pathDepth,
  type RepoPath,
} from '../model/path.js';
import { Bucketer } from '../tree/directory-plan.js';
import { dirNodeOf, findEntry, type NodeSource, requireNode } from '../tree/read.js';
import { walkTree } from '../tree/walk.js';
import { type StagedDirectoryRows, StagedRows, type StagedSource } from './staged-rows.js';

/** A directory that the commit changes. */
export interface ChangedDirectory {
  readonly path: RepoPath;
  existingId: Hash | undefined; // in the tree committed upon
  isStagedItself: boolean; // appears although it may be empty
  built: BuiltDirectory | undefined;
}

const peek = new EntryPeek();
const noTotals = new Float64Array(0);
const noBytes = new Uint8Array(0);

/** The directories that change between a base tree and the tree of the new commit. */
export class TreeChange {
  readonly #nodes: NodeSource;
  readonly #staged: StagedRows;
  readonly #translate: boolean;
  readonly #directories = new Map<RepoPath, ChangedDirectory>();
  readonly #children = new Map<RepoPath, Map<string, ChangedDirectory>>();
  readonly #removed = new Set<RepoPath>();

  /**
   * @param baseRoot root directory of the tree committed upon, undefined for the first commit
   * @param translate the base was not made by our rule: every directory is made anew
   */
  constructor(
    nodes: NodeSource,
    staged: StagedSource,
    baseRoot: Hash | undefined,
    translate: boolean,
  ) {
    this.#nodes = nodes;
    this.#translate = translate;
    this.#note('' as RepoPath);
    this.#staged = new StagedRows(staged, (path, run) => this.#noteStaged(path, run));
    if (translate && baseRoot !== undefined) this.#noteAll(baseRoot);
    this.#findExisting(baseRoot);
  }

  /** All changed directories by depth: the root alone first, then the directories in it, and so on. */
  get levels(): readonly (readonly ChangedDirectory[])[] {
    const levels: ChangedDirectory[][] = [];
    for (const directory of this.#directories.values()) {
      const depth = pathDepth(directory.path);
      const level = levels[depth];
      if (level === undefined) levels[depth] = [directory];
      else level.push(directory);
    }
    return Array.from(levels, (level) => level ?? []);
  }

  /** The changed directory at `path`. */
  at(path: RepoPath): ChangedDirectory | undefined {
    return this.#directories.get(path);
  }

  /** The directories of the new tree that hold nothing; known once all are built. */
  get emptyDirectories(): readonly RepoPath[] {
    const empty: RepoPath[] = [];
    for (const { path, built, existingId, isStagedItself } of this.#directories.values()) {
      const exists = isStagedItself || existingId !== undefined;
      if (path !== '' && built?.entryCount === 0 && exists && !this.#isRemoved(path))
        empty.push(path);
    }
    return empty;
  }

  /**
   * Returns the input for building a directory; those below it must have been built.
   * @param payloadOf gives the payload of the Dir node of a built subdirectory; none while only ids are wanted
   */
  prepare(
    directory: ChangedDirectory,
    payloadOf: (subdirectory: ChangedDirectory) => Uint8Array = () => noBytes,
  ): DirectoryChange {
    const { path, existingId } = directory;
    const rows = this.#staged.of(path);
    const subdirectories = this.#subdirectories(directory, rows, payloadOf);
    const change = { path, staged: rows.runs, subdirectories };
    if (existingId === undefined) return { ...change, isPartial: false };
    const runs = rows.runs.map((bytes) => new StagedRun(bytes));
    return { ...change, ...this.#existing(path, existingId, runs, subdirectories) };
  }

  #note(path: RepoPath): ChangedDirectory {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const directory: ChangedDirectory = {
      path,
      existingId: undefined,
      isStagedItself: path === '',
      built: undefined,
    };
    this.#directories.set(path, directory);
    if (path !== '') {
      const parent = parentPath(path);
      this.#note(parent);
      let siblings = this.#children.get(parent);
      if (siblings === undefined) {
        siblings = new Map();
        this.#children.set(parent, siblings);
      }
      siblings.set(baseName(path), directory);
    }
    return directory;
  }

  /** Notes a staged directory, and the directories that appear in it by themselves. */
  #noteStaged(path: RepoPath, run: StagedRun): void {
    this.#note(path);
    if (!run.kinds.includes(stagedKinds.dir)) return;
    for (let row = 0; row < run.count; row++) {
      if (run.kinds[row] !== stagedKinds.dir || run.statuses[row] === stagedStatuses.removed) {
        continue;
      }
      this.#note(joinPath(path, run.nameAt(row))).isStagedItself = true;
    }
  }

  #noteAll(baseRoot: Hash): void {
    for (const { path, entry } of walkTree(this.#nodes, baseRoot, '' as RepoPath)) {
      if (entry.kind === 'dir') this.#note(path);
    }
  }

  #findExisting(baseRoot: Hash | undefined): void {
    const root = this.#note('' as RepoPath);
    root.existingId = baseRoot;
    for (const level of this.levels.slice(1)) {
      for (const directory of level) {
        const parent = parentPath(directory.path);
        const parentId = this.#directories.get(parent)?.existingId;
        if (parentId === undefined) continue;
        const entry = findEntry(this.#nodes, parentId, parent, baseName(directory.path));
        if (entry?.kind === 'dir') directory.existingId = entry.hash;
      }
    }
  }

  #isRemoved(path: RepoPath): boolean {
    for (let above = path; above !== ''; above = parentPath(above)) {
      if (this.#removed.has(above)) return true;
    }
    return false;
  }

  /** What becomes of the subdirectories: those that were built, and those staged as removed. */
  #subdirectories(
    directory: ChangedDirectory,
    rows: StagedDirectoryRows,
    payloadOf: (subdirectory: ChangedDirectory) => Uint8Array,
  ): SubdirectoryChange[] {
    const changes = new Map<string, SubdirectoryChange>();
    const runs = rows.runs.map((bytes) => new StagedRun(bytes));
    for (const [name, child] of this.#children.get(directory.path) ?? []) {
      const { built } = child;
      if (built === undefined) continue;
      const vanishes =
        built.entryCount === 0 && child.existingId === undefined && !child.isStagedItself;
      if (vanishes) continue;
      if (isStagedFile(runs, name)) this.#removed.add(child.path);
      const { hash, totals } = built;
      changes.set(name, { name, isRemoved: false, hash, totals, payload: payloadOf(child) });
    }
    for (const name of removedDirectories(rows)) {
      this.#removed.add(joinPath(directory.path, name));
      changes.set(name, {
        name,
        isRemoved: true,
        hash: noBytes,
        totals: noTotals,
        payload: noBytes,
      });
    }
    return [...changes.values()].sort((a, b) => compareBytewise(a.name, b.name));
  }

  /** Decides whether only the touched vnodes are made anew, and reads the vnodes that are needed. */
  #existing(
    path: RepoPath,
    id: Hash,
    runs: readonly StagedRun[],
    subdirectories: readonly SubdirectoryChange[],
  ): { existing: ExistingDirectory; isPartial: boolean } {
    const dir = requireNode(this.#nodes, id, 'dir');
    const all = () => Array.from({ length: dir.childCount }, (_, bucket) => bucket);
    const changeCount = runs.reduce((sum, run) => sum + run.count, subdirectories.length);
    const { entryCount } = dirNodeOf(dir);
    if (this.#translate || dir.childCount === 0 || changeCount * 4 > entryCount) {
      return { existing: this.#read(dir, all()), isPartial: false };
    }
    const touched = this.#touchedBuckets(dir, path, runs, subdirectories);
    if (vnodeCount(entryCount + touched.growth) !== dir.childCount) {
      return { existing: this.#read(dir, all()), isPartial: false };
    }
    const buckets = [...touched.buckets].sort((a, b) => a - b);
    return { existing: this.#read(dir, buckets), isPartial: true };
  }

  #read(dir: NodeView, buckets: readonly number[]): ExistingDirectory {
    const vnodes = buckets.map((bucket) => {
      const { node, children } = requireNode(this.#nodes, childHashAt(dir, bucket), 'vnode');
      return { bucket, blobs: { node, children } };
    });
    return { dir: { node: dir.node, children: dir.children }, vnodes };
  }

  /** Finds the buckets of all changed names and by how many entries the directory grows. */
  #touchedBuckets(
    dir: NodeView,
    path: RepoPath,
    runs: readonly StagedRun[],
    subdirectories: readonly SubdirectoryChange[],
  ): { buckets: Set<number>; growth: number } {
    const willExist = new Map<string, boolean>();
    for (const run of runs) {
      for (let row = 0; row < run.count; row++) {
        if (run.kinds[row] !== stagedKinds.file) continue;
        willExist.set(run.nameAt(row), run.statuses[row] !== stagedStatuses.removed);
      }
    }
    for (const { name, isRemoved } of subdirectories) {
      willExist.set(name, !isRemoved || willExist.get(name) === true);
    }
    const bucketer = new Bucketer(path, dir.childCount);
    const buckets = new Set<number>();
    let growth = 0;
    for (const [name, exists] of willExist) {
      const bucket = bucketer.bucketOf(name);
      buckets.add(bucket);
      const vnode = requireNode(this.#nodes, childHashAt(dir, bucket), 'vnode');
      growth += Number(exists) - Number(findChild(vnode, Buffer.from(name), peek) >= 0);
    }
    return { buckets, growth };
  }
}

/** Says whether a file is staged under the name: it takes the place of the directory. */
function isStagedFile(runs: readonly StagedRun[], name: string): boolean {
  return runs.some((run) => {
    const row = run.findName(name);
    const isFile = row >= 0 && run.kinds[row] === stagedKinds.file;
    return isFile && run.statuses[row] !== stagedStatuses.removed;
  });
}

function removedDirectories({ runs, hasDirectories }: StagedDirectoryRows): string[] {
  if (!hasDirectories) return [];
  return runs.flatMap((bytes) => {
    const run = new StagedRun(bytes);
    return run.names.all.filter(
      (_, row) =>
        run.kinds[row] === stagedKinds.dir && run.statuses[row] === stagedStatuses.removed,
    );
  });
}

/** Returns the id of a built directory as text. */
export function builtId(built: BuiltDirectory): Hash {
  return hashFromBytes(built.hash);
}
