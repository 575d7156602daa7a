/**
 * The verb `diff`: which files differ between two revisions, between HEAD and the staging area, or between HEAD and the working
 * tree, and how: texts by line, tables by row, images by their dimensions, anything else by the fact that it differs. Identical
 * subtrees are never read.
 */
import { maxDiffBytes } from '../diff/text-diff.js';
import { decodeMetadata } from '../format/metadata/metadata-codec.js';
import { stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { type Hash, hashFromBytes } from '../model/hash.js';
import { dataTypes } from '../model/node.js';
import {
  baseName,
  isWithin,
  joinPath,
  type RepoPath,
  rootPath,
  sortBytewise,
} from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { TableDiffOptions } from '../tabular/row-diff.js';
import { compareTrees } from '../tree/compare.js';
import { lookupPath } from '../tree/read.js';
import { absolutePath } from '../worktree/scan.js';
import type { OperationContext } from './context.js';
import {
  compareVersions,
  diskSide,
  type FileChange,
  type FileVersion,
  storedSide,
  type VersionSide,
  versionOf,
} from './file-comparison.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { stagedAt } from './rows.js';
import { compareWorkingTree } from './worktree-status.js';

/** What is compared with what. */
export type DiffTarget =
  | { readonly kind: 'revisions'; readonly left: Hash; readonly right: Hash } // root ids
  | { readonly kind: 'staged' } // HEAD and the staging area
  | { readonly kind: 'worktree' }; // HEAD and the working tree, tracked files only

/** Which files are compared, and tables by what. */
export interface DiffOptions {
  readonly paths: readonly RepoPath[]; // only at or below these; all when there are none
  readonly tables: TableDiffOptions;
}

/** How one file differs. */
export interface FileDiff {
  readonly path: RepoPath;
  readonly state: 'added' | 'removed' | 'modified';
  readonly left: FileVersion | undefined;
  readonly right: FileVersion | undefined;
  readonly change: FileChange;
}

/**
 * Yields the files that differ, ascending by path. A table that cannot be read as one is compared as text.
 * @throws InvalidInputError when a table lacks a column that `tables` names
 */
export async function* diff(
  repository: OpenRepository,
  target: DiffTarget,
  { paths, tables }: DiffOptions,
  context: OperationContext,
): AsyncGenerator<FileDiff> {
  const isWanted = (path: RepoPath) =>
    paths.length === 0 || paths.some((wanted) => isWithin(path, wanted));
  for await (const [path, left, right] of pairs(repository, target, context)) {
    if (!isWanted(path) || (left === undefined && right === undefined)) continue;
    const change = await compareVersions(path, left, right, tables);
    if (change === undefined) continue;
    const state = left === undefined ? 'added' : right === undefined ? 'removed' : 'modified';
    yield { path, state, left: versionOf(left), right: versionOf(right), change };
  }
}

type Pair = readonly [RepoPath, VersionSide | undefined, VersionSide | undefined];

async function* pairs(
  repository: OpenRepository,
  target: DiffTarget,
  context: OperationContext,
): AsyncGenerator<Pair> {
  if (target.kind === 'revisions') {
    for (const { path, left, right } of compareTrees(
      repository.nodes,
      target.left,
      target.right,
      rootPath,
    )) {
      yield [path, storedSide(repository, left), storedSide(repository, right)];
    }
    return;
  }
  ensureFileIndexCurrent(repository);
  const rootId = repository.headTree()?.rootId;
  const inHead = (path: RepoPath) =>
    rootId === undefined
      ? undefined
      : storedSide(repository, lookupPath(repository.nodes, rootId, path));
  const staged = stagedPaths(repository);
  if (target.kind === 'staged') {
    for (const path of staged) yield [path, inHead(path), stagedSide(repository, path)];
    return;
  }
  const state = await compareWorkingTree(repository, context, { untracked: false });
  const gone = state.removedDirectories.flatMap((directory) => filesBelow(repository, directory));
  const removed = new Set([...state.removedFiles, ...gone]);
  for (const path of sortBytewise([...new Set([...staged, ...state.modifiedFiles, ...removed])])) {
    const disk = removed.has(path)
      ? undefined
      : diskSide(absolutePath(repository.root, path), false);
    yield [path, inHead(path), disk];
  }
}

function stagedPaths({ staging }: OpenRepository): RepoPath[] {
  const paths: RepoPath[] = [];
  for (const { directory, run } of staging.runs()) {
    run.names.all.forEach((name, row) => {
      if (run.kinds[row] === stagedKinds.file) paths.push(joinPath(directory, name));
    });
  }
  return sortBytewise(paths);
}

function filesBelow({ fileIndex }: OpenRepository, directory: RepoPath): RepoPath[] {
  return [...fileIndex.runs(directory)].flatMap(({ directory: parent, run }) =>
    run.names.all.map((name) => joinPath(parent, name)),
  );
}

function stagedSide(
  { staging, versions }: OpenRepository,
  path: RepoPath,
): VersionSide | undefined {
  const row = stagedAt(staging, path);
  if (row === undefined || row.status === stagedStatuses.removed) return undefined;
  const { sizeBytes, mimeType } = row;
  const hash = hashFromBytes(row.hash);
  const dataType = dataTypes[row.dataType] ?? 'binary';
  const known = row.metadata.length === 0 ? undefined : decodeMetadata(row.metadata, dataType);
  const size = known?.kind === 'image' ? known : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  const read = () => (sizeBytes > maxDiffBytes ? undefined : versions.readSmall(hash));
  return { name: baseName(path), hash, sizeBytes, dataType, mimeType, image, read };
}
