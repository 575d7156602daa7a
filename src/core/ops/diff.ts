/**
 * The verb `diff`: which files differ between two revisions, between HEAD and the staging area, or between HEAD and the working
 * tree, and how: texts by line, tables by row, images by their dimensions, anything else by the fact that it differs. Identical
 * subtrees are never read.
 */
import { diffKindOf, tableFormatOf } from '../diff/file-kind.js';
import { diffImages, type ImageDiff, type ImageFacts } from '../diff/image-diff.js';
import { diffText, maxDiffBytes, type TextDiff } from '../diff/text-diff.js';
import { classify, headBytes } from '../format/file-type.js';
import { memorySource } from '../format/metadata/byte-source.js';
import { readImageSize } from '../format/metadata/image-size.js';
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
import { readTable } from '../tabular/read-table.js';
import { diffTables, type TableDiff, type TableDiffOptions } from '../tabular/row-diff.js';
import { compareTrees } from '../tree/compare.js';
import { fileNodeOf, lookupPath, type TreeEntry } from '../tree/read.js';
import { readWorkingFile } from '../worktree/read-file.js';
import type { OperationContext } from './context.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { stagedAt } from './rows.js';
import { compareWorkingTree } from './worktree-status.js';

/** What is compared with what. */
export type DiffTarget =
  | { readonly kind: 'revisions'; readonly left: Hash; readonly right: Hash } // root ids
  | { readonly kind: 'staged' } // HEAD and the staging area
  | { readonly kind: 'worktree' }; // HEAD and the working tree, tracked files only

/** One version of a file. */
export interface FileVersion {
  readonly sizeBytes: number;
  readonly dataType: string;
  readonly mimeType: string;
  readonly hash: Hash | undefined; // undefined: in the working tree, not hashed
}

/** In which way two versions differ. */
export type FileChange = TextDiff | TableDiff | ImageDiff;

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

/** A version with a way to its bytes. */
interface Side extends FileVersion {
  readonly image: ImageFacts | undefined;
  readonly read: () => Uint8Array | undefined; // undefined when it is too large
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
    if (left?.hash !== undefined && left.hash === right?.hash) continue;
    const change = await compareSides(path, left, right, tables);
    if (
      change.kind === 'text' &&
      change.hunks.length === 0 &&
      left !== undefined &&
      right !== undefined
    )
      continue;
    const state = left === undefined ? 'added' : right === undefined ? 'removed' : 'modified';
    yield { path, state, left: versionOf(left), right: versionOf(right), change };
  }
}

type Pair = readonly [RepoPath, Side | undefined, Side | undefined];

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
  const paths = new Set([...staged, ...state.modifiedFiles, ...state.removedFiles, ...gone]);
  for (const path of sortBytewise([...paths]))
    yield [path, inHead(path), workingSide(repository, path)];
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

function storedSide({ versions }: OpenRepository, entry: TreeEntry | undefined): Side | undefined {
  if (entry?.kind !== 'file') return undefined;
  const { hash, sizeBytes, dataType, mimeType, metadata } = fileNodeOf(entry);
  const known = decodeMetadata(metadata, dataType);
  const size = known?.kind === 'image' ? known : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  const read = () => (sizeBytes > maxDiffBytes ? undefined : versions.readSmall(hash));
  return { hash, sizeBytes, dataType, mimeType, image, read };
}

function stagedSide({ staging, versions }: OpenRepository, path: RepoPath): Side | undefined {
  const row = stagedAt(staging, path);
  if (row === undefined || row.status === stagedStatuses.removed) return undefined;
  const { sizeBytes, mimeType } = row;
  const hash = hashFromBytes(row.hash);
  const dataType = dataTypes[row.dataType] ?? 'binary';
  const known = row.metadata.length === 0 ? undefined : decodeMetadata(row.metadata, dataType);
  const size = known?.kind === 'image' ? known : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  const read = () => (sizeBytes > maxDiffBytes ? undefined : versions.readSmall(hash));
  return { hash, sizeBytes, dataType, mimeType, image, read };
}

function workingSide({ root }: OpenRepository, path: RepoPath): Side | undefined {
  const file = readWorkingFile(root, path, maxDiffBytes);
  if (file === undefined) return undefined;
  const { sizeBytes, bytes } = file;
  const { mimeType, dataType } = classify(
    (bytes ?? new Uint8Array(0)).subarray(0, headBytes),
    baseName(path),
  );
  const size =
    dataType === 'image' && bytes !== undefined ? readImageSize(memorySource(bytes)) : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  return { hash: undefined, sizeBytes, dataType, mimeType, image, read: () => bytes };
}

async function compareSides(
  path: RepoPath,
  left: Side | undefined,
  right: Side | undefined,
  options: TableDiffOptions,
): Promise<FileChange> {
  const facts = (side: Side | undefined) =>
    side === undefined ? undefined : { name: baseName(path), dataType: side.dataType };
  const kind = diffKindOf(facts(left), facts(right));
  if (kind === 'image') return diffImages(left?.image, right?.image);
  if (kind === 'binary') return { kind: 'binary' };
  const [leftBytes, rightBytes] = [left?.read(), right?.read()];
  const isMissing = (side: Side | undefined, bytes: Uint8Array | undefined) =>
    side !== undefined && bytes === undefined;
  if (isMissing(left, leftBytes) || isMissing(right, rightBytes)) return { kind: 'too large' };
  const tables =
    kind === 'table' ? await compareTables(path, leftBytes, rightBytes, options) : undefined;
  return tables ?? diffText(leftBytes, rightBytes);
}

/** Returns undefined when one of the versions is no table. */
async function compareTables(
  path: RepoPath,
  leftBytes: Uint8Array | undefined,
  rightBytes: Uint8Array | undefined,
  options: TableDiffOptions,
): Promise<TableDiff | undefined> {
  const format = tableFormatOf(baseName(path));
  if (format === undefined) return undefined;
  const left = leftBytes === undefined ? undefined : await readTable(leftBytes, format);
  const right = rightBytes === undefined ? undefined : await readTable(rightBytes, format);
  if ((left !== undefined && left.kind !== 'table') || (right && right.kind !== 'table'))
    return undefined;
  return diffTables(left?.table, right?.table, options);
}

function versionOf(side: Side | undefined): FileVersion | undefined {
  if (side === undefined) return undefined;
  const { sizeBytes, dataType, mimeType, hash } = side;
  return { sizeBytes, dataType, mimeType, hash };
}
