/**
 * Requests about the branches of a remote repository. A branch move whose answer was lost is not simply repeated: the
 * branch is looked at first, because the lost one may have worked.
 */
import type { CommitId } from '../model/hash.js';
import {
  type Branch,
  type BranchMove,
  decodeBranchAnswer,
  decodeBranchesAnswer,
  encodeBranchMove,
  encodeNewBranch,
} from '../wire/messages/branches.js';
import type { RemoteClient } from './client.js';
import { isRefusal, serverAnswerOf } from './errors.js';

/** Returns all branches. */
export async function listBranches(client: RemoteClient): Promise<Branch[]> {
  const call = { route: 'listBranches', what: 'listing the branches', parameters: {} } as const;
  return client.json(call, decodeBranchesAnswer);
}

/** Returns a branch, undefined when there is none. */
export async function findBranch(
  client: RemoteClient,
  branch: string,
): Promise<Branch | undefined> {
  const what = `looking at branch ${branch}`;
  return client.find({ route: 'showBranch', what, parameters: { branch } }, decodeBranchAnswer);
}

/**
 * Makes a branch that does not exist yet; its commit must be complete on the server.
 * @throws ConflictError or RemoteError when it exists; RemoteError when objects of the commit are missing
 */
export async function createBranch(
  client: RemoteClient,
  name: string,
  commitId: CommitId,
): Promise<Branch> {
  return repeatSafely(client, name, commitId, () =>
    client.json(
      {
        route: 'createBranch',
        what: `making branch ${name}`,
        parameters: {},
        body: Buffer.from(encodeNewBranch({ name, commitId })),
        isWork: true,
        isOnce: true,
      },
      decodeBranchAnswer,
    ),
  );
}

/**
 * Moves a branch to a commit that is complete on the server. Our server compares `move.expected` with where the branch
 * is, and refuses when it is elsewhere; a stock server ignores it and lets the last of several moves win.
 * @throws ConflictError when the branch is not where it was expected; RemoteError when objects of the commit are missing
 */
export async function moveBranch(
  client: RemoteClient,
  branch: string,
  move: BranchMove,
): Promise<Branch> {
  return repeatSafely(client, branch, move.commitId, () =>
    client.json(
      {
        route: 'updateBranch',
        what: `moving branch ${branch}`,
        parameters: { branch },
        body: Buffer.from(encodeBranchMove(move)),
        isWork: true,
        isOnce: true,
      },
      decodeBranchAnswer,
    ),
  );
}

/**
 * Deletes a branch.
 * @throws NotFoundError when there is none
 */
export async function deleteBranch(client: RemoteClient, branch: string): Promise<void> {
  const what = `deleting branch ${branch}`;
  await client.retry(async (tryNumber) => {
    try {
      await client.json(
        { route: 'deleteBranch', what, parameters: { branch }, isOnce: true },
        () => undefined,
      );
    } catch (error) {
      // A branch that is gone when the answer to an earlier try was lost was deleted by that try.
      if (tryNumber === 0 || !isRefusal(error, 404)) throw error;
    }
  });
}

/** Repeats `send` where that helps; a refusal after a lost answer is no failure when the branch is where it should be. */
async function repeatSafely(
  client: RemoteClient,
  name: string,
  commitId: CommitId,
  send: () => Promise<Branch>,
): Promise<Branch> {
  return client.retry(async (tryNumber) => {
    try {
      return await send();
    } catch (error) {
      if (tryNumber === 0 || serverAnswerOf(error) === undefined) throw error;
      const found = await findBranch(client, name);
      if (found?.commitId === commitId) return found;
      throw error;
    }
  });
}
