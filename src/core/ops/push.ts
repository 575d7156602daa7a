/**
 * The verb `push`: what the other side lacks is sent, and when all of it has arrived the branch moves there, from where it was
 * when we looked and from nowhere else. Until then nobody sees anything of it, and a push that was cut is simply repeated.
 */
import { isAncestor } from '../history/ancestry.js';
import { findNewCommits } from '../history/new-commits.js';
import { ConflictError, NotFoundError, OperationError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import {
  createBranch,
  deleteBranch,
  findBranch,
  listBranches,
  moveBranch,
} from '../remote/branches.js';
import type { RemoteClient } from '../remote/client.js';
import { findMissingCommits, findMissingFiles } from '../remote/commits.js';
import { serverAnswerOf } from '../remote/errors.js';
import { findRepository, notifyAction } from '../remote/repository.js';
import type { OpenRepository } from '../repository.js';
import { branchRef, remoteRef } from '../store/ref-names.js';
import { formatRemoteUrl } from '../wire/remote-url.js';
import type { OperationContext } from './context.js';
import { beginFastPush, findFastOutgoing, sendFast } from './fast-send.js';
import { Outgoing } from './outgoing.js';
import { type NamedRemote, type RemoteSettings, withRemote } from './remote-access.js';
import { sendLacking } from './send-lacking.js';
import { sendObjects } from './send-objects.js';

/** Which branch goes where. */
export interface PushTarget {
  readonly remote: string;
  readonly branch: string;
}

/** Settings of `push`. */
export interface PushOptions {
  readonly force?: boolean; // move the remote branch also when commits of it are lost
}

/** What a push did. */
export interface PushResult {
  readonly remote: string;
  readonly branch: string;
  readonly commitId: CommitId;
  readonly before: CommitId | undefined; // where the remote branch was; undefined: it did not exist
  readonly isUpToDate: boolean;
  readonly commitCount: number; // that were sent, and so on
  readonly nodeCount: number;
  readonly contentCount: number;
  readonly sizeBytes: number; // of the contents
}

/**
 * Sends a branch to a remote.
 * @throws ConflictError when the remote branch has commits that this one lacks, or moved meanwhile
 * @throws NotFoundError when there is no such remote, remote repository or branch
 * @throws AuthenticationError, RemoteError as the server answers
 */
export function push(
  repository: OpenRepository,
  target: PushTarget,
  settings: RemoteSettings,
  context: OperationContext,
  options: PushOptions = {},
): Promise<PushResult> {
  const commitId = requireCommitOf(repository, target.branch);
  return withRemote(repository, target.remote, settings, context, (remote) =>
    new PushRun(repository, remote, target.branch, commitId, context).run(options.force === true),
  );
}

/**
 * Deletes a branch of a remote.
 * @throws NotFoundError when there is none
 */
export function pushDelete(
  repository: OpenRepository,
  target: PushTarget,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<void> {
  const { remote: name, branch } = target;
  return withRemote(repository, name, settings, context, async ({ client }) => {
    await requireRepository(client);
    if ((await findBranch(client, branch)) === undefined) {
      throw new NotFoundError(`Remote branch '${branch}' not found`, {
        hint: `See which there are: oxen branch -r ${name}`,
      });
    }
    await deleteBranch(client, branch);
    setRemoteRef(repository, name, branch, undefined);
  });
}

/** @throws NotFoundError when the remote repository does not exist */
export async function requireRepository(client: RemoteClient) {
  const found = await findRepository(client);
  if (found !== undefined) return found;
  const { namespace, name } = client.remote;
  throw new NotFoundError(`Remote repository not found: ${formatRemoteUrl(client.remote)}`, {
    hint: `Make it: oxen create-remote --name ${namespace}/${name}`,
  });
}

/** Records where a branch of a remote is. */
export function setRemoteRef(
  repository: OpenRepository,
  remote: string,
  branch: string,
  next: CommitId | undefined,
): void {
  const name = remoteRef(remote, branch);
  repository.environment.transaction(() =>
    repository.refs.compareAndSwap({ name, expected: 'any', next }),
  );
}

/** Returns the commit of a local branch. @throws NotFoundError when there is none; OperationError before the first commit */
export function requireCommitOf(repository: OpenRepository, branch: string): CommitId {
  const commitId = repository.refs.read(branchRef(branch));
  if (commitId !== undefined) return commitId;
  const head = repository.head();
  if (head.kind === 'branch' && head.branch === branch) {
    throw new OperationError('There is nothing to push yet.', {
      hint: 'Make a first commit: oxen add . && oxen commit -m "message"',
    });
  }
  throw new NotFoundError(`Branch '${branch}' not found`, {
    hint: 'See which there are: oxen branch',
  });
}

/** How it is found out what is to be sent, and how that is done. */
interface PushWay {
  readonly find: () => Promise<Outgoing>;
  readonly send: typeof sendObjects;
}

class PushRun {
  readonly #repository: OpenRepository;
  readonly #client: RemoteClient;
  readonly #remote: string;
  readonly #branch: string;
  readonly #commitId: CommitId;
  readonly #context: OperationContext;

  constructor(
    repository: OpenRepository,
    remote: NamedRemote,
    branch: string,
    commitId: CommitId,
    context: OperationContext,
  ) {
    this.#repository = repository;
    this.#client = remote.client;
    this.#remote = remote.name;
    this.#branch = branch;
    this.#commitId = commitId;
    this.#context = context;
  }

  async run(force: boolean): Promise<PushResult> {
    const client = this.#client;
    await requireRepository(client);
    const result = client.isFast ? await this.#pushFast(force) : await this.#pushStandard(force);
    setRemoteRef(this.#repository, this.#remote, this.#branch, this.#commitId);
    return result;
  }

  async #pushStandard(force: boolean): Promise<PushResult> {
    const client = this.#client;
    const branch = { name: this.#branch, commitId: this.#commitId };
    await notifyAction(client, 'started', 'push', branch);
    const before = (await findBranch(client, this.#branch))?.commitId;
    const result = await this.#push(before, force, {
      find: () => this.#findOutgoing(before),
      send: sendObjects,
    });
    await notifyAction(client, 'completed', 'push', branch);
    return result;
  }

  async #pushFast(force: boolean): Promise<PushResult> {
    const begun = await beginFastPush(this.#repository, this.#client, this.#remote, this.#commitId);
    const before = begun.branches.find(({ name }) => name === this.#branch)?.commitId;
    return this.#push(before, force, {
      find: async () => new Outgoing(this.#repository, findFastOutgoing(this.#repository, begun)),
      send: sendFast,
    });
  }

  async #push(before: CommitId | undefined, force: boolean, way: PushWay): Promise<PushResult> {
    if (before === this.#commitId) return this.#result(before, undefined);
    if (before !== undefined && !force) this.#requireFastForward(before);
    const outgoing = await way.find();
    await way.send(this.#repository, this.#client, outgoing, this.#context);
    await this.#moveRepairing(before);
    return this.#result(before, outgoing);
  }

  #requireFastForward(before: CommitId): void {
    const repository = this.#repository;
    const isHere = repository.commit(before) !== undefined;
    if (isHere && isAncestor(repository, before, this.#commitId)) return;
    throw new ConflictError(`Branch ${this.#branch} is behind remote commit ${before}.`, {
      hint: 'Take over what is there: oxen pull, or overwrite it: oxen push --force',
    });
  }

  /** Asks which commits are missing there; those that branches of it point to, and what lies behind them, are not. */
  async #findOutgoing(before: CommitId | undefined): Promise<Outgoing> {
    const repository = this.#repository;
    const isDiverged =
      before !== undefined &&
      (repository.commit(before) === undefined || !isAncestor(repository, before, this.#commitId));
    const isListed = before === undefined || isDiverged;
    const heads = isListed
      ? (await listBranches(this.#client)).map(({ commitId }) => commitId)
      : [];
    if (before !== undefined) heads.push(before);
    const known = heads.filter((id) => repository.commit(id) !== undefined);
    const fresh = findNewCommits(repository, this.#commitId, known);
    const asked = [
      ...fresh.map(({ id }) => id),
      ...(before !== undefined && !isDiverged ? [before] : []),
    ];
    const missing = new Set(await findMissingCommits(this.#client, asked));
    return new Outgoing(
      repository,
      fresh.filter(({ id }) => missing.has(id)),
      { looksAtTypes: true },
    );
  }

  /** Moves the branch; when the server then finds contents missing that an earlier, cut push promised, they are sent. */
  async #moveRepairing(before: CommitId | undefined): Promise<void> {
    try {
      await this.#move(before);
    } catch (error) {
      if (serverAnswerOf(error)?.type !== 'reachable_objects_missing') throw error;
      const sent = await this.#sendMissingFiles(before);
      if (sent === 0) throw error;
      await this.#move(before);
    }
  }

  async #move(before: CommitId | undefined): Promise<void> {
    const client = this.#client;
    const commitId = this.#commitId;
    // Original servers make branches by another request; ours compare with what is expected when they are moved.
    if (before === undefined && !client.isFast) await createBranch(client, this.#branch, commitId);
    else await moveBranch(client, this.#branch, { commitId, expected: before });
  }

  async #sendMissingFiles(base: CommitId | undefined): Promise<number> {
    const range = { head: this.#commitId, ...(base === undefined ? {} : { base }) };
    const lacking = await findMissingFiles(this.#client, range);
    const sent = await sendLacking(this.#repository, this.#client, lacking, this.#context);
    return sent.sentCount;
  }

  #result(before: CommitId | undefined, outgoing: Outgoing | undefined): PushResult {
    return {
      remote: this.#remote,
      branch: this.#branch,
      commitId: this.#commitId,
      before,
      isUpToDate: outgoing === undefined,
      commitCount: outgoing?.commits.length ?? 0,
      nodeCount: outgoing?.nodeCount ?? 0,
      contentCount: outgoing?.contentCount ?? 0,
      sizeBytes: outgoing?.sizeBytes ?? 0,
    };
  }
}
