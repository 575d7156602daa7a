/**
 * The verb `clone`: a new repository with a branch of a remote, its history and its files. Until it is finished it is marked as
 * unfinished, and the same command goes on with what has arrived.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ClonePart } from '../model/clone-part.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import { findBranch, listBranches } from '../remote/branches.js';
import type { RemoteClient } from '../remote/client.js';
import { notifyAction } from '../remote/repository.js';
import { OpenRepository } from '../repository.js';
import { claimPlace, finishClonePlace } from '../store/clone-place.js';
import {
  defaultEngineConfig,
  readRepositoryConfig,
  withRemote,
  writeRepositoryConfig,
} from '../store/config-files.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import type { Branch } from '../wire/messages/branches.js';
import { formatRemoteUrl, type RemoteUrl } from '../wire/remote-url.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { readCheckoutState } from './checkout-state.js';
import type { OperationContext } from './context.js';
import { fetchBranches, listUsableBranches } from './fetch.js';
import { readClonePart, writeClonePart } from './partial-contents.js';
import { requireRepository } from './push.js';
import { defaultRemoteName, openClient, type RemoteSettings } from './remote-access.js';

/** Settings of `clone`. */
export interface CloneOptions {
  readonly branch?: string; // `main` when absent, or the first one where there is no `main`
  readonly all?: boolean; // all branches, and the contents of all commits
  readonly part?: ClonePart; // only this commit, and only the files of a part of it
}

/** What a clone brought. */
export interface CloneResult {
  readonly branch: string;
  readonly commitId: CommitId | undefined; // undefined: the remote repository is empty
  readonly fileCount: number; // contents that came, and their bytes
  readonly sizeBytes: number;
}

/** The name of the branch that is checked out when none is named. */
const usualBranch = 'main';

/**
 * Clones a remote repository into a directory and returns it, open.
 * @throws NotFoundError when there is no such repository or branch; nothing was made then
 * @throws ConflictError when the directory is not empty
 * @throws IntegrityError when the server sends something that is not what it should be
 */
export async function clone(
  url: RemoteUrl,
  path: string,
  settings: RemoteSettings,
  context: OperationContext,
  options: CloneOptions = {},
): Promise<{ repository: OpenRepository; result: CloneResult }> {
  const client = await openClient(url, settings, context);
  try {
    const { isEmpty } = await requireRepository(client);
    await notifyAction(client, 'started', 'clone');
    if (!isEmpty) await notifyAction(client, 'started', 'fetch');
    const branch = isEmpty ? undefined : await chooseBranch(client, options.branch);
    const repository = await openPlace(path, formatRemoteUrl(url), options.part);
    try {
      const result = await fill(repository, client, branch, context, options);
      finishClonePlace(repository.controlDirectory);
      await notifyAction(client, 'completed', 'clone');
      return { repository, result };
    } catch (error) {
      await repository.close();
      throw error;
    }
  } finally {
    await client.close();
  }
}

async function chooseBranch(client: RemoteClient, wanted: string | undefined): Promise<Branch> {
  const found = await findBranch(client, wanted ?? usualBranch);
  if (found !== undefined) return found;
  const branches = await listBranches(client);
  const [first] = branches;
  if (wanted === undefined && first !== undefined) return first;
  throw new NotFoundError(`Remote branch '${wanted ?? usualBranch}' not found`, {
    hint: `There are: ${branches.map(({ name }) => name).join(', ') || 'none'}`,
  });
}

/** Opens the repository to be filled; it is made, or was by a run that was cut. */
async function openPlace(
  path: string,
  url: string,
  part: ClonePart | undefined,
): Promise<OpenRepository> {
  const { root, hasDatabase } = claimPlace(path, url);
  const repository = hasDatabase
    ? await OpenRepository.open(root)
    : await OpenRepository.create(root, defaultEngineConfig);
  const { controlDirectory } = repository;
  const config = readRepositoryConfig(controlDirectory);
  writeRepositoryConfig(controlDirectory, withRemote(config, defaultRemoteName, url));
  if (isDeepStrictEqual(readClonePart(repository), part)) return repository;
  if (repository.refs.listAll().length === 0) {
    writeClonePart(repository, part);
    return repository;
  }
  await repository.close();
  throw new ConflictError(`In ${root} a clone of another part of ${url} was begun.`, {
    path: root,
    hint: 'Give the same --filter and --depth again, or remove the directory.',
  });
}

async function fill(
  repository: OpenRepository,
  client: RemoteClient,
  branch: Branch | undefined,
  context: OperationContext,
  options: CloneOptions,
): Promise<CloneResult> {
  if (branch === undefined) {
    const name = options.branch ?? usualBranch;
    repository.writeHead({ kind: 'branch', branch: name });
    return { branch: name, commitId: undefined, fileCount: 0, sizeBytes: 0 };
  }
  const ref = branchRef(branch.name);
  const begun = readCheckoutState(repository)?.to ?? repository.refs.read(ref);
  const fetched = { fileCount: 0, sizeBytes: 0 };
  if (begun === undefined) {
    const remote = { name: defaultRemoteName, client };
    const wanted = options.all === true ? await allBranches(client, branch, context) : [branch];
    const all = { allContents: options.all === true };
    Object.assign(fetched, await fetchBranches(repository, remote, wanted, context, all));
    await notifyAction(client, 'completed', 'fetch');
  }
  const commitId = begun ?? branch.commitId;
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  await checkoutLocked(repository, commitId, { kind: 'branch', branch: branch.name }, context, {
    last: () => [moveReference(repository, { name: ref, expected: 'any', next: commitId })],
  });
  const { fileCount, sizeBytes } = fetched;
  return { branch: branch.name, commitId, fileCount, sizeBytes };
}

/** Returns all branches, the one to be checked out as it was seen first. */
async function allBranches(
  client: RemoteClient,
  first: Branch,
  context: OperationContext,
): Promise<Branch[]> {
  const branches = await listUsableBranches(client, context);
  return [first, ...branches.filter(({ name }) => name !== first.name)];
}
