/**
 * The verb `fetch`: brings branches of a remote here. Nodes come first and are looked at, then the contents, and only when all of it
 * is durable the reference `remotes/<remote>/<branch>` moves, so that a fetch that was cut is simply repeated.
 */
import { walkCommits } from '../history/ancestry.js';
import { IntegrityError, NotFoundError, OperationError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { rootPath } from '../model/path.js';
import { findBranch, listBranches } from '../remote/branches.js';
import type { RemoteClient } from '../remote/client.js';
import { findCommit } from '../remote/commits.js';
import { downloadNodes, hasNode } from '../remote/download-nodes.js';
import { harmlessText } from '../remote/errors.js';
import { notifyAction } from '../remote/repository.js';
import type { WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { branchNameProblem, remoteRef } from '../store/ref-names.js';
import type { Branch } from '../wire/messages/branches.js';
import type { TreeQuery } from '../wire/query.js';
import { type ArrivedHistory, inspectArrived, nothingArrived } from './arrived-history.js';
import type { OperationContext } from './context.js';
import { fetchContents } from './fast-contents.js';
import { fetchHistoryRecords } from './fast-history.js';
import { releasePagesAfter } from './mapped-pages.js';
import { hasPartialContents, readClonePart, setPartialContents } from './partial-contents.js';
import { requireRepository, setRemoteRef } from './push.js';
import { receiveNodes } from './receive-nodes.js';
import { receiveVersions } from './receive-versions.js';
import { type NamedRemote, type RemoteSettings, withRemote } from './remote-access.js';
import { SharedWriter } from './shared-writer.js';
import { WantedContents } from './wanted-contents.js';

/** Settings of `fetch`. */
export interface FetchOptions {
  readonly branch?: string; // only this one; all when absent
  readonly allContents?: boolean; // the contents of every commit, not only of the newest; of a partial clone those outside of its part too
}

/** What came for one branch. */
export interface FetchedBranch {
  readonly name: string;
  readonly commitId: CommitId;
  readonly before: CommitId | undefined; // where it was when it was last seen
}

/** What a fetch brought. */
export interface FetchResult {
  readonly remote: string;
  readonly branches: readonly FetchedBranch[];
  readonly fileCount: number; // contents that came, and their bytes
  readonly sizeBytes: number;
}

/**
 * Fetches branches of a remote; the working tree and local branches stay as they are.
 * @throws NotFoundError when there is no such remote, remote repository or branch
 * @throws IntegrityError when the server sends something that is not what it should be; nothing of it can be reached then
 */
export function fetch(
  repository: OpenRepository,
  remote: string,
  settings: RemoteSettings,
  context: OperationContext,
  options: FetchOptions = {},
): Promise<FetchResult> {
  return withRemote(repository, remote, settings, context, async (named) => {
    await requireRepository(named.client);
    await notifyAction(named.client, 'started', 'fetch');
    const { branch } = options;
    const wanted =
      branch === undefined
        ? await listUsableBranches(named.client, context)
        : [await requireRemoteBranch(named, branch)];
    const result = await fetchBranches(repository, named, wanted, context, options);
    await notifyAction(named.client, 'completed', 'fetch');
    return result;
  });
}

/**
 * Brings contents that the checked-out commit needs and that are not here; nothing else is fetched.
 * @throws OperationError before the first commit; NotFoundError when the remote lacks them too
 */
export function fetchMissingFiles(
  repository: OpenRepository,
  remote: string,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<FetchResult> {
  const head = repository.headCommitId();
  if (head === undefined) throw new OperationError('There is no commit yet.');
  const wanted = new WantedContents(repository);
  wanted.addTree(head, []);
  const contents = wanted.missing();
  return withRemote(repository, remote, settings, context, async ({ client }) => {
    await requireRepository(client);
    await notifyAction(client, 'started', 'fetch');
    await receiveFrom(repository, client, contents, context);
    await notifyAction(client, 'completed', 'fetch');
    const { count: fileCount, sizeBytes } = contents;
    return { remote, branches: [], fileCount, sizeBytes };
  });
}

/** Fetches contents by the faster way where the server has one. */
function receiveFrom(
  repository: OpenRepository,
  client: RemoteClient,
  contents: WantedVersions,
  context: OperationContext,
): Promise<void> {
  const receive = client.isFast ? fetchContents : receiveVersions;
  return receive(repository, client, contents, context);
}

/** Returns the branches of a remote, without those whose names we do not allow; a note tells about these. */
export async function listUsableBranches(
  client: RemoteClient,
  { events }: OperationContext,
): Promise<Branch[]> {
  const branches = await listBranches(client);
  return branches.filter(({ name }) => {
    const problem = branchNameProblem(name);
    if (problem === undefined) return true;
    const message = `skipped: the name of this branch of the remote ${problem}`;
    events({ type: 'note', path: harmlessText(name), message });
    return false;
  });
}

/** Returns a branch of a remote. @throws NotFoundError when there is none */
export async function requireRemoteBranch(remote: NamedRemote, name: string): Promise<Branch> {
  const found = await findBranch(remote.client, name);
  if (found !== undefined) return found;
  throw new NotFoundError(`Remote branch '${name}' not found`, {
    hint: `See which there are: oxen branch -r ${remote.name}`,
  });
}

/** Brings the given branches here and moves the references of the remote. */
export async function fetchBranches(
  repository: OpenRepository,
  remote: NamedRemote,
  branches: readonly Branch[],
  context: OperationContext,
  options: Pick<FetchOptions, 'allContents'> = {},
): Promise<FetchResult> {
  const fetched: FetchedBranch[] = [];
  let fileCount = 0;
  let sizeBytes = 0;
  for (const { name, commitId } of branches) {
    const before = repository.refs.read(remoteRef(remote.name, name));
    const history = await fetchHistory(repository, remote, { name, commitId }, context);
    const contents =
      options.allContents === true
        ? allWantedContents(repository, commitId, history)
        : wantedContents(repository, commitId, before);
    await receiveFrom(repository, remote.client, contents, context);
    // Each of these goes through another large part of the database.
    releasePagesAfter(repository, contents.count);
    recordArrival(repository, remote.name, { name, commitId }, history);
    releasePagesAfter(repository, contents.count);
    if (options.allContents !== true && history.commits.length > 1) notePartial(repository);
    fetched.push({ name, commitId, before });
    fileCount += contents.count;
    sizeBytes += contents.sizeBytes;
  }
  if (options.allContents === true && hasPartialContents(repository)) forgetPartial(repository);
  return { remote: remote.name, branches: fetched, fileCount, sizeBytes };
}

function notePartial(repository: OpenRepository): void {
  repository.environment.transaction(() => setPartialContents(repository, true));
}

/** Forgets that contents are absent, when none of any commit is. */
function forgetPartial(repository: OpenRepository): void {
  if (readClonePart(repository) !== undefined) return;
  const wanted = new WantedContents(repository);
  for (const { id, parentIds } of walkCommits(repository, knownCommits(repository))) {
    wanted.addTree(id, parentIds);
  }
  if (wanted.missing().count > 0) return;
  repository.environment.transaction(() => setPartialContents(repository, false));
}

/** Brings the commits of a branch with their trees here, unless they are, and returns the new ones. */
async function fetchHistory(
  repository: OpenRepository,
  remote: NamedRemote,
  branch: Branch,
  context: OperationContext,
): Promise<ArrivedHistory> {
  const { client } = remote;
  const known = knownCommits(repository);
  if (known.includes(branch.commitId)) return nothingArrived;
  const receive = client.isFast ? receiveFast : receiveStandard;
  const history = await receive(repository, remote, branch, known, context);
  // Behind the commit of a partial clone there is nothing, also where the server has more.
  const isPart = readClonePart(repository) !== undefined;
  if (!isPart) for (const parent of history.absentParents) await requireAbsent(client, parent);
  return history;
}

async function receiveFast(
  repository: OpenRepository,
  { client }: NamedRemote,
  { commitId }: Branch,
  known: readonly CommitId[],
  context: OperationContext,
): Promise<ArrivedHistory> {
  const isAlone = known.length === 0 && readClonePart(repository) !== undefined;
  const wish = { head: commitId, haves: known, isAlone };
  await fetchHistoryRecords(repository, client, wish, context);
  return inspectArrived(repository, commitId, known);
}

async function receiveStandard(
  repository: OpenRepository,
  remote: NamedRemote,
  { name, commitId }: Branch,
  known: readonly CommitId[],
  context: OperationContext,
): Promise<ArrivedHistory> {
  const writer = new SharedWriter(repository, context.clock);
  const download = (from: CommitId | undefined) =>
    writer.use((packs) =>
      receiveNodes(repository, packs, nodesOf(repository, remote.client, from, commitId)),
    );
  const base = await findBase(repository, remote, name);
  await download(base);
  try {
    return await inspectArrived(repository, commitId, known);
  } catch (error) {
    // A server may leave out more than we have: it goes by its own idea of what lies behind the base.
    if (!(error instanceof IntegrityError) || base === undefined) throw error;
    await download(undefined);
    return inspectArrived(repository, commitId, known);
  }
}

function nodesOf(
  repository: OpenRepository,
  client: RemoteClient,
  base: CommitId | undefined,
  head: CommitId,
) {
  const isPart = base === undefined && readClonePart(repository) !== undefined;
  return downloadNodes(client, { base, head }, isPart ? { part: oneCommit } : {});
}

/** The whole tree of a commit, without its history. */
const oneCommit: TreeQuery = { depth: -1, subtrees: [rootPath], isDownload: false };

/** Returns a commit that both sides have, from which the way to the remote branch is short; undefined when there is none. */
async function findBase(
  repository: OpenRepository,
  { name, client }: NamedRemote,
  branch: string,
): Promise<CommitId | undefined> {
  const candidate = repository.refs.read(remoteRef(name, branch)) ?? repository.headCommitId();
  if (candidate === undefined) return undefined;
  return (await hasNode(client, candidate)) ? candidate : undefined;
}

/** Commits whose history and trees are whole: references move last. */
function knownCommits(repository: OpenRepository): CommitId[] {
  const known = repository.refs.listAll().map(({ commitId }) => commitId);
  const head = repository.headCommitId();
  return head === undefined ? known : [...known, head];
}

async function requireAbsent(client: RemoteClient, parent: CommitId): Promise<void> {
  if ((await findCommit(client, parent)) === undefined) return;
  throw new IntegrityError(`The server did not send commit ${parent}, which it has.`);
}

/**
 * Returns the contents of the newest commit that are not here. Those of the commit that is checked out, and where all contents are
 * to be here those of the one that was seen last, are not looked for again: what is lost of them `fetch --missing-files` and
 * `fetch --all` find.
 */
function wantedContents(
  repository: OpenRepository,
  head: CommitId,
  before: CommitId | undefined,
): WantedVersions {
  const wanted = new WantedContents(repository);
  // A push too says that a commit was seen, and its contents may be on the other side only.
  const seen = hasPartialContents(repository) ? undefined : before;
  const bases = [repository.headCommitId(), seen].filter((id) => id !== undefined);
  wanted.addTree(head, bases);
  return wanted.missing();
}

/** Returns the contents of the newest commit and of all new ones that are not here. */
function allWantedContents(
  repository: OpenRepository,
  head: CommitId,
  history: ArrivedHistory,
): WantedVersions {
  const wanted = new WantedContents(repository, true);
  wanted.addTree(head, []);
  for (const { id, parentIds } of unseenCommits(repository, head, history)) {
    wanted.addTree(id, parentIds);
  }
  return wanted.missing();
}

/** The commits whose contents may be absent: the new ones, and older ones that came without. */
function unseenCommits(
  repository: OpenRepository,
  head: CommitId,
  { commits }: ArrivedHistory,
): Iterable<CommitNode> {
  return hasPartialContents(repository) ? walkCommits(repository, [head]) : commits;
}

function recordArrival(
  repository: OpenRepository,
  remote: string,
  branch: Branch,
  history: ArrivedHistory,
): void {
  repository.environment.transaction(() => {
    for (const parent of history.absentParents) repository.addShallow(parent);
    for (const id of history.ownNodes) repository.nodes.setOrigin(id, 'ours');
    setRemoteRef(repository, remote, branch.name, branch.commitId);
  });
}
