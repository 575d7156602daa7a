/** From the name of a remote to a client of it: the URL of the configuration, the token of its host, and nothing of either in messages. */
import { InvalidInputError, NotFoundError } from '../model/errors.js';
import { productVersion } from '../model/version.js';
import { RemoteClient } from '../remote/client.js';
import type { Pace } from '../remote/retry.js';
import { findToken } from '../remote/token.js';
import type { OpenRepository } from '../repository.js';
import { readRepositoryConfig } from '../store/config-files.js';
import { parseRemoteUrl, type RemoteUrl } from '../wire/remote-url.js';
import type { OperationContext } from './context.js';

/** What verbs that talk to servers need beside their context. */
export interface RemoteSettings {
  readonly tokens: ReadonlyMap<string, string>; // by `host[:port]` or `scheme://host[:port]`
  readonly jobs?: number; // transfers at once
  readonly retryCount?: number; // further tries (OXEN_NUM_RETRIES)
  readonly offersFast?: boolean; // false: the standard protocol with every server (OXEN_FAST=0)
  readonly pace?: Pace;
}

/** A remote with a client of it; close the client. */
export interface NamedRemote {
  readonly name: string;
  readonly client: RemoteClient;
}

/** The remote that is meant when none is named. */
export const defaultRemoteName = 'origin';

/**
 * Returns the URL of a remote of the configuration.
 * @throws NotFoundError when there is none of this name
 */
export function remoteUrlOf(repository: OpenRepository, name: string): RemoteUrl {
  const { remotes } = readRepositoryConfig(repository.controlDirectory);
  const found = remotes.find((remote) => remote.name === name);
  if (found !== undefined) return parseRemoteUrl(found.url);
  throw new NotFoundError(`No remote named '${name}' is set.`, {
    hint: `Set it: oxen config --set-remote ${name} URL`,
  });
}

/** Opens a client of a remote repository; nothing is sent yet. */
export function openClient(
  url: RemoteUrl,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<RemoteClient> {
  const { tokens, jobs, retryCount, offersFast, pace } = settings;
  return RemoteClient.open(url, {
    token: findToken(tokens, url),
    ownVersion: productVersion,
    signal: context.signal,
    ...(jobs === undefined ? {} : { jobs }),
    ...(retryCount === undefined ? {} : { retryCount }),
    ...(offersFast === undefined ? {} : { offersFast }),
    ...(pace === undefined ? {} : { pace }),
  });
}

/**
 * Runs `work` with a client of a remote of the configuration, and closes it.
 * @throws NotFoundError when there is no such remote; what `work` throws
 */
export async function withRemote<Result>(
  repository: OpenRepository,
  name: string,
  settings: RemoteSettings,
  context: OperationContext,
  work: (remote: NamedRemote) => Promise<Result>,
): Promise<Result> {
  if (name === '') throw new InvalidInputError('A remote needs a name.');
  const client = await openClient(remoteUrlOf(repository, name), settings, context);
  try {
    return await work({ name, client });
  } finally {
    await client.close();
  }
}
