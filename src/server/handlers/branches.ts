/** Answers about branches. A branch moves only through `ops/move-branch`. */
import { InvalidInputError } from '../../core/model/errors.js';
import { deleteBranch, listBranches } from '../../core/ops/branch.js';
import { isCommitStored } from '../../core/ops/missing.js';
import { moveBranch } from '../../core/ops/move-branch.js';
import {
  type Branch,
  decodeBranchMove,
  decodeNewBranch,
  encodeBranchAnswer,
  encodeBranchesAnswer,
} from '../../core/wire/messages/branches.js';
import { conflict, missingBranch, missingRevision } from '../../core/wire/messages/failures.js';
import { FailureError, type Handlers, json } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { readBranch, withRepository } from './in-repository.js';

/** Handlers of the routes of family `branches`. */
export const branchHandlers: Handlers<
  'listBranches' | 'createBranch' | 'showBranch' | 'deleteBranch' | 'updateBranch'
> = {
  listBranches: (exchange) =>
    withRepository(exchange, ({ stores }) => {
      const branches = listBranches(stores).flatMap(({ name, commitId }) =>
        commitId === undefined ? [] : [{ name, commitId }],
      );
      return json(encodeBranchesAnswer(branches));
    }),
  showBranch: (exchange) =>
    withRepository(exchange, (repository) => {
      const branch = requireBranch(repository, exchange.parameters.branch);
      return json(encodeBranchAnswer('resource_found', branch));
    }),
  createBranch: async (exchange) => {
    const request = decodeNewBranch(await exchange.text());
    if (request === undefined) {
      throw new InvalidInputError('A new branch needs a commit_id or a from_name.');
    }
    return withRepository(exchange, async (repository) => {
      const { name } = request;
      if (readBranch(repository, name) !== undefined) {
        const title = 'Branch already exists';
        throw new FailureError(conflict(title, `${title}: ${name}`));
      }
      const commitId =
        'from' in request ? requireBranch(repository, request.from).commitId : request.commitId;
      const branch = { name, commitId };
      await move(repository, branch, undefined, exchange.server.allowPlainForce);
      return json(encodeBranchAnswer('resource_created', branch));
    });
  },
  updateBranch: async (exchange) => {
    const { commitId, expected } = decodeBranchMove(await exchange.text());
    return withRepository(exchange, async (repository) => {
      const branch = { name: exchange.parameters.branch, commitId };
      await move(repository, branch, expected, exchange.server.allowPlainForce);
      return json(encodeBranchAnswer('resource_updated', branch));
    });
  },
  deleteBranch: (exchange) =>
    withRepository(exchange, (repository) => {
      const branch = requireBranch(repository, exchange.parameters.branch);
      deleteBranch(repository.stores, branch.name, true, exchange.server.clock);
      return json(encodeBranchAnswer('resource_deleted', branch));
    }),
};

function requireBranch(repository: ServedRepository, name: string): Branch {
  const commitId = readBranch(repository, name);
  if (commitId === undefined) throw new FailureError(missingBranch(name));
  return { name, commitId };
}

async function move(
  { stores, writer }: ServedRepository,
  { name, commitId }: Branch,
  expected: Branch['commitId'] | undefined | 'any',
  allowPlainForce: boolean,
): Promise<void> {
  if (!isCommitStored(stores, commitId)) throw new FailureError(missingRevision(commitId));
  const target = { branch: name, commitId, expected };
  await writer.use((packs) => moveBranch(stores, packs, target, { allowPlainForce }));
}
