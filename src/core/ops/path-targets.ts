/**
 * What is to stand at some paths, whatever stands there now, and the doing of it: the working tree, the staging area and the file
 * index follow together. A merge brings what theirs has like this, settling a conflict what one side has, and taking a
 * merge back what HEAD has.
 */
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedKinds,
  stagedStatuses,
} from '../format/staged-run.js';
import { isSameFile } from '../merge/file-rule.js';
import { OperationError } from '../model/errors.js';
import { type Hash, hashToBytes } from '../model/hash.js';
import type { PathProblem } from '../model/jobs.js';
import { joinNames } from '../model/name-list.js';
import { baseName, joinPath, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { fileNodeOf, lookupPath, subdirectoryNodeOf, type TreeEntry } from '../tree/read.js';
import { dataTypeNumber } from '../tree/totals.js';
import { walkTree } from '../tree/walk.js';
import { createDirectories } from '../worktree/create-directories.js';
import { removeEmptyDirectories, removeFiles } from '../worktree/remove.js';
import { clearTemporaryFiles } from '../worktree/writing-note.js';
import { addedDirectory, oneRow, removedDirectory, removedFile } from './add-recorder.js';
import type { OperationContext } from './context.js';
import {
  locateContents,
  openRows,
  throwWriteProblems,
  type WrittenDirectory,
  writeFiles,
} from './materialise-run.js';
import { heldPaths } from './partial-contents.js';
import { WriteList } from './write-list.js';

/** What is to stand at paths; the last word on a path counts. */
export class PathTargets {
  readonly files = new Map<RepoPath, TreeEntry>();
  readonly removedFiles = new Set<RepoPath>();
  readonly directories = new Set<RepoPath>(); // that stand although they may hold nothing
  readonly removedDirectories = new Set<RepoPath>();

  /** The entry is to stand at the path; of a directory nothing but itself. */
  put(path: RepoPath, entry: TreeEntry): void {
    if (entry.kind === 'dir') {
      this.directories.add(path);
      this.removedDirectories.delete(path);
      return;
    }
    this.files.set(path, { ...entry, name: baseName(path) });
    this.removedFiles.delete(path);
  }

  /** A directory of a tree is to stand at the path with all it holds. */
  putTree({ nodes }: OpenRepository, path: RepoPath, directory: TreeEntry): void {
    const all = [...walkTree(nodes, directory.hash, path)];
    if (all.length === 0) this.put(path, directory);
    for (const { path: below, entry } of all) {
      if (entry.kind === 'file' || subdirectoryNodeOf(entry).entryCount === 0) {
        this.put(below, entry);
      }
    }
  }

  /** Nothing of that kind is to stand at the path. */
  remove(path: RepoPath, kind: TreeEntry['kind']): void {
    if (kind === 'file') {
      if (!this.files.has(path)) this.removedFiles.add(path);
    } else if (!this.directories.has(path)) this.removedDirectories.add(path);
  }
}

/**
 * Makes the working tree as the targets say, then the staging area and the file index in one transaction: what differs from
 * HEAD is staged, what does not is no longer. Local changes at these paths are overwritten.
 * @param last runs at the end of the transaction
 * @throws IntegrityError before anything is touched when a content is missing; OperationError when the disk refuses
 */
export async function applyTargets(
  repository: OpenRepository,
  targets: PathTargets,
  context: OperationContext,
  last: () => void = () => {},
): Promise<void> {
  const { root, environment } = repository;
  const holds = heldPaths(repository);
  const writes = new WriteList();
  for (const [directory, paths] of groupByDirectory(targets.files.keys(), holds)) {
    writes.add(
      directory,
      paths.flatMap((path) => targets.files.get(path) ?? []),
    );
  }
  const located = locateContents(repository, writes);
  clearTemporaryFiles(root);
  for (const [directory, paths] of groupByDirectory(targets.removedFiles, holds)) {
    const { problems } = removeFiles({ root, directory, names: joinNames(paths.map(baseName)) });
    throwProblem(
      problems.filter(({ code }) => code !== 'type'),
      directory,
    );
  }
  throwProblem(
    removeEmptyDirectories(root, [...targets.removedDirectories].filter(holds)).problems,
    '',
  );
  throwProblem(createDirectories(root, [...targets.directories].filter(holds)), '');
  const { written, problems } = await writeFiles(repository, located, context, true);
  throwWriteProblems(problems);
  environment.transaction(() => {
    new Recorder(repository).record(targets, written);
    last();
  });
}

/** Makes staging area and file index follow; inside a transaction. */
class Recorder {
  readonly #repository: OpenRepository;
  readonly #headRoot: Hash | undefined;
  readonly #holds: (path: RepoPath) => boolean;

  constructor(repository: OpenRepository) {
    this.#holds = heldPaths(repository);
    this.#repository = repository;
    this.#headRoot = repository.headTree()?.rootId;
  }

  record(targets: PathTargets, written: readonly WrittenDirectory[]): void {
    const { fileIndex } = this.#repository;
    for (const [directory, paths] of groupByDirectory(targets.removedDirectories)) {
      this.#stageDirectories(directory, paths, 'removed');
    }
    for (const [directory, paths] of groupByDirectory(targets.removedFiles)) {
      this.#stageFiles(directory, paths, targets);
      fileIndex.apply(directory, { upserts: [], removals: paths.map(baseName) });
    }
    for (const [directory, paths] of groupByDirectory(targets.directories)) {
      this.#stageDirectories(directory, paths, 'added');
    }
    for (const [directory, paths] of groupByDirectory(targets.files.keys())) {
      this.#stageFiles(directory, paths, targets);
    }
    for (const files of written) fileIndex.apply(files.directory, { upserts: openRows(files) });
  }

  #stageFiles(directory: RepoPath, paths: readonly RepoPath[], targets: PathTargets): void {
    const builder = new StagedRunBuilder(paths.length);
    const removals: string[] = [];
    for (const path of paths) {
      const head = this.#headAt(path);
      const row = rowFor(head?.kind === 'file' ? head : undefined, targets.files.get(path));
      if (row === undefined) removals.push(baseName(path));
      else builder.append(baseName(path), row);
    }
    const upserts = builder.count > 0 ? [new StagedRun(builder.finish())] : [];
    this.#repository.staging.apply(directory, { upserts, removals });
  }

  #stageDirectories(
    directory: RepoPath,
    paths: readonly RepoPath[],
    state: 'added' | 'removed',
  ): void {
    const { staging, fileIndex } = this.#repository;
    for (const path of paths) {
      const isInHead = this.#headAt(path)?.kind === 'dir';
      if (state === 'added' && this.#holds(path)) fileIndex.addEmptyDirectory(path);
      if (state === 'removed') fileIndex.removeEmptyDirectory(path);
      const isAsInHead = isInHead === (state === 'added');
      const row = state === 'added' ? addedDirectory : removedDirectory;
      if (isAsInHead) staging.apply(directory, { upserts: [], removals: [baseName(path)] });
      else staging.apply(directory, { upserts: [oneRow(path, row)] });
    }
  }

  #headAt(path: RepoPath): TreeEntry | undefined {
    return this.#headRoot === undefined
      ? undefined
      : lookupPath(this.#repository.nodes, this.#headRoot, path);
  }
}

/** Returns what is staged so that a file of HEAD becomes another one or none; undefined: nothing. */
function rowFor(head: TreeEntry | undefined, target: TreeEntry | undefined): StagedRow | undefined {
  if (target === undefined) {
    return head === undefined ? undefined : { ...removedFile, hash: hashToBytes(head.hash) };
  }
  if (head !== undefined && isSameFile(head, target)) return undefined;
  return stagedRowOf(target, head === undefined);
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

function throwProblem(problems: readonly PathProblem[], directory: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const path = joinPath(directory as RepoPath, first.name);
  throw new OperationError(`Cannot change ${path}: ${first.message}.`, {
    path,
    hint: 'Fix the cause, then run the command again.',
  });
}

function groupByDirectory(
  paths: Iterable<RepoPath>,
  isWanted: (path: RepoPath) => boolean = () => true,
): Map<RepoPath, RepoPath[]> {
  const groups = new Map<RepoPath, RepoPath[]>();
  for (const path of sortBytewise([...paths].filter(isWanted))) {
    const directory = parentPath(path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [path]);
    else group.push(path);
  }
  return groups;
}
