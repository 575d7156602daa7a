/**
 * Moves the rows of the staging area and the file index from one path to another: the old paths become staged removals,
 * the new ones staged additions with what was known of the files. Rows are read before anything is written.
 */
import type { FileIndexRun } from '../format/file-index-run.js';
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
import { baseName, joinPath, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { lookupPath, type TreeEntry } from '../tree/read.js';
import { addedDirectory, oneRow } from './add-recorder.js';
import { stagedRowOf } from './path-targets.js';
import { planRemoval, type RemovalPlan, stageRemoval } from './remove.js';
import { stagedAt, trackedAt } from './rows.js';
import { unseenRows } from './tracked-rows.js';

/** The new rows of one directory. */
interface NewRows {
  readonly directory: RepoPath;
  readonly index: readonly FileIndexRun[];
  readonly staged: StagedRun | undefined;
  readonly unstaged: readonly string[]; // names that HEAD has just so
}

/** Everything that a move changes in the databases. */
export interface MovedRows {
  readonly removal: RemovalPlan;
  readonly added: readonly NewRows[];
  readonly emptyDirectories: readonly { readonly from: RepoPath; readonly to: RepoPath }[];
}

/** Reads what is known of the tracked file or directory at `from` and returns the rows for `to`. */
export function readMovedRows(repository: OpenRepository, from: RepoPath, to: RepoPath): MovedRows {
  const { fileIndex } = repository;
  const removal = planRemoval(repository, [from], true);
  const rename = (path: RepoPath) => (to + path.slice(from.length)) as RepoPath;
  const file = trackedAt(fileIndex, from);
  if (file !== undefined) {
    // The rename changes the ctime: the stat values of the row would not match.
    const hash = hashFromBytes(file.hash);
    const index = [unseenRows([{ name: baseName(to), hash, sizeBytes: file.sizeBytes }])];
    const rows = stagedRows(repository, parentPath(to), index, () => from);
    return { removal, added: [rows], emptyDirectories: [] };
  }
  const added = fileIndex.directories(from).map((directory) => {
    const index = fileIndex.readDirectory(directory);
    return stagedRows(repository, rename(directory), index, (name) => joinPath(directory, name));
  });
  const emptyDirectories = fileIndex
    .emptyDirectories(from)
    .map((path) => ({ from: path, to: rename(path) }));
  return { removal, added, emptyDirectories };
}

/** Writes the rows of a move; inside a transaction. */
export function stageMoved(repository: OpenRepository, rows: MovedRows): void {
  const { staging, fileIndex } = repository;
  for (const { from } of rows.emptyDirectories) {
    const row = stagedAt(staging, from);
    if (row?.kind === stagedKinds.dir && row.status === stagedStatuses.added) {
      staging.apply(parentPath(from), { upserts: [], removals: [baseName(from)] });
    }
  }
  stageRemoval(repository, rows.removal);
  for (const { directory, index, staged, unstaged } of rows.added) {
    revive(repository, directory);
    const upserts = staged === undefined ? [] : [staged];
    staging.apply(directory, { upserts, removals: unstaged });
    fileIndex.apply(directory, { upserts: index });
  }
  const rootId = repository.headTree()?.rootId;
  for (const { to } of rows.emptyDirectories) {
    revive(repository, to);
    fileIndex.addEmptyDirectory(to);
    if (entryInHead(repository, rootId, to)?.kind === 'dir') continue;
    staging.apply(parentPath(to), { upserts: [oneRow(to, addedDirectory)] });
  }
}

/** Returns the staged rows of the files in `index`, which are in `directory` from now on. */
function stagedRows(
  repository: OpenRepository,
  directory: RepoPath,
  index: readonly FileIndexRun[],
  oldPathOf: (name: string) => RepoPath,
): NewRows {
  const rootId = repository.headTree()?.rootId;
  const unstaged: string[] = [];
  const builder = new StagedRunBuilder(index.reduce((sum, { count }) => sum + count, 0));
  for (const run of index) {
    for (const [row, name] of run.names.all.entries()) {
      const there = entryInHead(repository, rootId, joinPath(directory, name));
      const isFile = there?.kind === 'file';
      if (isFile && there.hash === hashFromBytes(run.hashAt(row))) {
        unstaged.push(name);
        continue;
      }
      const known = knownRow(repository, rootId, oldPathOf(name));
      if (known === undefined) continue;
      const status = isFile ? stagedStatuses.modified : stagedStatuses.added;
      builder.append(name, { ...known, status });
    }
  }
  const staged = builder.count > 0 ? new StagedRun(builder.finish()) : undefined;
  return { directory, index, staged, unstaged };
}

/** Returns what is staged at a path, else what HEAD has there. */
function knownRow(
  repository: OpenRepository,
  rootId: Hash | undefined,
  path: RepoPath,
): StagedRow | undefined {
  const staged = stagedAt(repository.staging, path);
  const isContent = staged?.kind === stagedKinds.file && staged.status !== stagedStatuses.removed;
  if (isContent) return staged;
  const entry = entryInHead(repository, rootId, path);
  return entry?.kind === 'file' ? stagedRowOf(entry, true) : undefined;
}

/** Drops staged rows of the directory itself and of those above it: they hold something now. */
function revive({ staging }: OpenRepository, directory: RepoPath): void {
  for (let path = directory; path !== ''; path = parentPath(path)) {
    if (stagedAt(staging, path)?.kind !== stagedKinds.dir) continue;
    staging.apply(parentPath(path), { upserts: [], removals: [baseName(path)] });
  }
}

function entryInHead(
  { nodes }: OpenRepository,
  rootId: Hash | undefined,
  path: RepoPath,
): TreeEntry | undefined {
  return rootId === undefined ? undefined : lookupPath(nodes, rootId, path);
}
