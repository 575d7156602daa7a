/** Puts what a merge decided into the working tree and the staging area. */
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import { hashToBytes } from '../model/hash.js';
import { joinNames } from '../model/name-list.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { fileNodeOf, type TreeEntry } from '../tree/read.js';
import { dataTypeNumber } from '../tree/totals.js';
import { createDirectories } from '../worktree/create-directories.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { addedDirectory, oneRow, removedDirectory, removedFile } from './add-recorder.js';
import type { OperationContext } from './context.js';
import {
  type FileToWrite,
  requireContents,
  throwWriteProblems,
  writeFiles,
} from './materialise-run.js';
import { heldPaths } from './partial-contents.js';

/** What the clean part of a merge does to our tree. */
export interface CleanChanges {
  readonly files: ReadonlyMap<RepoPath, { readonly entry: TreeEntry; readonly isNew: boolean }>;
  readonly removedFiles: ReadonlyMap<RepoPath, TreeEntry>;
  readonly newDirectories: readonly RepoPath[]; // that hold nothing
  readonly removedDirectories: readonly RepoPath[]; // deepest first
}

/**
 * Writes and removes files, then stages it all in one transaction.
 * @throws IntegrityError before anything is touched when a content is missing
 */
export async function applyCleanChanges(
  repository: OpenRepository,
  changes: CleanChanges,
  context: OperationContext,
): Promise<void> {
  const { root, staging, fileIndex, environment } = repository;
  const holds = heldPaths(repository);
  const writes = [...groupByDirectory(changes.files.keys())].map(([directory, paths]) => ({
    directory,
    files: paths.filter(holds).flatMap((path) => toWrite(changes.files.get(path)?.entry)),
  }));
  requireContents(repository, writes);
  const removals = groupByDirectory(changes.removedFiles.keys());
  for (const [directory, paths] of removals) {
    removeFiles({ root, directory, names: joinNames(paths.filter(holds).map(baseName)) });
  }
  removeEmptyDirectories(root, changes.removedDirectories.filter(holds));
  createDirectories(root, changes.newDirectories.filter(holds));
  const { written, problems } = await writeFiles(repository, writes, context, true);
  throwWriteProblems(problems);
  environment.transaction(() => {
    for (const { directory, run } of written) fileIndex.apply(directory, { upserts: [run] });
    for (const [directory, paths] of groupByDirectory(changes.files.keys())) {
      staging.apply(directory, { upserts: [stagedFiles(paths, changes)] });
    }
    for (const [directory, paths] of removals) {
      staging.apply(directory, { upserts: [removedFiles(paths, changes)] });
      fileIndex.apply(directory, { upserts: [], removals: paths.map(baseName) });
    }
    for (const path of changes.newDirectories) {
      if (holds(path)) fileIndex.addEmptyDirectory(path);
      staging.apply(parentPath(path), { upserts: [oneRow(path, addedDirectory)] });
    }
    for (const path of changes.removedDirectories) {
      fileIndex.removeEmptyDirectory(path);
      staging.apply(parentPath(path), { upserts: [oneRow(path, removedDirectory)] });
    }
  });
}

function toWrite(entry: TreeEntry | undefined): FileToWrite[] {
  return entry === undefined
    ? []
    : [{ name: entry.name, hash: entry.hash, sizeBytes: entry.sizeBytes }];
}

function stagedFiles(paths: readonly RepoPath[], { files }: CleanChanges): StagedRun {
  const builder = new StagedRunBuilder(paths.length);
  for (const path of paths) {
    const file = files.get(path);
    if (file !== undefined) builder.append(baseName(path), stagedRowOf(file.entry, file.isNew));
  }
  return new StagedRun(builder.finish());
}

function removedFiles(paths: readonly RepoPath[], changes: CleanChanges): StagedRun {
  const builder = new StagedRunBuilder(paths.length);
  for (const path of paths) {
    const hash = changes.removedFiles.get(path)?.hash;
    builder.append(
      baseName(path),
      hash === undefined ? removedFile : { ...removedFile, hash: hashToBytes(hash) },
    );
  }
  return new StagedRun(builder.finish());
}

/** Returns the staged row of a file that is stored already, with the metadata it has. */
export function stagedRowOf(entry: TreeEntry, isNew: boolean): StagedRow {
  const file = fileNodeOf(entry);
  const hasMetadata = file.metadata.length > 1;
  return {
    status: isNew ? stagedStatuses.added : stagedStatuses.modified,
    kind: stagedKinds.file,
    hash: hashToBytes(file.hash),
    sizeBytes: file.sizeBytes,
    mtimeSeconds: file.modified.seconds,
    mtimeNanoseconds: file.modified.nanoseconds,
    dataType: dataTypeNumber(file.dataType),
    mimeType: file.mimeType,
    metadataHash: file.metadataHash === undefined ? undefined : hashToBytes(file.metadataHash),
    metadata: hasMetadata ? file.metadata : new Uint8Array(0),
  };
}

function groupByDirectory(paths: Iterable<RepoPath>): Map<RepoPath, RepoPath[]> {
  const groups = new Map<RepoPath, RepoPath[]>();
  for (const path of sortBytewise([...paths])) {
    const directory = parentPath(path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [path]);
    else group.push(path);
  }
  return groups;
}
