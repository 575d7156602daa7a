/**
 * The verb `load`: makes a repository out of an archive, which may come from anyone. Nodes are checked one by one and as a whole, contents
 * are hashed, and all that the commits need must be there; only then references appear. Until the end other verbs refuse the
 * directory, and the same load goes on in it.
 */
import { walkCommits } from '../history/ancestry.js';
import { IntegrityError, InvalidInputError } from '../model/errors.js';
import { type CommitId, type Hash, shortHash } from '../model/hash.js';
import { OpenRepository } from '../repository.js';
import { claimPlace, finishClonePlace, loadMarker } from '../store/clone-place.js';
import {
  defaultEngineConfig,
  readRepositoryConfig,
  withRemote,
  writeRepositoryConfig,
} from '../store/config-files.js';
import type { Head } from '../store/head.js';
import { acquireLock } from '../store/locks.js';
import { branchRef, parseRefName, type RefName } from '../store/ref-names.js';
import { type ArchiveManifest, RepositoryArchive } from '../wire/archive/repository.js';
import type { ByteStream } from '../wire/byte-source.js';
import { gunzipIfNeeded, isGzipError } from '../wire/gzip.js';
import { parseRemoteUrl } from '../wire/remote-url.js';
import { inspectArrived } from './arrived-history.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { type ArrivingContent, receiveContents } from './receive-contents.js';
import { receiveNodes } from './receive-nodes.js';
import type { ArchiveSummary } from './save.js';
import { SharedWriter } from './shared-writer.js';
import { WantedContents } from './wanted-contents.js';

/** Settings of `loadRepository`. */
export interface LoadOptions {
  readonly withoutFiles?: boolean; // the working tree stays empty
}

/** What was loaded. */
export interface LoadResult extends ArchiveSummary {
  readonly head: Head;
  readonly headId: CommitId | undefined;
}

/** A reference to be made. */
interface LoadedRef {
  readonly name: RefName;
  readonly commitId: CommitId;
}

/**
 * Makes a repository in a directory, which may be empty, absent, or one that an earlier load was cut in, and opens it.
 * @param stream a tar archive, or one compressed by gzip
 * @throws ConflictError when the directory holds something; InvalidInputError when this is no archive, or one made to do harm
 * @throws IntegrityError when something in it is not what its hash says, or is missing
 */
export async function loadRepository(
  stream: ByteStream,
  path: string,
  context: OperationContext,
  options: LoadOptions = {},
): Promise<{ repository: OpenRepository; result: LoadResult }> {
  const archive = new RepositoryArchive(gunzipIfNeeded(stream));
  try {
    const manifest = await archive.manifest();
    const refs = refsOf(manifest);
    const head = headOf(manifest);
    const { root, hasDatabase } = claimPlace(path, loadMarker);
    const repository = hasDatabase
      ? await OpenRepository.open(root)
      : await OpenRepository.create(root, defaultEngineConfig);
    try {
      await fill(repository, archive, manifest, context);
      const result = await finish(repository, { manifest, refs, head }, context, options);
      return { repository, result };
    } catch (error) {
      await repository.close();
      throw error;
    }
  } catch (error) {
    if (!isGzipError(error)) throw error;
    throw new InvalidInputError('The archive is damaged: it cannot be inflated.', { cause: error });
  } finally {
    await archive.close();
  }
}

/** @throws InvalidInputError for a name that is not allowed */
function refsOf({ refs }: ArchiveManifest): LoadedRef[] {
  return refs.map(({ name, commit }) => ({
    name: parseRefName(name),
    commitId: commit as CommitId,
  }));
}

function headOf({ head: { branch, commit } }: ArchiveManifest): Head {
  if (commit !== undefined) return { kind: 'detached', commitId: commit as CommitId };
  if (branch === undefined) throw new InvalidInputError('The archive does not say what HEAD is.');
  branchRef(branch);
  return { kind: 'branch', branch };
}

/** Stores what the archive holds; nothing of it can be reached yet. */
async function fill(
  repository: OpenRepository,
  archive: RepositoryArchive,
  manifest: ArchiveManifest,
  context: OperationContext,
): Promise<void> {
  await new SharedWriter(repository, context.clock).use(async (packs) => {
    await receiveNodes(repository, packs, archive.nodes());
    const surroundings = { repository, packs, jobs: context.jobs };
    const contents = countedContents(archive, manifest, context);
    const [refused] = await receiveContents(surroundings, contents);
    if (refused !== undefined) throw new IntegrityError(refused.message);
  });
  await archive.finish();
}

async function* countedContents(
  archive: RepositoryArchive,
  { contents }: ArchiveManifest,
  context: OperationContext,
): AsyncGenerator<ArrivingContent> {
  const progress = new ProgressCounter(context, 'load', contents);
  for await (const { hash, pieces, sizeBytes } of archive.contents()) {
    throwIfStopped(context);
    yield { hash, pieces };
    progress.add(1, sizeBytes);
  }
}

/** Looks at the whole, makes the references and the working tree. */
async function finish(
  repository: OpenRepository,
  { manifest, refs, head }: { manifest: ArchiveManifest; refs: LoadedRef[]; head: Head },
  context: OperationContext,
  { withoutFiles = false }: LoadOptions,
): Promise<LoadResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  const heads = new Set(refs.map(({ commitId }) => commitId));
  if (head.kind === 'detached') heads.add(head.commitId);
  const own = await inspectAll(repository, manifest, heads);
  requireAllContents(repository, heads);
  setRemotes(repository, manifest);
  const headRef = head.kind === 'branch' ? branchRef(head.branch) : undefined;
  const headId =
    head.kind === 'detached' ? head.commitId : refs.find(({ name }) => name === headRef)?.commitId;
  repository.environment.transaction(() => {
    for (const id of own) repository.nodes.setOrigin(id, 'ours');
    for (const id of manifest.shallow) {
      if (!repository.nodes.has(id)) repository.addShallow(id as CommitId);
    }
    for (const { name, commitId } of refs) {
      moveReference(repository, { name, expected: 'any', next: commitId });
    }
    if (withoutFiles) repository.setCheckedOutCommit(headId);
  });
  repository.writeHead(head);
  if (headId !== undefined && !withoutFiles)
    await checkoutLocked(repository, headId, head, context);
  finishClonePlace(repository.controlDirectory);
  const { commits, contents, bytes } = manifest;
  const counts = { refCount: refs.length, commitCount: commits, fileCount: contents };
  return { ...counts, sizeBytes: bytes, head, headId };
}

/** Returns the nodes that follow our rule. @throws IntegrityError when a tree or a commit is missing or not what its id says */
async function inspectAll(
  repository: OpenRepository,
  { shallow }: ArchiveManifest,
  heads: ReadonlySet<CommitId>,
): Promise<Hash[]> {
  const known: CommitId[] = [];
  const own: Hash[] = [];
  const absent = new Set<Hash>(shallow);
  for (const head of heads) {
    const arrived = await inspectArrived(repository, head, known);
    const lost = arrived.absentParents.find((id) => !absent.has(id));
    if (lost !== undefined) throw new IntegrityError(`The archive lacks the commit ${lost}.`);
    own.push(...arrived.ownNodes);
    known.push(head);
  }
  return own;
}

/** @throws IntegrityError when the content of a file of any commit is missing */
function requireAllContents(repository: OpenRepository, heads: ReadonlySet<CommitId>): void {
  const wanted = new WantedContents(repository);
  for (const { id, parentIds } of walkCommits(repository, heads)) wanted.addTree(id, parentIds);
  const missing = wanted.missing();
  const [first] = missing;
  if (first === undefined) return;
  throw new IntegrityError(
    `The archive lacks the content ${shortHash(first.hash)} (and ${missing.count - 1} others).`,
  );
}

function setRemotes({ controlDirectory }: OpenRepository, { remotes }: ArchiveManifest): void {
  let config = readRepositoryConfig(controlDirectory);
  for (const { name, url } of remotes) {
    parseRemoteUrl(url);
    config = withRemote(config, name, url);
  }
  writeRepositoryConfig(controlDirectory, config);
}
