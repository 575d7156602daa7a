/** Verbs about a remote repository as a whole: making it, deleting it, listing its branches. Nothing here is stored. */
import { listBranches } from '../remote/branches.js';
import type { RemoteClient } from '../remote/client.js';
import {
  createRepository,
  deleteRepository,
  type NewRepositoryOptions,
} from '../remote/repository.js';
import type { OpenRepository } from '../repository.js';
import type { Branch } from '../wire/messages/branches.js';
import type { RemoteUrl } from '../wire/remote-url.js';
import type { OperationContext } from './context.js';
import { requireRepository } from './push.js';
import { openClient, type RemoteSettings, withRemote } from './remote-access.js';

/** Makes a repository on a server. @throws ConflictError when it exists; RemoteError, AuthenticationError */
export function createRemote(
  url: RemoteUrl,
  settings: RemoteSettings,
  context: OperationContext,
  options: NewRepositoryOptions = {},
): Promise<void> {
  return withClient(url, settings, context, (client) => createRepository(client, options));
}

/** Deletes a repository on a server with everything in it. @throws NotFoundError when there is none */
export function deleteRemote(
  url: RemoteUrl,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<void> {
  return withClient(url, settings, context, async (client) => {
    await requireRepository(client);
    await deleteRepository(client);
  });
}

/** Returns the branches that a remote has now, ascending by name. @throws NotFoundError when there is no such remote */
export function listBranchesOfRemote(
  repository: OpenRepository,
  remote: string,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<Branch[]> {
  return withRemote(repository, remote, settings, context, async ({ client }) => {
    await requireRepository(client);
    return (await listBranches(client)).sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

async function withClient(
  url: RemoteUrl,
  settings: RemoteSettings,
  context: OperationContext,
  work: (client: RemoteClient) => Promise<void>,
): Promise<void> {
  const client = await openClient(url, settings, context);
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
