/**
 * Makes the staging area say the same against another commit: what the next commit will hold stays as it is, only what it is
 * compared with changes. The working tree and the file index stay as they are.
 */
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import { type Hash, hashFromBytes, hashToBytes } from '../model/hash.js';
import { baseName, compareBytewise, parentPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { compareTrees, type TreeDifference } from '../tree/compare.js';
import { subdirectoryNodeOf, type TreeEntry } from '../tree/read.js';
import { addedDirectory, removedDirectory, removedFile } from './add-recorder.js';
import { stagedRowOf } from './path-targets.js';
import { stagedAt } from './rows.js';

/** What becomes of the staged rows of one directory. */
interface RowChanges {
  readonly upserts: { readonly name: string; readonly row: StagedRow }[];
  readonly removals: string[];
}

/**
 * Rewrites the staged rows that are against the tree `from` to rows against the tree `to`; inside a transaction.
 * @param from root of the tree that the rows are against now; undefined: an empty one
 * @param isWanted which paths may get other rows; all when absent
 */
export function rebaseStaging(
  repository: OpenRepository,
  from: Hash | undefined,
  to: Hash | undefined,
  isWanted: (difference: TreeDifference) => boolean = () => true,
): void {
  if (from === to) return;
  const changes = new Map<RepoPath, RowChanges>();
  const gone = new Set<RepoPath>();
  for (const difference of compareTrees(repository.nodes, to, from, rootPath)) {
    if (isWanted(difference)) noteChange(repository, difference, gone, changes);
  }
  for (const [directory, { upserts, removals }] of changes) {
    const builder = new StagedRunBuilder(upserts.length);
    upserts.sort((a, b) => compareBytewise(a.name, b.name));
    for (const { name, row } of upserts) builder.append(name, row);
    const runs = upserts.length === 0 ? [] : [new StagedRun(builder.finish())];
    repository.staging.apply(directory, {
      upserts: runs,
      removals: removals.sort(compareBytewise),
    });
  }
}

function noteChange(
  repository: OpenRepository,
  difference: TreeDifference,
  gone: Set<RepoPath>,
  changes: Map<RepoPath, RowChanges>,
): void {
  const { path, left } = difference;
  const staged = stagedAt(repository.staging, path);
  const right = isBuried(repository, path) ? undefined : difference.right;
  const row = rowAgainst(repository, { path, left, right }, staged);
  const directory = parentPath(path);
  // What lies in a removed directory goes with it.
  const isCovered = row === removedDirectory && gone.has(directory);
  if (left?.kind === 'dir' && row !== undefined) gone.add(path);
  if (isCovered || (row === undefined && staged === undefined)) return;
  const own = changes.get(directory) ?? { upserts: [], removals: [] };
  changes.set(directory, own);
  if (row === undefined) own.removals.push(baseName(path));
  else own.upserts.push({ name: baseName(path), row });
}

/** Says whether a directory above the path is staged as gone, or as a file: then nothing of the old tree is left below it. */
function isBuried({ staging }: OpenRepository, path: RepoPath): boolean {
  for (let above = parentPath(path); above !== ''; above = parentPath(above)) {
    const staged = stagedAt(staging, above);
    if (staged === undefined) continue;
    const isRemoved = staged.status === stagedStatuses.removed;
    if (staged.kind === stagedKinds.dir ? isRemoved : !isRemoved) return true;
  }
  return false;
}

/** Returns the row of one path against the new tree (left), undefined when there it is as it will be. */
function rowAgainst(
  { staging }: OpenRepository,
  { path, left, right }: TreeDifference,
  staged: StagedRow | undefined,
): StagedRow | undefined {
  const entry = entryToBe(right, staged);
  const removal =
    left?.kind === 'file' ? { ...removedFile, hash: hashToBytes(left.hash) } : undefined;
  if (entry === 'dir') {
    if (left?.kind === 'dir') return undefined;
    return isImplied(right) && staging.isEmpty(path) ? removal : addedDirectory;
  }
  if (entry !== undefined) return fileRow(entry, left);
  if (left?.kind === 'dir') return staging.isEmpty(path) ? removedDirectory : undefined;
  return removal;
}

/** What will stand at a path, by what is staged and what the old tree (right) holds. */
function entryToBe(
  right: TreeEntry | undefined,
  staged: StagedRow | undefined,
): StagedRow | 'dir' | undefined {
  if (staged?.status === stagedStatuses.removed) return undefined;
  if (staged !== undefined) return staged.kind === stagedKinds.dir ? 'dir' : staged;
  return right?.kind === 'file' ? stagedRowOf(right, true) : right?.kind;
}

/** Says whether a directory appears by itself because of what it holds. */
function isImplied(entry: TreeEntry | undefined): boolean {
  return entry?.kind === 'dir' && subdirectoryNodeOf(entry).entryCount > 0;
}

function fileRow(row: StagedRow, left: TreeEntry | undefined): StagedRow | undefined {
  if (left?.kind !== 'file') return { ...row, status: stagedStatuses.added };
  if (left.hash === hashFromBytes(row.hash)) return undefined;
  return { ...row, status: stagedStatuses.modified };
}
