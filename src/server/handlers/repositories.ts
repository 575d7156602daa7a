/** Answers about whole repositories, and to the hooks around pushes and clones. */
import { listBranches } from '../../core/ops/branch.js';
import { isServedName } from '../../core/store/served-directory.js';
import { dirNodeOf, requireNode } from '../../core/tree/read.js';
import { fastHeader, formatOffer, isFastOffered } from '../../core/wire/fast/negotiation.js';
import { badRepositoryName, forbidden } from '../../core/wire/messages/failures.js';
import {
  decodeNewRepository,
  encodeActionAnswer,
  encodeNewRepositoryAnswer,
  encodeRepositoriesAnswer,
  encodeRepositoryAnswer,
  encodeSizeAnswer,
  encodeStatsAnswer,
  type RepositoryView,
} from '../../core/wire/messages/repositories.js';
import { FailureError, type Handlers, json, success } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { isAllowed } from '../users.js';
import { commitFirstFiles, toFiles } from './first-files.js';
import { withRepository } from './in-repository.js';

const namespacePattern = /^[a-zA-Z0-9][a-zA-Z0-9_-]{1,49}$/;
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Handlers of the routes of family `repositories`. */
export const repositoryHandlers: Handlers<
  | 'createRepository'
  | 'listRepositories'
  | 'showRepository'
  | 'deleteRepository'
  | 'showStats'
  | 'showSize'
  | 'updateSize'
  | 'startAction'
  | 'completeAction'
> = {
  createRepository: async (exchange) => {
    const { server, user } = exchange;
    const { namespace, name, files } = decodeNewRepository(await exchange.text());
    requireNames(namespace, name);
    if (user !== undefined && !isAllowed(user, 'write', namespace)) {
      throw new FailureError(forbidden);
    }
    toFiles(files); // a bad path is refused before the repository is there
    await server.repositories.create({ namespace, repository: name });
    const first = await commitFirstFiles(server, { namespace, repository: name }, files);
    return json(encodeNewRepositoryAnswer({ namespace, name }, first));
  },
  listRepositories: ({ server, parameters: { namespace } }) =>
    json(encodeRepositoriesAnswer(namespace, server.directory.repositories(namespace))),
  showRepository: (exchange) =>
    withRepository(exchange, (repository) => ({
      ...json(encodeRepositoryAnswer(viewOf(repository))),
      headers: isFastOffered(exchange.headers[fastHeader]) ? { [fastHeader]: formatOffer() } : {},
    })),
  deleteRepository: async ({ server, parameters }) => {
    await server.repositories.remove(parameters);
    return success('resource_deleted');
  },
  showStats: (exchange) =>
    withRepository(exchange, (repository) => {
      const root = mainRoot(repository);
      const types = [...(root?.dataTypeCounts ?? [])].map(([dataType, fileCount]) => ({
        dataType,
        fileCount,
        sizeBytes: root?.dataTypeSizes.get(dataType) ?? 0,
      }));
      return json(encodeStatsAnswer(root?.sizeBytes ?? 0, types));
    }),
  showSize: (exchange) =>
    withRepository(exchange, (repository) =>
      json(encodeSizeAnswer(mainRoot(repository)?.sizeBytes ?? 0)),
    ),
  updateSize: (exchange) => withRepository(exchange, () => success('resource_updated')),
  startAction: ({ parameters: { action } }) =>
    json(encodeActionAnswer({ action, state: 'started' })),
  completeAction: ({ parameters: { action } }) =>
    json(encodeActionAnswer({ action, state: 'completed' })),
};

function requireNames(namespace: string, name: string): void {
  if (!namespacePattern.test(namespace) || !isServedName(namespace)) {
    throw new FailureError(
      badRepositoryName(
        `Invalid namespace ${JSON.stringify(namespace)}. Must match ${namespacePattern.source}`,
      ),
    );
  }
  if (!namePattern.test(name) || !isServedName(name) || name.includes('..')) {
    throw new FailureError(
      badRepositoryName(
        `Invalid repository name ${JSON.stringify(name)}. Must match ${namePattern.source}`,
      ),
    );
  }
}

function viewOf(repository: ServedRepository): RepositoryView {
  const { namespace, name, stores } = repository;
  const branches = listBranches(stores).filter(({ commitId }) => commitId !== undefined);
  const root = mainRoot(repository);
  const main = mainBranch(repository);
  const commit = main === undefined ? undefined : stores.commit(main.commitId);
  return {
    namespace,
    name,
    isEmpty: branches.length === 0,
    sizeBytes: root?.sizeBytes ?? 0,
    dataTypes: [...(root?.dataTypeCounts ?? [])].map(([dataType, fileCount]) => ({
      dataType,
      fileCount,
    })),
    branchCount: branches.length,
    ...(main === undefined || commit === undefined ? {} : { main: { branch: main, commit } }),
  };
}

function mainBranch({ stores }: ServedRepository) {
  const branches = listBranches(stores);
  const main = branches.find(({ isCurrent }) => isCurrent);
  const chosen = main?.commitId === undefined ? branches.find((b) => b.commitId) : main;
  if (chosen?.commitId === undefined) return undefined;
  return { name: chosen.name, commitId: chosen.commitId };
}

function mainRoot(repository: ServedRepository) {
  const main = mainBranch(repository);
  const tree = main === undefined ? undefined : repository.stores.commitTree(main.commitId);
  if (tree === undefined) return undefined;
  return dirNodeOf(requireNode(repository.stores.nodes, tree.rootId, 'dir'));
}
