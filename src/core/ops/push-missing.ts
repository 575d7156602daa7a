/**
 * `push --missing-files` and `push --revalidate`: sends contents that the remote should have and has not, of commits that are there
 * already. The branch stays where it is.
 */
import { isAncestor, walkCommits } from '../history/ancestry.js';
import { ConflictError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import { findBranch, moveBranch } from '../remote/branches.js';
import type { RemoteClient } from '../remote/client.js';
import { findMissingFiles } from '../remote/commits.js';
import { notifyAction } from '../remote/repository.js';
import { checkVersions } from '../remote/upload-versions.js';
import type { OpenRepository } from '../repository.js';
import type { MissingFile } from '../wire/messages/commits.js';
import type { VersionCheck } from '../wire/messages/versions.js';
import type { OperationContext } from './context.js';
import { type PushTarget, requireCommitOf, requireRepository } from './push.js';
import { type NamedRemote, type RemoteSettings, withRemote } from './remote-access.js';
import { type SentContents, sendLacking } from './send-lacking.js';

/** Which contents to look for. */
export interface PushMissingOptions {
  readonly commitId?: CommitId; // those of this commit; of the whole history of the branch when absent
  readonly revalidate?: boolean; // the remote reads all its contents first and drops damaged ones
}

/** What was missing. */
export interface PushMissingResult extends SentContents {
  readonly remote: string;
  readonly branch: string;
  readonly commitId: CommitId;
  readonly check: VersionCheck | undefined; // with `revalidate`
}

/**
 * Sends contents that a remote lacks.
 * @throws NotFoundError when there is no such remote, remote repository or branch
 * @throws ConflictError when the remote branch is not part of the history of ours
 */
export function pushMissing(
  repository: OpenRepository,
  target: PushTarget,
  settings: RemoteSettings,
  context: OperationContext,
  options: PushMissingOptions = {},
): Promise<PushMissingResult> {
  const ours = requireCommitOf(repository, target.branch);
  return withRemote(repository, target.remote, settings, context, async (remote) => {
    const { client } = remote;
    await requireRepository(client);
    const branch = { name: target.branch, commitId: ours };
    await notifyAction(client, 'started', 'push', branch);
    const theirs = await requireCommonBranch(repository, remote, target.branch, ours);
    const check = options.revalidate === true ? await checkVersions(client) : undefined;
    const ids =
      options.commitId === undefined
        ? Array.from(walkCommits(repository, [theirs]), ({ id }) => id)
        : [options.commitId];
    const lacking = await listLacking(client, ids);
    const sent = await sendLacking(repository, client, lacking, context);
    await moveBranch(client, target.branch, { commitId: theirs, expected: theirs });
    await notifyAction(client, 'completed', 'push', branch);
    return { ...target, commitId: theirs, check, ...sent };
  });
}

async function requireCommonBranch(
  repository: OpenRepository,
  { client, name }: NamedRemote,
  branch: string,
  ours: CommitId,
): Promise<CommitId> {
  const theirs = (await findBranch(client, branch))?.commitId;
  const isCommon =
    theirs !== undefined &&
    repository.commit(theirs) !== undefined &&
    isAncestor(repository, theirs, ours);
  if (isCommon) return theirs;
  const state =
    theirs === undefined ? 'does not exist there' : `is at ${theirs}, which ours does not contain`;
  throw new ConflictError(`The branch ${branch} of ${name} ${state}.`, {
    hint:
      theirs === undefined
        ? `Push it: oxen push ${name} ${branch}`
        : 'Take over what is there: oxen pull',
  });
}

/** Asks for each commit, as stock clients do; each content is listed once. */
async function listLacking(client: RemoteClient, ids: readonly CommitId[]): Promise<MissingFile[]> {
  const lacking = new Map<string, MissingFile>();
  for (const head of ids) {
    for (const file of await findMissingFiles(client, { head })) {
      if (!lacking.has(file.hash)) lacking.set(file.hash, file);
    }
  }
  return [...lacking.values()];
}
