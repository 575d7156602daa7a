/**
 * The verb `save`: the whole repository as one archive, streamed: its references with all their history, and HEAD. What is staged, the
 * operation log and settings of the machine stay out. Nothing but hashes is held.
 */
import { chunkingThresholdBytes } from '../format/chunking.js';
import { walkCommits } from '../history/ancestry.js';
import { NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { readRepositoryConfig } from '../store/config-files.js';
import type { ArchivedNode } from '../wire/archive/nodes.js';
import {
  type ArchivedContent,
  type ArchiveManifest,
  archiveFormat,
  writeRepositoryArchive,
} from '../wire/archive/repository.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { Outgoing } from './outgoing.js';
import { inPackOrder, OutgoingNodeReader } from './send-objects.js';

/** What an archive holds. */
export interface ArchiveSummary {
  readonly refCount: number;
  readonly commitCount: number;
  readonly fileCount: number; // different contents
  readonly sizeBytes: number; // of the contents
}

/** An archive to be written. */
export interface SavedRepository {
  readonly summary: ArchiveSummary;
  readonly pieces: AsyncGenerator<Uint8Array>; // a tar archive
}

/**
 * Returns the archive of a repository; its pieces are made while they are taken.
 * @throws NotFoundError before the first commit; OperationError when contents are not here; IntegrityError when something is damaged
 */
export function saveRepository(
  repository: OpenRepository,
  context: OperationContext,
): SavedRepository {
  repository.environment.refresh();
  const refs = repository.refs.listAll();
  const head = repository.head();
  const heads = [...refs.map(({ commitId }) => commitId), repository.headCommitId()];
  const commits = [
    ...walkCommits(
      repository,
      heads.filter((id) => id !== undefined),
    ),
  ];
  if (commits.length === 0) {
    throw new NotFoundError('There is no commit yet to save.', {
      hint: 'oxen add . && oxen commit -m "message"',
    });
  }
  const outgoing = new Outgoing(repository, commits, { verb: 'save' });
  const { nodeCount, contentCount, sizeBytes } = outgoing;
  const { remotes } = readRepositoryConfig(repository.controlDirectory);
  const manifest: ArchiveManifest = {
    format: archiveFormat,
    head:
      head.kind === 'branch'
        ? { branch: head.branch, commit: undefined }
        : { branch: undefined, commit: head.commitId },
    refs: refs.map(({ name, commitId }) => ({ name, commit: commitId })),
    remotes: remotes.map(({ name, url }) => ({ name, url })),
    shallow: absentParents(repository, commits),
    algorithm: 'xxh3-128',
    commits: commits.length,
    nodes: nodeCount,
    contents: contentCount,
    bytes: sizeBytes,
  };
  const pieces = writeRepositoryArchive(
    manifest,
    nodesOf(repository, outgoing, context),
    contentsOf(repository, outgoing, context),
  );
  const summary = {
    refCount: refs.length,
    commitCount: commits.length,
    fileCount: contentCount,
    sizeBytes,
  };
  return { summary, pieces };
}

/** The parents that a shallow history lacks. */
function absentParents(repository: OpenRepository, commits: readonly CommitNode[]): CommitId[] {
  const here = new Set(commits.map(({ id }) => id));
  const parents = new Set(commits.flatMap(({ parentIds }) => parentIds));
  return [...parents].filter((id) => !here.has(id) && repository.isShallow(id));
}

function* nodesOf(
  repository: OpenRepository,
  outgoing: Outgoing,
  context: OperationContext,
): Generator<ArchivedNode> {
  const reader = new OutgoingNodeReader(repository, outgoing.commits);
  for (const node of outgoing.nodes()) {
    throwIfStopped(context);
    yield reader.read(node);
  }
}

function* contentsOf(
  repository: OpenRepository,
  outgoing: Outgoing,
  context: OperationContext,
): Generator<ArchivedContent> {
  const { versions } = repository;
  const progress = new ProgressCounter(context, 'save', outgoing.contentCount);
  for (const row of inPackOrder(repository, outgoing.contentHashes)) {
    throwIfStopped(context);
    const { hash, sizeBytes } = outgoing.content(row);
    const isSmall = sizeBytes <= chunkingThresholdBytes;
    const content = isSmall ? versions.readSmall(hash) : versions.readContent(hash);
    yield { hash, sizeBytes, content };
    progress.add(1, sizeBytes);
  }
}
