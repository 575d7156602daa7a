/** Requests about a remote repository as a whole and about its server: look, make, delete, versions, hooks. */
import { OxenError } from '../model/errors.js';
import { fastHeader, formatOffer, isFastOffered } from '../wire/fast/negotiation.js';
import { type Branch, branchToJson } from '../wire/messages/branches.js';
import {
  decodeRepositoryAnswer,
  encodeNewRepository,
  type NewFile,
  type RepositorySummary,
} from '../wire/messages/repositories.js';
import type { RemoteClient } from './client.js';

/** Returns what the server tells about the repository, undefined when there is none; finds out about the fast path. */
export async function findRepository(client: RemoteClient): Promise<RepositorySummary | undefined> {
  const call = {
    route: 'showRepository',
    what: 'looking at the repository',
    parameters: {},
    headers: client.offersFast ? { [fastHeader]: formatOffer() } : {},
  } as const;
  return client.find(call, (fields, answer) => {
    client.isFast = client.offersFast && isFastOffered(answer.header(fastHeader));
    return decodeRepositoryAnswer(fields);
  });
}

/** What a new repository starts with. */
export interface NewRepositoryOptions {
  readonly description?: string;
  readonly files?: readonly NewFile[]; // committed on `main` at once
}

/**
 * Makes the repository.
 * @throws ConflictError when it exists
 */
export async function createRepository(
  client: RemoteClient,
  options: NewRepositoryOptions = {},
): Promise<void> {
  const { namespace, name, host, scheme } = client.remote;
  const { description, files = [] } = options;
  const repository = {
    namespace,
    name,
    files,
    ...(description === undefined ? {} : { description }),
  };
  await client.json(
    {
      route: 'createRepository',
      what: `making the repository ${namespace}/${name}`,
      parameters: {},
      contentType: 'application/json',
      body: Buffer.from(encodeNewRepository(repository, { host, scheme })),
      isWork: true,
    },
    () => undefined,
  );
}

/**
 * Deletes the repository with everything in it.
 * @throws NotFoundError when there is none
 */
export async function deleteRepository(client: RemoteClient): Promise<void> {
  const { namespace, name } = client.remote;
  const what = `deleting the repository ${namespace}/${name}`;
  await client.json(
    { route: 'deleteRepository', what, parameters: {}, isWork: true },
    () => undefined,
  );
}

/** The operations around which stock clients send hooks. */
export type HookedAction = 'push' | 'clone' | 'pull' | 'fetch' | 'upload' | 'download';

/**
 * Tells the server that an operation begins or is complete. The protocol ignores what comes back, and so does this.
 * @param branch sent along with a push
 */
export async function notifyAction(
  client: RemoteClient,
  state: 'started' | 'completed',
  action: HookedAction,
  branch?: Branch,
): Promise<void> {
  if (client.isFast) return; // servers of ours do nothing with it
  const route = state === 'started' ? 'startAction' : 'completeAction';
  const body =
    branch === undefined
      ? {}
      : { body: Buffer.from(JSON.stringify({ branch: branchToJson(branch) })) };
  try {
    await client.json(
      { route, what: `the hook ${action}`, parameters: { action }, isOnce: true, ...body },
      () => undefined,
    );
  } catch (error) {
    if (!(error instanceof OxenError) || error.kind === 'interrupted') throw error;
  }
}
